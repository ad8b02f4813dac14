package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionReply;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The part of one feature in a {@code session:resume}. A feature takes part with a bean of this
 * type and one field each in {@link SessionCommand.Resume} and the reply.
 */
public interface ResumePart {

  /**
   * The order in which parts are prepared; their work after the reply runs in the reverse order.
   */
  enum Stage {
    /** Enters rooms whose changes are replayed, and ends the older replays of these rooms. */
    REPLAYED_ROOMS,
    /** Holds the user's own room after the older replays, so that no frame overtakes them. */
    OWN_ROOM,
    /** Enters rooms without a replay; the user's own room is held meanwhile. */
    LIVE_ROOMS
  }

  /**
   * A part that has entered and held the rooms that the resume names, and waits for the reply.
   *
   * @param told adds the outcome of the part to the reply; called on the event loop when it is sent
   * @param follow runs once the reply is on its way: first the replays, then newer events. It
   *     completes soon, since the socket paces the frames
   */
  record Resumption(UnaryOperator<SessionReply.Resumed> told, Mono<Void> follow) {}

  /** Returns the part's stage among the parts of other features. */
  Stage stage();

  /** Returns the kind of rooms that the part enters, whose turn the resume takes; null for none. */
  default RoomId.@Nullable Kind enters() {
    return null;
  }

  /**
   * Enters and holds the rooms that the resume names. A part that fails has released its places and
   * holds; {@link Resumes} then closes the connection if an earlier part had been prepared.
   *
   * @param sameEpoch whether the client's positions belong to the present data
   * @return empty if the resume names nothing of this part
   */
  Mono<Resumption> prepare(Connection connection, SessionCommand.Resume resume, boolean sameEpoch);
}
