/** The guard against regressions: what the hot paths allocate, held against agreed limits. */
@NullMarked
package dev.realtime.gateway.benchmark;

import org.jspecify.annotations.NullMarked;
