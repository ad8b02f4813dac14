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

/** Processes and ports of the operating system, for development servers. */
final class Processes {

  private static final Duration END = Duration.ofSeconds(10);

  private Processes() {}

  /** Kills a process and all its descendants, as a crash would. */
  static void kill(ProcessHandle process) {
    List<ProcessHandle> all = Stream.concat(Stream.of(process), process.descendants()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(each -> awaitEnd(each, END));
  }

  /** Asks a process to end, and kills it if it does not. */
  static void stop(ProcessHandle process) {
    process.destroy();
    if (!awaitEnd(process, END)) {
      kill(process);
    }
  }

  /**
   * Interrupts a process as Ctrl-C does, and kills it if it does not end. For PostgreSQL an
   * interrupt is a fast shutdown, while a request to terminate waits for every client to
   * disconnect.
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

  /** Returns a port of the loopback address that is free now. */
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
