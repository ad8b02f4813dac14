/** The gateway under load, seen from its backend: users, tokens, its API and its process. */
@NullMarked
package dev.realtime.gateway.load.server;

import org.jspecify.annotations.NullMarked;
