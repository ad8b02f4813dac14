/** The caller: access tokens and what they permit. */
@NullMarked
package dev.realtime.gateway.security;

import org.jspecify.annotations.NullMarked;
