/** The instances talking to each other: what all of them must hear, what one asks all others. */
@NullMarked
package dev.realtime.gateway.cluster;

import org.jspecify.annotations.NullMarked;
