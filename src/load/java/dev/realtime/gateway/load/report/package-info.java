/** What a run has counted and measured, and how it is shown. */
@NullMarked
package dev.realtime.gateway.load.report;

import org.jspecify.annotations.NullMarked;
