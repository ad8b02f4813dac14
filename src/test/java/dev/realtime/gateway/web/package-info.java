/** The HTTP edge as its callers see it. */
@NullMarked
package dev.realtime.gateway.web;

import org.jspecify.annotations.NullMarked;
