package dev.realtime.gateway.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.dev.DevelopmentParts;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Gateways;
import dev.realtime.gateway.support.TestGateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * The commands on the pages of the server API do what the pages show. Every {@code sh} block with a
 * curl is run, in one shell a page. Where an {@code http} block follows, its status line and JSON
 * are compared, where a {@code json} block follows, its JSON; else the call must succeed.
 */
@Timeout(120)
class ShownCallsIT {

  private static final Pattern BLOCK = Pattern.compile("(?sm)^```(\\w+)\n(.*?)^```$");
  private static final String ADDRESS = "(127\\.0\\.0\\.1|localhost):3001";

  private static final Pattern CALL = Pattern.compile("(?s)curl .*?:3001(?<path>/api[^'\" ?]*).*");

  /** Values that are others each time: ids, times. */
  private static final Pattern PASSING =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f-]{27}|\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");

  @TempDir private Path folder;

  /**
   * A command and what the page shows after it.
   *
   * @param kind of the block that follows: http, json, or another one
   */
  private record Shown(String command, String kind, String answer) {}

  static Stream<Path> pages() {
    return Stream.of("server-api", "notifications", "live", "webhooks")
        .map(name -> Path.of("docs", name + ".md"));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void doWhatThePageShows(Path page) throws Exception {
    List<Shown> shown = shown(Files.readString(page));
    List<String> answers;
    try (TestGateway gateway =
        TestGateway.start(
            Backends.freshDatabase(), Backends.redis(), List.of(DevelopmentParts.class))) {
      answers = run(shown, gateway);
    }

    assertThat(shown).isNotEmpty();
    for (int i = 0; i < shown.size(); i++) {
      compare(shown.get(i), answers.get(i));
    }
  }

  /** Of every call there is a command somewhere. */
  @Test
  void showEveryCall() {
    List<String> shown = pages().flatMap(ShownCallsIT::calls).toList();
    JsonNode paths =
        ApiCalls.call(Gateways.shared(), "GET", "/v3/api-docs", null).body().get("paths");

    assertThat(paths.size()).isPositive();
    paths
        .properties()
        .forEach(path ->
            path.getValue()
                .propertyNames()
                .forEach(method ->
                    assertThat(shown)
                        .as("shown on a page: " + method + " " + path.getKey())
                        .anyMatch(call -> isCall(call, method, path.getKey()))));
  }

  private static boolean isCall(String shown, String method, String path) {
    return shown.matches(
        method.toUpperCase(Locale.ROOT) + " " + path.replaceAll("\\{[^}]+}", "[^/]+"));
  }

  /** The commands of a page as method and path. */
  private static Stream<String> calls(Path page) {
    try {
      return shown(Files.readString(page)).stream()
          .map(Shown::command)
          .map(CALL::matcher)
          .filter(Matcher::find)
          .map(call -> method(call.group()) + " " + call.group("path"));
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }

  private static String method(String command) {
    Matcher named = Pattern.compile("-X (\\w+)").matcher(command);
    return named.find() ? named.group(1) : command.matches("(?s).* (-d|--data).*") ? "POST" : "GET";
  }

  private static List<Shown> shown(String page) {
    List<Shown> found = new ArrayList<>();
    Matcher block = BLOCK.matcher(page);
    List<String[]> blocks = new ArrayList<>();
    while (block.find()) {
      blocks.add(new String[] {block.group(1), block.group(2)});
    }
    for (int i = 0; i < blocks.size(); i++) {
      if (blocks.get(i)[0].equals("sh") && blocks.get(i)[1].contains("curl ")) {
        String[] next = i + 1 < blocks.size() ? blocks.get(i + 1) : new String[] {"", ""};
        found.add(new Shown(blocks.get(i)[1], next[0], next[1]));
      }
    }
    return found;
  }

  /** One file of output for each command, its exit code in the last line. */
  private List<String> run(List<Shown> shown, TestGateway gateway) throws Exception {
    StringBuilder script =
        new StringBuilder(
            "SERVICE_TOKEN=" + TestGateway.serviceToken() + "\nexport SERVICE_TOKEN\n");
    for (int i = 0; i < shown.size(); i++) {
      String command = shown.get(i).command().replaceAll(ADDRESS, "127.0.0.1:" + gateway.port());
      script.append("{\n" + command + "\n} > " + i + " 2>&1\nprintf '\\n%s' $? >> " + i + "\n");
    }
    Files.writeString(folder.resolve("script"), script);
    Files.writeString(folder.resolve(".curlrc"), "fail-with-body\nmax-time = 20\n");
    ProcessBuilder shell = new ProcessBuilder("bash", "script").directory(folder.toFile());
    shell.environment().put("CURL_HOME", folder.toString());
    shell.redirectErrorStream(true).redirectOutput(folder.resolve("rest").toFile());
    Process process = shell.start();
    try {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return Stream.iterate(0, i -> i + 1).limit(shown.size()).map(this::output).toList();
  }

  private String output(int number) {
    try {
      return Files.readString(folder.resolve(Integer.toString(number))).replace("\r\n", "\n");
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void compare(Shown shown, String output) {
    String printed = output.substring(0, output.lastIndexOf('\n')).strip();
    String exit = output.substring(output.lastIndexOf('\n') + 1);
    boolean refusal = shown.kind().equals("http") && shown.answer().startsWith("HTTP/1.1 4");
    assertThat(exit).as(shown.command() + printed).isEqualTo(refusal ? "22" : "0");
    if (shown.kind().equals("http")) {
      assertThat(printed.lines().findFirst()).isEqualTo(shown.answer().lines().findFirst());
    }
    String expected = body(shown.answer());
    if (List.of("http", "json").contains(shown.kind())) {
      assertThat(body(printed).isEmpty())
          .as(shown.command() + printed)
          .isEqualTo(expected.isEmpty());
      if (!expected.isEmpty()) {
        assertAlike(shown.command() + printed, tree(expected), tree(body(printed)));
      }
    }
  }

  /** What comes after the head, where there is one. */
  private static String body(String answer) {
    String text = answer.strip();
    if (!text.startsWith("HTTP/")) {
      return text;
    }
    int blank = text.indexOf("\n\n");
    return blank < 0 ? "" : text.substring(blank + 2).strip();
  }

  private static JsonNode tree(String json) {
    return WireJson.mapper().readTree(json);
  }

  private static void assertAlike(String what, JsonNode shown, JsonNode actual) {
    assertThat(actual.getNodeType()).as(what).isEqualTo(shown.getNodeType());
    if (shown.isObject()) {
      assertThat(actual.propertyNames()).as(what).isEqualTo(shown.propertyNames());
      shown
          .properties()
          .forEach(field -> assertAlike(what, field.getValue(), actual.get(field.getKey())));
    } else if (shown.isArray()) {
      assertThat(actual.size()).as(what).isEqualTo(shown.size());
      for (int i = 0; i < shown.size(); i++) {
        assertAlike(what, shown.get(i), actual.get(i));
      }
    } else if (!shown.isString() || !PASSING.matcher(shown.stringValue()).matches()) {
      assertThat(actual).as(what).isEqualTo(shown);
    }
  }
}
