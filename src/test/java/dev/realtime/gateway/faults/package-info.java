/**
 * The fault suite: two gateways as processes on real servers, faults in everything they stand on,
 * clients that keep their whole state, and a checker that knows the gateway only by its JSON.
 */
@NullMarked
package dev.realtime.gateway.faults;

import org.jspecify.annotations.NullMarked;
