package dev.realtime.gateway.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Which process answers for the servers of a folder: the one that started them, or after its
 * violent end the next one that came. Kept in a file, so that it outlives the process.
 */
final class ServerOwner {

  private final Path file;

  ServerOwner(Path file) {
    this.file = file;
  }

  /** Makes this process the owner unless another living one is. */
  void claim() {
    if (isOursToStop()) {
      try {
        Files.writeString(file, describe(ProcessHandle.current()));
      } catch (IOException unwritable) {
        throw new UncheckedIOException(unwritable);
      }
    }
  }

  /** Whether no other living process is the owner. */
  boolean isOursToStop() {
    Optional<ProcessHandle> owner = living();
    return owner.isEmpty() || owner.get().equals(ProcessHandle.current());
  }

  private Optional<ProcessHandle> living() {
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      String description = Files.readString(file);
      long pid = Long.parseLong(description.substring(0, description.indexOf(' ')));
      return ProcessHandle.of(pid)
          .filter(ProcessHandle::isAlive)
          // Process ids are used again; a start time is not.
          .filter(process -> describe(process).equals(description));
    } catch (IOException | RuntimeException unreadable) {
      return Optional.empty();
    }
  }

  private static String describe(ProcessHandle process) {
    return process.pid() + " " + process.info().startInstant().map(Instant::toString).orElse("");
  }
}
