/** Messages, questions and answers between the instances of the gateway. */
@NullMarked
package dev.realtime.gateway.cluster;

import org.jspecify.annotations.NullMarked;
