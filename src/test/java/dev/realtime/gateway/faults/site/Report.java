package dev.realtime.gateway.faults.site;

/** The report of a run: lines on standard output, for whoever runs the suite and reads it there. */
public final class Report {

  private Report() {}

  /** Prints one line; see {@link String#format}. */
  public static void line(String format, Object... values) {
    // The log is full of what faults do to the gateways, so the report does not go there.
    System.out.printf(format + "%n", values);
  }
}
