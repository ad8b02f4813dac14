/** What both edges answer over HTTP: a refusal as problem+json. */
@NullMarked
package dev.realtime.gateway.http;

import org.jspecify.annotations.NullMarked;
