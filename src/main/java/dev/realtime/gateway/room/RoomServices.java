package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomBus;
import reactor.core.scheduler.Scheduler;

/**
 * What the rooms of an instance share.
 *
 * @param interruptions takes the rooms that may have missed something
 * @param doubts takes what contradicts a room's log
 */
record RoomServices(
    RoomBus bus,
    FrameEncoder encoder,
    Scheduler scheduler,
    Interruptions interruptions,
    LogDoubts doubts) {}
