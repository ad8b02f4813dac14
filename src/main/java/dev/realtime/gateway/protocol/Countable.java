package dev.realtime.gateway.protocol;

/**
 * An event that stands for a number of occurrences; several such events merge into one with their
 * sum.
 */
public interface Countable {

  /** Returns how many occurrences this event stands for. */
  int count();

  /** Returns this event with another count. */
  Event withCount(int count);
}
