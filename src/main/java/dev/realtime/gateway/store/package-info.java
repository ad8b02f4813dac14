/** The one way to PostgreSQL: statements, transactions, and the calls of many callers in groups. */
@NullMarked
package dev.realtime.gateway.store;

import org.jspecify.annotations.NullMarked;
