package dev.realtime.gateway.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * The process that owns the servers of a folder: the one that started them or, if that one was
 * killed, the next one that attached. A file records the owner, so that the record outlives the
 * process.
 */
final class ServerOwner {

  private final Path file;

  ServerOwner(Path file) {
    this.file = file;
  }

  /** Makes this process the owner unless another live process is. */
  void claim() {
    if (isOursToStop()) {
      try {
        Files.writeString(file, describe(ProcessHandle.current()));
      } catch (IOException unwritable) {
        throw new UncheckedIOException(unwritable);
      }
    }
  }

  /** Whether no other live process is the owner. */
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
          // The operating system reuses process ids, but not together with a start time.
          .filter(process -> describe(process).equals(description));
    } catch (IOException | RuntimeException unreadable) {
      return Optional.empty();
    }
  }

  private static String describe(ProcessHandle process) {
    return process.pid() + " " + process.info().startInstant().map(Instant::toString).orElse("");
  }
}
