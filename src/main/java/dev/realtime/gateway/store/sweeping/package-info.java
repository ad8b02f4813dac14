/** Work in the background, which works off the rows of a table step by step. */
@NullMarked
package dev.realtime.gateway.store.sweeping;

import org.jspecify.annotations.NullMarked;
