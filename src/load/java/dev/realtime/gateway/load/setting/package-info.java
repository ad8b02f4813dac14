/** What a run of the load harness is told: its options and what they mean. */
@NullMarked
package dev.realtime.gateway.load.setting;

import org.jspecify.annotations.NullMarked;
