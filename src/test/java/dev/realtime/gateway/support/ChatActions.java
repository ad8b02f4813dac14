package dev.realtime.gateway.support;

import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.CreateChat;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Position;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import tools.jackson.databind.JsonNode;

/** What clients do in chats in many tests, and what they have seen there. */
public final class ChatActions {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private ChatActions() {}

  /** Creates a group chat with these other users; returns its id. */
  public static String group(GatewayClient admin, String... others) {
    return admin
        .call(new CreateChat(ChatType.GROUP, List.of(others), null, null))
        .get("chatId")
        .asString();
  }

  /** Keeps what a client is told about a chat as a log of it. */
  public static ChatLog follow(GatewayClient client, String chat) {
    ChatLog log = ChatLog.from(chat, new Position(0, 0L));
    client.listen(log::apply);
    return log;
  }

  /**
   * Sends without waiting for each answer, but for those of each hundred, since a command's time
   * runs from the moment it is sent; returns when all are acknowledged.
   */
  public static int sendAll(GatewayClient client, String chat, String prefix, int count) {
    for (int first = 0; first < count; first += 100) {
      List<CompletableFuture<JsonNode>> acks =
          IntStream.range(first, Math.min(first + 100, count))
              .mapToObj(index -> client.request(message(chat, prefix + index)))
              .toList();
      acks.forEach(CompletableFuture::join);
    }
    return count;
  }

  /** Sends one after the other; returns how many it was. */
  public static int sendWhile(AtomicBoolean flowing, GatewayClient client, String chat) {
    int count = 0;
    while (flowing.get()) {
      client.call(message(chat, "flow " + count));
      count++;
    }
    return count;
  }

  /** Waits until a log has reached a seq. */
  public static void awaitSeq(ChatLog log, long seq) {
    await()
        .atMost(DEADLINE)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() ->
            assertThat(Objects.requireNonNull(log.position()).seq())
                .as(() -> "seq; " + log.violations())
                .isGreaterThanOrEqualTo(seq));
  }

  /** Waits until a log has reached a rev. */
  public static void awaitRev(ChatLog log, long rev) {
    await()
        .atMost(DEADLINE)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() ->
            assertThat(Objects.requireNonNull(log.position()).rev())
                .as(() -> "rev; " + log.violations())
                .isNotNull()
                .isGreaterThanOrEqualTo(rev));
  }

  /** The messages of a chat that a client was pushed, in the order they came. */
  public static List<Received> messages(GatewayClient client, String chat) {
    return Scene.pushes(client, chat).stream()
        .filter(frame -> frame.event().equals("chat:message"))
        .toList();
  }

  /** The seqs of those messages. */
  public static List<Long> seqs(GatewayClient client, String chat) {
    return messages(client, chat).stream().map(frame -> frame.number("seq")).toList();
  }

  /** Whether a frame is the push of a message with this content. */
  public static boolean says(Received frame, String content) {
    return frame.event().equals("chat:message") && frame.text("content").equals(content);
  }

  /** All whole numbers from one to another. */
  public static List<Long> numbers(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }
}
