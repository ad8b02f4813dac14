package dev.realtime.gateway.load.report;

/** What is timed. */
public enum Latency {
  /** From the due time of a connect to the answer to its join. */
  CONNECT("connect"),
  /** From the due time of a message to each receiver. */
  DELIVERY("delivery"),
  /** From the due time of a message to its acknowledgement. */
  ACKNOWLEDGEMENT("acknowledgement");

  private final String wireName;

  Latency(String wireName) {
    this.wireName = wireName;
  }

  String wireName() {
    return wireName;
  }
}
