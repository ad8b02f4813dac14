/** What tests share: servers, and in time the gateway itself. */
@NullMarked
package dev.realtime.gateway.support;

import org.jspecify.annotations.NullMarked;
