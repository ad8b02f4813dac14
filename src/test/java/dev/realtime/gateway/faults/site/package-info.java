/** Two gateways as processes, their servers, and the ways between them that can be broken. */
@NullMarked
package dev.realtime.gateway.faults.site;

import org.jspecify.annotations.NullMarked;
