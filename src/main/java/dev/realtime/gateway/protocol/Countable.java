package dev.realtime.gateway.protocol;

/** An event that stands for a number of things, so that several become one with their sum. */
public interface Countable {

  /** How many it stands for. */
  int count();

  /** This event as it stands for another number. */
  Event withCount(int count);
}
