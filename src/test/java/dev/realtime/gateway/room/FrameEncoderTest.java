package dev.realtime.gateway.room;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ChatEvent.MemberChanged;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.room.Frame.MemberChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How each event is delivered. */
class FrameEncoderTest {

  private static final Path GOLDEN = Path.of("src/test/resources/golden/events");

  /** In the room of a chat; behind the bar the copy in a user's own room, where that differs. */
  private static final String TABLE =
      """
      app.event: sampled last
      chat.changed: durable
      chat.delete: durable 61 | durable
      chat.delivered: latest of chat:delivered c1 bob
      chat.edit.encrypted: durable 59 | durable
      chat.edit: durable 59 | durable
      chat.joined: durable
      chat.joined.short: durable
      chat.joined.snapshot: durable
      chat.member: durable 62, dave in room:chat:c1 at 62 | durable, dave in room:chat:c1 at 62
      chat.message.deleted: durable 61 | durable
      chat.message.encrypted: durable 58 | durable
      chat.message: durable 58 | durable
      chat.message.minimal: durable 58 | durable
      chat.reaction: durable 60 | durable
      chat.read: latest of chat:read c1 bob
      chat.replayed: durable
      chat.typing: begins chat:typing c1 bob for PT6S
      chat.unread: latest of chat:unread c1
      chat.unread.minimal: latest of chat:unread c1
      chat.updated: durable 63 | durable
      chat.updated.minimal: durable 64 | durable
      live.joined: durable
      live.joined.short: durable
      live.message: sampled
      live.moderate: durable
      live.moderate.mute: durable
      live.reaction: 12 of live:reaction s1 👍
      live.status: durable
      live.status.started: durable
      live.viewer-count: latest of live:viewer-count s1
      notification: durable
      notification.minimal: durable
      notification.read.all: durable
      notification.read: durable
      session.bye: durable
      session.bye.minimal: durable
      session.draining: durable
      session.expiring: durable
      session.state: durable
      session.state.ok: durable
      session.welcome: durable
      """;

  private final EnvelopeCodec codec = new EnvelopeCodec();
  private final FrameEncoder encoder = new FrameEncoder(codec);

  private String line(Event event) {
    String inChat = tell(encode(RoomId.chat("c1"), event));
    String copy = tell(encode(RoomId.user("bob"), event));
    return inChat + (copy.equals(inChat) ? "" : " | " + copy);
  }

  private Frame encode(RoomId room, Event event) {
    Frame frame = encoder.encode(room, event, Audience.everyone());
    assertThat(frame.json()).isEqualTo(codec.encode(event));
    return frame;
  }

  private static String tell(Frame frame) {
    MemberChange change = frame.change();
    String about =
        change == null
            ? ""
            : ", " + change.userId() + " in " + change.room() + " at " + change.rev();
    String out = frame.evicts() == null ? "" : ", without " + frame.evicts().userId();
    return tell(frame.delivery()) + about + out;
  }

  private static String tell(Delivery delivery) {
    return switch (delivery) {
      case Delivery.Durable(long rev, boolean receipt) ->
          "durable" + (rev == 0 ? "" : " " + rev) + (receipt ? " with receipt" : "");
      case Delivery.Latest(String key) -> "latest of " + key;
      case Delivery.Sampled _ -> "sampled";
      case Delivery.SampledLast _ -> "sampled last";
      case Delivery.Counted(String key, int count) -> count + " of " + key;
      case Delivery.Begins(String key, var lasts) -> "begins " + key + " for " + lasts;
      case Delivery.Ends(String key) -> "ends " + key;
    };
  }

  private String golden(Path file) {
    try {
      String name = file.getFileName().toString().replace(".json", "");
      return name + ": " + line(codec.decodeEvent(Files.readAllBytes(file)));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Test
  void deliversEachEventAsTheTableSays() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      List<String> lines = files.sorted().map(this::golden).toList();

      assertThat(lines).containsExactlyElementsOf(TABLE.lines().toList());
    }
  }

  @Test
  void putsARemovedMemberOutOfTheChatAlone() {
    assertThat(line(new MemberChanged("c1", 7, "dave", MemberAction.REMOVE, "alice")))
        .isEqualTo(
            "durable 7, dave in room:chat:c1 at 7, without dave"
                + " | durable, dave in room:chat:c1 at 7");
    assertThat(line(new MemberChanged("c1", 7, "dave", MemberAction.PROMOTE, "alice")))
        .doesNotContain("without");
  }

  @Test
  void tellsOfANewChatOutsideTheOrderOfItsChanges() {
    assertThat(line(new MemberChanged("c1", 0, "dave", MemberAction.ADD, "alice")))
        .isEqualTo("durable, dave in room:chat:c1 at 0");
  }

  @Test
  void leavesTheDeliveryToAPublisherWhoKnowsBetter() {
    Event event = new ChatEvent.ReplayEnded("c1", 3, 4);

    Frame frame = encoder.encode(event, new Delivery.Durable(9, true));

    assertThat(tell(frame)).isEqualTo("durable 9 with receipt");
    assertThat(frame.json()).isEqualTo(codec.encode(event));
  }

  @Test
  void endsWhatHasBegunForThoseWhoMayHaveBeenTold() {
    Event begins = new ChatEvent.Typing("c1", "dave", true);
    Frame begun = encoder.encode(RoomId.chat("c1"), begins, Audience.others("dave", 100));

    Frame end = encoder.end(begun);

    assertThat(tell(end)).isEqualTo("ends chat:typing c1 dave");
    assertThat(new String(end.json(), UTF_8)).contains("\"isTyping\":false");
    assertThat(end.audience()).isEqualTo(Audience.others("dave", 0));
    Frame message = encoder.encode(new ChatEvent.ReplayEnded("c1", 3, 4), Delivery.durable());
    assertThatThrownBy(() -> encoder.end(message)).isInstanceOf(IllegalArgumentException.class);
  }
}
