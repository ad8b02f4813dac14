package dev.realtime.gateway.protocol;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * A frame as it stands on the wire, kept under {@code golden/}.
 *
 * @param file its name without {@code .json}
 */
record Golden(String file, JsonNode envelope) {

  private static final Path ROOT = Path.of("src/test/resources/golden");

  /** All frames of one kind: commands, events, replies or errors. */
  static List<Golden> all(String kind) {
    try (Stream<Path> files = Files.list(ROOT.resolve(kind))) {
      return files.sorted().map(Golden::read).toList();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static Golden read(Path file) {
    String name = file.getFileName().toString();
    try {
      return new Golden(
          name.substring(0, name.length() - ".json".length()),
          WireJson.mapper().readTree(Files.readString(file)));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  String event() {
    return envelope.path("event").asString();
  }

  JsonNode data() {
    return envelope.path("data");
  }

  /** Its file is named after its event, so it shows the event with all its fields. */
  boolean isFull() {
    return file.equals(event().replace(':', '.'));
  }

  @Override
  public String toString() {
    return file;
  }
}
