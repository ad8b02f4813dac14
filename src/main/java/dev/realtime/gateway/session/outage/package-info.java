/** What connections are told while the store is unavailable. */
@NullMarked
package dev.realtime.gateway.session.outage;

import org.jspecify.annotations.NullMarked;
