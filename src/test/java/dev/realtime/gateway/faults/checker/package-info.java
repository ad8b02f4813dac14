/**
 * What a run promises and whether it was kept: frames judged as they come, and states held against
 * the database. It shares no code with the gateway, only the protocol's page.
 */
@NullMarked
package dev.realtime.gateway.faults.checker;

import org.jspecify.annotations.NullMarked;
