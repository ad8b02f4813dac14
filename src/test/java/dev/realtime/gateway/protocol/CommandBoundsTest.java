package dev.realtime.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Inbound.Accepted;
import dev.realtime.gateway.protocol.Inbound.Refused;
import dev.realtime.gateway.protocol.SessionCommand.Resume;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bounds of a command's fields, from both sides. */
class CommandBoundsTest {

  private static final EnvelopeCodec CODEC = new EnvelopeCodec();
  private static final String CAT = "\ud83d\udc08";

  private static Inbound decode(String event, String fields) {
    return CODEC.decode("{\"event\":\"" + event + "\",\"id\":\"7\",\"data\":{" + fields + "}}");
  }

  private static void accepts(String event, String fields) {
    assertThat(decode(event, fields)).as(fields).isInstanceOf(Accepted.class);
  }

  private static void refuses(String event, String fields, String field) {
    assertThat(decode(event, fields))
        .as(fields)
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.why().code()).isEqualTo(ErrorCode.BAD_REQUEST);
              assertThat(refused.why().field()).isEqualTo(field);
              assertThat(refused.id()).isEqualTo("7");
              assertThat(refused.event()).isEqualTo(event);
            });
  }

  private static String list(int size, String each) {
    return IntStream.range(0, size)
        .mapToObj(i -> each.replace("#", Integer.toString(i)))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static String message(String more) {
    return "\"chatId\":\"c1\"," + more;
  }

  @ParameterizedTest
  @CsvSource({
    "chat:join,chatId",
    "chat:leave,chatId",
    "chat:delete,messageId",
    "chat:receipts,messageId",
    "chat:history,chatId"
  })
  void idsHave128Characters(String event, String field) {
    accepts(event, "\"" + field + "\":\"" + "i".repeat(128) + "\"");
    refuses(event, "\"" + field + "\":\"" + "i".repeat(129) + "\"", field);
    refuses(event, "\"" + field + "\":\"\"", field);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\n", "\\t", "\\u001f", "\\u007f", "\\u0085", "a\\rb"})
  void idsHaveNoControlCharacters(String text) {
    refuses("chat:join", "\"chatId\":\"" + text + "\"", "chatId");
    refuses("chat:message", message("\"content\":\"a\",\"tempId\":\"" + text + "\""), "tempId");
    refuses(
        "chat:message", message("\"content\":\"a\",\"mentions\":[\"" + text + "\"]"), "mentions");
  }

  @Test
  void idsAreOpaque() {
    accepts("chat:join", "\"chatId\":\"../' OR 1=1 -- {\uD83D\uDE00} \"");
  }

  @Test
  void boundsContentTo4000CodePoints() {
    accepts("chat:message", message("\"content\":\"" + "a".repeat(4_000) + "\""));
    refuses("chat:message", message("\"content\":\"" + "a".repeat(4_001) + "\""), "content");
    accepts("chat:message", message("\"content\":\"" + CAT.repeat(4_000) + "\""));
    refuses("chat:message", message("\"content\":\"" + CAT.repeat(4_001) + "\""), "content");
    refuses(
        "chat:edit", "\"messageId\":\"m\",\"content\":\"" + CAT.repeat(4_001) + "\"", "content");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\\n\\t ", "\u00a0", "\u3000", "\u2007\u202f", "\u2028"})
  void refusesContentThatIsAllWhiteSpace(String blank) {
    refuses("chat:message", message("\"content\":\"" + blank + "\""), "content");
    refuses("chat:edit", "\"messageId\":\"m\",\"content\":\"" + blank + "\"", "content");
  }

  @Test
  void takesEmptyContentBesideAttachments() {
    String one = "\"attachments\":[{\"url\":\"https://a.example\",\"mime\":\"a/b\",\"size\":0}]";
    accepts("chat:message", message("\"content\":\"\"," + one));
    refuses("chat:message", message("\"content\":\" \"," + one), "content");
    refuses("chat:message", message("\"content\":\"\",\"attachments\":[]"), "content");
  }

  @Test
  void refusesContentBesideEncrypted() {
    String encrypted = encrypted("x", "\"u/d\":\"k\"");
    accepts("chat:message", message(encrypted));
    refuses("chat:message", message("\"content\":\"a\"," + encrypted), "content");
    refuses("chat:message", message("\"content\":\"\"," + encrypted), "content");
    refuses("chat:edit", "\"messageId\":\"m\",\"content\":\"a\"," + encrypted, "content");
    refuses("chat:edit", "\"messageId\":\"m\"", "content");
  }

  private static String encrypted(String ciphertext, String keys) {
    return """
    "encrypted":{"algorithm":"a","senderDeviceId":"d","ciphertext":"%s","keys":{%s}}\
    """
        .formatted(ciphertext, keys);
  }

  @Test
  void boundsCiphertextAndKeys() {
    accepts("chat:message", message(encrypted("x".repeat(8_192), "")));
    refuses("chat:message", message(encrypted("x".repeat(8_193), "")), "encrypted");
    refuses("chat:message", message(encrypted("", "")), "encrypted");
    accepts("chat:message", message(encrypted("x", "\"u/d\":\"" + "k".repeat(256) + "\"")));
    refuses(
        "chat:message",
        message(encrypted("x", "\"u/d\":\"" + "k".repeat(257) + "\"")),
        "encrypted");
    refuses("chat:message", message(encrypted("x", "\"u/d\":null")), "encrypted");
    refuses("chat:message", message("\"encrypted\":{}"), "encrypted");
    String keys = list(100, "\"u/#\":\"k\"");
    accepts("chat:message", message(encrypted("x", keys.substring(1, keys.length() - 1))));
    String more = list(101, "\"u/#\":\"k\"");
    refuses(
        "chat:message", message(encrypted("x", more.substring(1, more.length() - 1))), "encrypted");
  }

  @Test
  void countsMentionsAndMembers() {
    accepts("chat:message", message("\"content\":\"a\",\"mentions\":" + list(50, "\"u#\"")));
    refuses(
        "chat:message",
        message("\"content\":\"a\",\"mentions\":" + list(51, "\"u#\"")),
        "mentions");
    accepts("chat:create", "\"type\":\"group\",\"memberIds\":" + list(256, "\"u#\""));
    refuses("chat:create", "\"type\":\"group\",\"memberIds\":" + list(257, "\"u#\""), "memberIds");
  }

  @Test
  void attachmentsAreTenHttpsReferences() {
    String each = "{\"url\":\"https://a.example/#\",\"mime\":\"a/b\",\"size\":1}";
    accepts("chat:message", message("\"content\":\"a\",\"attachments\":" + list(10, each)));
    refuses(
        "chat:message",
        message("\"content\":\"a\",\"attachments\":" + list(11, each)),
        "attachments");
    String url = "https://a.example/";
    accepts("chat:message", attachment(url + "x".repeat(2_048 - url.length()), "a/b", "1"));
    for (String bad :
        new String[] {
          attachment(url + "x".repeat(2_049 - url.length()), "a/b", "1"),
          attachment("http://a.example", "a/b", "1"),
          attachment("javascript:alert(1)", "a/b", "1"),
          attachment("https://", "a/b", "1"),
          attachment("https://a\\nb", "a/b", "1"),
          attachment(url, "", "1"),
          attachment(url, "a/b", "-1"),
          attachment(url, "a/b", "\"1\""),
          attachment(url, "a/b", "1.5"),
          message("\"content\":\"a\",\"attachments\":[null]"),
          message("\"content\":\"a\",\"attachments\":[{}]")
        }) {
      refuses("chat:message", bad, "attachments");
    }
  }

  private static String attachment(String url, String mime, String size) {
    return message(
        "\"content\":\"a\",\"attachments\":[{\"url\":\"%s\",\"mime\":\"%s\",\"size\":%s}]"
            .formatted(url, mime, size));
  }

  @Test
  void reactionsHave64Bytes() {
    accepts("chat:reaction", "\"messageId\":\"m\",\"reaction\":\"" + "a".repeat(64) + "\"");
    accepts("chat:reaction", "\"messageId\":\"m\",\"reaction\":\"" + CAT.repeat(16) + "\"");
    for (String bad : new String[] {"a".repeat(65), CAT.repeat(16) + "a", "", " ", "a\\nb"}) {
      refuses("chat:reaction", "\"messageId\":\"m\",\"reaction\":\"" + bad + "\"", "reaction");
    }
  }

  @Test
  void titlesHave200Characters() {
    String group = "\"type\":\"group\",\"memberIds\":[],\"title\":\"";
    accepts("chat:create", group + "t".repeat(200) + "\"");
    refuses("chat:create", group + "t".repeat(201) + "\"", "title");
    refuses("chat:create", group + "a\\nb\"", "title");
  }

  @ParameterizedTest
  @CsvSource({
    "limit,1,true",
    "limit,200,true",
    "limit,0,false",
    "limit,201,false",
    "limit,2147483648,false",
    "before,0,true",
    "before,9223372036854775807,true",
    "before,9223372036854775808,false",
    "after,-1,false"
  })
  void pagesAreBounded(String field, String value, boolean fits) {
    String fields = "\"chatId\":\"c1\",\"" + field + "\":" + value;
    if (fits) {
      accepts("chat:history", fields);
    } else {
      refuses("chat:history", fields, field);
    }
  }

  @Test
  void positionsComeInTwoForms() {
    Accepted accepted =
        (Accepted)
            decode(
                "session:resume",
                "\"chats\":{\"a\":5,\"b\":{\"seq\":6,\"rev\":7},\"c\":{\"seq\":8},"
                    + "\"d\":{\"seq\":9,\"rev\":null}}");

    assertThat(((Resume) accepted.command()).chats())
        .isEqualTo(
            Map.of(
                "a",
                new Position(5, null),
                "b",
                new Position(6, 7L),
                "c",
                new Position(8, null),
                "d",
                new Position(9, null)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-1",
        "1.5",
        "\"5\"",
        "null",
        "true",
        "[]",
        "[5]",
        "{}",
        "{\"rev\":1}",
        "{\"seq\":\"5\"}",
        "{\"seq\":null}",
        "{\"seq\":-1}",
        "{\"seq\":1,\"rev\":-1}",
        "{\"seq\":1,\"rev\":\"2\"}",
        "{\"seq\":1,\"rev\":1.5}",
        "99999999999999999999"
      })
  void refusesOtherPositions(String position) {
    refuses("session:resume", "\"chats\":{\"a\":" + position + "}", "chats");
  }

  @Test
  void resumesAtMost200Chats() {
    accepts("session:resume", chats(200));
    refuses("session:resume", chats(201), "chats");
    refuses("session:resume", "\"chats\":{\"\":1}", "chats");
    refuses("session:resume", "\"chats\":{\"" + "c".repeat(129) + "\":1}", "chats");
    accepts("session:resume", "");
  }

  private static String chats(int count) {
    String entries = list(count, "\"c#\":1");
    return "\"chats\":{" + entries.substring(1, entries.length() - 1) + "}";
  }
}
