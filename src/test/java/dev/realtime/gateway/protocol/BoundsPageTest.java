package dev.realtime.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of bounds in the protocol page, and the bounds of the code. */
class BoundsPageTest {

  private static List<String> rows() {
    return List.of(
        row("ids and `tempId`; command `id`", Bounds.ID_LENGTH, Bounds.COMMAND_ID_LENGTH)
            + " characters",
        row("content", Bounds.CONTENT_LENGTH) + " code points",
        row("members a command; of a chat", Bounds.MEMBERS_A_COMMAND, Bounds.MEMBERS),
        row("mentions; attachments", Bounds.MENTIONS, Bounds.ATTACHMENTS),
        "| reaction; different ones a message | "
            + Bounds.REACTION_BYTES
            + " bytes; "
            + Bounds.REACTIONS_A_MESSAGE,
        row("title", Bounds.TITLE_LENGTH) + " characters",
        "| name; data of an event of the platform | "
            + Bounds.EVENT_NAME_LENGTH
            + " characters; "
            + Bounds.EVENT_DATA_BYTES / 1024
            + " KiB",
        row("messages a page of history; chats a page", Bounds.PAGE),
        row("chats a resume; messages replayed a chat", Bounds.CHATS_A_RESUME) + ";",
        row("notifications a page; an acknowledgement; replayed", Bounds.PAGE, Bounds.ACKNOWLEDGED)
            + ";",
        "| frame, nesting | 64 KiB, " + Bounds.NESTING);
  }

  private static String row(String what, int... most) {
    List<String> numbers =
        java.util.Arrays.stream(most).mapToObj(number -> "%,d".formatted(number)).toList();
    return "| " + what + " | " + String.join("; ", numbers);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void agreesWithThePage(String row) throws IOException {
    assertThat(Files.readAllLines(Path.of("docs/protocol.md")))
        .anyMatch(line -> line.startsWith(row));
  }
}
