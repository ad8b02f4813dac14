package dev.realtime.gateway.support;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What one can tell a process from outside. */
public final class Signals {

  private Signals() {}

  /** Makes processes stand still, which then answer nothing and keep what they hold. */
  public static void stop(Stream<ProcessHandle> processes) {
    send("-STOP", processes);
  }

  /** Ends {@link #stop}. */
  public static void goOn(Stream<ProcessHandle> processes) {
    send("-CONT", processes);
  }

  private static void send(String signal, Stream<ProcessHandle> processes) {
    List<String> command = new ArrayList<>(List.of("kill", signal));
    processes.map(process -> Long.toString(process.pid())).forEach(command::add);
    try {
      // One that has ended meanwhile need not be told.
      new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
