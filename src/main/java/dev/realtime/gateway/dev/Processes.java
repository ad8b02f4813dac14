package dev.realtime.gateway.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** What development servers need of the operating system. */
final class Processes {

  private static final Duration END = Duration.ofSeconds(10);

  private Processes() {}

  /** Ends a process at once, with all that it started, as a crash would. */
  static void kill(ProcessHandle process) {
    List<ProcessHandle> all = Stream.concat(Stream.of(process), process.descendants()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(each -> awaitEnd(each, END));
  }

  /** Asks a process to end, and kills it when it does not. */
  static void stop(ProcessHandle process) {
    process.destroy();
    if (!awaitEnd(process, END)) {
      kill(process);
    }
  }

  /**
   * Interrupts a process as Ctrl-C does, and kills it when it does not end. PostgreSQL takes this
   * for a fast shutdown, while a request to terminate waits for every client to leave.
   */
  static void interrupt(ProcessHandle process) {
    try {
      new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start();
    } catch (IOException noSuchCommand) {
      process.destroy();
    }
    if (!awaitEnd(process, END)) {
      kill(process);
    }
  }

  private static boolean awaitEnd(ProcessHandle process, Duration limit) {
    CompletableFuture<ProcessHandle> end = process.onExit();
    try {
      end.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException still) {
      return false;
    }
  }

  /** A port of the loopback address that nobody uses at this moment. */
  static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException none) {
      throw new UncheckedIOException(none);
    }
  }

  static boolean isFree(int port) {
    try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort() == port;
    } catch (IOException used) {
      return false;
    }
  }
}
