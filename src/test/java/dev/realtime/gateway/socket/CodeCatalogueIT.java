package dev.realtime.gateway.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Every code of the two catalogues that is in use is seen by a real client. */
@Timeout(120)
class CodeCatalogueIT {

  private static final Path SOURCES = Path.of("src/main/java");

  private final TestDatabase database = TestDatabase.fresh();
  private TestGateway gateway;

  @BeforeEach
  void start() {
    gateway =
        TestGateway.start(
            database.url(),
            Backends.redis(),
            "SESSION_AUTH_DEADLINE=1s",
            "LIMIT_ROOMS_PER_CONNECTION=1",
            "LIMIT_CONNECTIONS_PER_USER=2",
            "LIMIT_OUTBOUND_FRAMES=16");
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private Map<ErrorCode, Supplier<String>> errors() {
    return new ErrorCauses(gateway, database).all();
  }

  private Map<CloseCode, Supplier<Integer>> closes() {
    return new CloseCauses(gateway, database).all();
  }

  private void knowsEveryCodeInUse() {
    assertThat(inUse("ErrorCode"))
        .as("error codes in use")
        .isEqualTo(names(errors().keySet().stream()));
    assertThat(inUse("CloseCode"))
        .as("close codes in use")
        .isEqualTo(names(closes().keySet().stream()));
  }

  private static Set<String> names(Stream<? extends Enum<?>> codes) {
    return codes.map(Enum::name).collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> inUse(String catalogue) {
    Pattern use = Pattern.compile("\\b" + catalogue + "\\.([A-Z_]+)\\b");
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.endsWith(catalogue + ".java"))
          .flatMap(file -> use.matcher(read(file)).results().map(match -> match.group(1)))
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** The gateway's end comes last. */
  @TestFactory
  Stream<DynamicTest> showsEveryCode() {
    Map<CloseCode, Supplier<Integer>> closes = closes();
    Stream<DynamicTest> others =
        closes.keySet().stream()
            .filter(code -> code != CloseCode.DRAINING)
            .map(code -> closeTest(code, closes));
    Stream<DynamicTest> errors =
        errors().entrySet().stream()
            .map(entry ->
                dynamicTest(
                    entry.getKey().wireName(),
                    () -> assertThat(entry.getValue().get()).isEqualTo(entry.getKey().wireName())));
    Stream<DynamicTest> last = Stream.of(closeTest(CloseCode.DRAINING, closes));
    Stream<DynamicTest> all = Stream.of(dynamicTest("codes in use", this::knowsEveryCodeInUse));
    return Stream.of(all, others, errors, last).flatMap(tests -> tests);
  }

  private static DynamicTest closeTest(CloseCode code, Map<CloseCode, Supplier<Integer>> closes) {
    Supplier<Integer> scenario = Objects.requireNonNull(closes.get(code));
    return dynamicTest(
        code.code() + " " + code, () -> assertThat(scenario.get()).isEqualTo(code.code()));
  }
}
