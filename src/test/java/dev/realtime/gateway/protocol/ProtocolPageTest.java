package dev.realtime.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonTypeName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** {@code docs/protocol.md} says what the types say, and nothing else. */
class ProtocolPageTest {

  private static final Map<String, Class<?>> SHAPES =
      Map.ofEntries(
          Map.entry("Chat", ChatState.class),
          Map.entry("Message", Message.class),
          Map.entry("Member", Member.class),
          Map.entry("Reaction", Message.Reaction.class),
          Map.entry("Attachment", Attachment.class),
          Map.entry("Encrypted", Encrypted.class),
          Map.entry("Position", Position.class),
          Map.entry("Resumed chat", SessionReply.ResumedChat.class),
          Map.entry("Live message", LiveEvent.LiveMessage.class),
          Map.entry("Resumed stream", SessionReply.ResumedStream.class),
          Map.entry("Resumed notifications", SessionReply.ResumedNotifications.class),
          Map.entry("Notification", NotificationEvent.Notification.class),
          Map.entry("Limits", SessionEvent.Limits.class),
          Map.entry("Client", SessionCommand.Client.class));

  private static final Pattern FIELD = Pattern.compile("(?m)^\\| `(\\w+\\??)` \\| ");
  private static final Pattern CODE_SPAN = Pattern.compile("`([^`]+)`");

  private final String page = read();

  private static String read() {
    try {
      return Files.readString(Path.of("docs/protocol.md"));
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }

  /** The text under each heading of the third level below headings that end so. */
  private Map<String, String> sections(String parentEnd) {
    Map<String, String> found = new TreeMap<>();
    for (String chapter : page.split("(?m)^## ", -1)) {
      if (title(chapter).endsWith(parentEnd)) {
        Arrays.stream(chapter.split("(?m)^### ", -1))
            .skip(1)
            .forEach(section -> found.put(title(section).replace("`", ""), section));
      }
    }
    return found;
  }

  private String chapter(String heading) {
    return Arrays.stream(page.split("(?m)^## ", -1))
        .filter(chapter -> title(chapter).equals(heading))
        .findFirst()
        .orElseThrow();
  }

  private static String title(String text) {
    return text.lines().findFirst().orElse("");
  }

  private static Set<String> found(Pattern pattern, String text) {
    Set<String> found = new TreeSet<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  private static Set<String> fields(Class<?> type) {
    if (type == AppEvent.class) {
      return Set.of(); // its data is the platform's
    }
    return Arrays.stream(type.getRecordComponents())
        .map(field ->
            field.getAnnotatedType().isAnnotationPresent(Nullable.class)
                ? field.getName() + "?"
                : field.getName())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Map<String, Class<?>> types(Class<?> root) {
    return EnvelopeCodec.leafTypes(root)
        .collect(
            Collectors.toMap(
                type -> Objects.requireNonNull(type.getAnnotation(JsonTypeName.class)).value(),
                type -> type));
  }

  /** The fields a section lists itself, or those of the shape it refers to. */
  private static Set<String> listed(String section) {
    Matcher shape = Pattern.compile("(?m)^Data: an? \\[([^]]+)]").matcher(section);
    return shape.find() ? fields(shape(shape.group(1))) : found(FIELD, section);
  }

  private static Class<?> shape(String name) {
    Class<?> shape = SHAPES.get(name);
    assertThat(shape).as(name).isNotNull();
    return Objects.requireNonNull(shape);
  }

  @Test
  void describesEachCommandWithItsFields() {
    Map<String, String> sections = sections(" commands");
    Map<String, Class<?>> types = types(Command.class);

    assertThat(sections.keySet()).isEqualTo(types.keySet());
    sections.forEach((name, section) -> {
      Class<?> type = Objects.requireNonNull(types.get(name));
      assertThat(listed(section)).as(name).isEqualTo(fields(type));
      assertThat(shortForm(section)).as(name).isEqualTo(shortForm(type));
    });
  }

  private static Set<String> shortForm(String section) {
    return found(Pattern.compile("(?m)^Short form: `(\\w+)`\\.$"), section);
  }

  private static Set<String> shortForm(Class<?> type) {
    ShortForm form = type.getAnnotation(ShortForm.class);
    return form == null ? Set.of() : Set.of(form.value());
  }

  @Test
  void describesEachReplyWithItsFields() {
    sections(" commands")
        .forEach((name, section) -> {
          Class<?> type = Objects.requireNonNull(GoldenJsonTest.REPLIES.get(name));
          assertThat(ack(section)).as(name).isEqualTo(fields(type));
        });
  }

  /** The names before the first full stop or colon, or the shape or push referred to. */
  private static Set<String> ack(String section) {
    Matcher line = Pattern.compile("(?m)^Ack: (.*)$").matcher(section);
    assertThat(line.find()).as(section).isTrue();
    Matcher shape = Pattern.compile("^an? \\[([^]]+)]").matcher(line.group(1));
    if (shape.find()) {
      return fields(shape(shape.group(1)));
    }
    if (line.group(1).startsWith("as [`session:welcome`]")) {
      return fields(SessionEvent.Welcome.class);
    }
    String names = line.group(1).split("[.:]", 2)[0];
    return found(CODE_SPAN, names);
  }

  @Test
  void describesEachPushWithItsFields() {
    Map<String, String> sections = sections(" pushes");
    Map<String, Class<?>> types = types(Event.class);

    assertThat(sections.keySet()).isEqualTo(types.keySet());
    sections.forEach((name, section) ->
        assertThat(listed(section))
            .as(name)
            .isEqualTo(fields(Objects.requireNonNull(types.get(name)))));
  }

  @Test
  void describesEachShapeWithItsFields() {
    Map<String, String> sections = sections("Shapes");

    assertThat(sections.keySet()).isEqualTo(SHAPES.keySet());
    sections.forEach((name, section) ->
        assertThat(found(FIELD, section)).as(name).isEqualTo(fields(shape(name))));
    assertThat(found(FIELD, chapter("Envelope"))).isEqualTo(fields(ErrorData.class));
  }

  @Test
  void listsTheErrorCodes() {
    assertThat(rows(chapter("Error codes")))
        .extracting(row -> row.get(0) + row.get(1))
        .containsExactlyElementsOf(
            Arrays.stream(ErrorCode.values())
                .map(code -> "`" + code.wireName() + "`" + yes(code.retryable()))
                .toList());
  }

  @Test
  void listsTheCloseCodes() {
    assertThat(rows(chapter("Close codes")))
        .extracting(row -> String.join("|", row))
        .containsExactlyElementsOf(
            Arrays.stream(CloseCode.values()).map(ProtocolPageTest::row).toList());
    assertThat(found(Pattern.compile("\\b(1[0]\\d\\d|4[04]\\d\\d)\\b(?! ms)"), withoutExamples()))
        .isSubsetOf(
            Arrays.stream(CloseCode.values())
                .map(code -> Integer.toString(code.code()))
                .collect(Collectors.toSet()));
  }

  private String withoutExamples() {
    return page.replaceAll("(?s)```.*?```", "");
  }

  private static String row(CloseCode code) {
    SessionEvent.Bye bye = code.bye();
    String after = bye.afterMs() == null ? "" : bye.afterMs() + " ms";
    return String.join(
        "|",
        Integer.toString(code.code()),
        code.reason(),
        yes(bye.reconnect()),
        yes(bye.resume()),
        after);
  }

  private static String yes(boolean value) {
    return value ? "yes" : "no";
  }

  /** The rows of a chapter's table, without its head. */
  private static List<List<String>> rows(String chapter) {
    return chapter
        .lines()
        .filter(line -> line.startsWith("| "))
        .skip(1)
        .map(line -> line.substring(1, line.lastIndexOf('|')).split("\\|", -1))
        .map(cells -> Arrays.stream(cells).map(String::strip).toList())
        .toList();
  }

  @Test
  void namesNothingThatHasNoType() {
    Set<String> known = new TreeSet<>(types(Command.class).keySet());
    known.addAll(types(Event.class).keySet());

    assertThat(found(Pattern.compile("\\b([a-z]+:[a-z][a-z-]*)\\b"), page)).isSubsetOf(known);
  }

  @Test
  void showsOnlyGoldenExamples() {
    Set<JsonNode> goldens =
        Stream.of("commands", "events", "replies", "errors")
            .flatMap(kind -> Golden.all(kind).stream())
            .map(Golden::envelope)
            .collect(Collectors.toSet());
    Set<String> examples = found(Pattern.compile("(?s)```json\n(.*?)```"), page);

    assertThat(examples).isNotEmpty();
    examples.forEach(example -> assertThat(goldens).contains(WireJson.mapper().readTree(example)));
  }

  @Test
  void linksOnlyToHeadings() {
    Set<String> anchors =
        found(Pattern.compile("(?m)^#+ (.+)$"), page).stream()
            .map(heading ->
                heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 -]", "").replace(' ', '-'))
            .collect(Collectors.toSet());

    assertThat(found(Pattern.compile("]\\(#([^)]+)\\)"), page)).isSubsetOf(anchors);
  }
}
