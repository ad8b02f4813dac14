/** The server API as the platform calls it. */
@NullMarked
package dev.realtime.gateway.web;

import org.jspecify.annotations.NullMarked;
