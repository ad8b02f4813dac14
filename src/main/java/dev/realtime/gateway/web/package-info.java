/** The HTTP edge: the server API for the platform's backend. */
@NullMarked
package dev.realtime.gateway.web;

import org.jspecify.annotations.NullMarked;
