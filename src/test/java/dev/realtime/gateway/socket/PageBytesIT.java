package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.Commands.resume;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.Command;
import dev.realtime.gateway.protocol.NotificationCommand;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Gateways;
import dev.realtime.gateway.support.TestGateway;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;

/** A page ends before it has more bytes than the welcome tells, and nothing is left out. */
@Timeout(120)
class PageBytesIT {

  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int ITEMS = 60;
  private static final int DEAF = 20;

  /** More than the kernel takes for one socket. */
  private static final int ASKED = 20;

  /** Twice as long as JSON, and longer than a page's share of 200. */
  private static final String QUOTES = "repeat('\"', 15000)";

  private final TestGateway gateway = Gateways.shared();
  private final String user = "reader-" + UUID.randomUUID();

  private void store(String... statements) {
    store(gateway, statements);
  }

  private static void store(TestGateway in, String... statements) {
    Database database = in.bean(Database.class);
    Flux.fromArray(statements).concatMap(sql -> database.sql(sql).then()).blockLast(DEADLINE);
  }

  private void chat(String chat, int messages) {
    chat(gateway, chat, messages);
  }

  private void chat(TestGateway in, String chat, int messages) {
    store(
        in,
        "insert into chats (id, type, last_seq, last_rev, base_seq, base_rev, member_count)"
            + " values ('%s', 'group', %d, %d, 0, 0, 1)".formatted(chat, messages, messages),
        "insert into chat_members (chat_id, user_id) values ('%s', '%s')".formatted(chat, user),
        """
        insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id, fingerprint,
                              content, created_at)
        select '%s', n, gen_random_uuid(), n, n, 's', n::text, gen_random_uuid(), %s, now()
        from generate_series(1, %d) n
        """
            .formatted(chat, QUOTES, messages));
  }

  /** Reads the pages of a list to its end, and gives what is on them. */
  private static List<String> pages(
      GatewayClient client, Function<@Nullable JsonNode, @Nullable Command> next, String item) {
    int most = client.welcome().path("limits").path("pageBytes").asInt();
    List<String> items = new ArrayList<>();
    int pages = 0;
    for (Command command = next.apply(null); command != null; pages++) {
      JsonNode page = client.call(command);
      Received frame = client.received().getLast();
      assertThat(frame.raw().length()).isLessThanOrEqualTo(most);
      page.forEach(each -> {
        if (each.isArray()) {
          assertThat(each).isNotEmpty();
          each.forEach(one -> items.add(one.path(item).asString()));
        }
      });
      command = next.apply(page);
    }
    assertThat(pages).isGreaterThan(ITEMS * 30_000 / most);
    return items;
  }

  private static JsonNode last(JsonNode list) {
    return list.get(list.size() - 1);
  }

  @Test
  void cutsAHistory() {
    String chat = "long-" + UUID.randomUUID();
    chat(chat, ITEMS);
    try (GatewayClient client = gateway.connect(user)) {
      List<String> ascending =
          pages(
              client,
              page -> {
                if (page != null && !page.path("hasMore").asBoolean()) {
                  return null;
                }
                long after = page == null ? 0 : last(page.path("messages")).path("seq").asLong();
                return new ChatCommand.GetHistory(chat, null, after, 200);
              },
              "seq");
      List<String> numbers = LongStream.rangeClosed(1, ITEMS).mapToObj(Long::toString).toList();
      assertThat(ascending).isEqualTo(numbers);

      List<String> descending =
          pages(
              client,
              page -> {
                if (page != null && !page.path("hasMore").asBoolean()) {
                  return null;
                }
                Long before =
                    page == null ? null : page.path("messages").get(0).path("seq").asLong();
                return new ChatCommand.GetHistory(chat, before, null, 200);
              },
              "seq");
      assertThat(descending).containsExactlyInAnyOrderElementsOf(numbers);
    }
  }

  @Test
  void cutsAListOfChats() {
    List<String> chats = new ArrayList<>();
    for (int i = 0; i < ITEMS; i++) {
      String chat = "listed-" + UUID.randomUUID();
      chat(chat, 1);
      chats.add(chat);
    }
    try (GatewayClient client = gateway.connect(user)) {
      List<String> listed =
          pages(
              client, page -> following(page, at -> new ChatCommand.ListChats(at, 200)), "chatId");
      assertThat(listed).containsExactlyInAnyOrderElementsOf(chats);
    }
  }

  @Test
  void cutsAListOfNotifications() {
    notifications();
    try (GatewayClient client = gateway.connect(user)) {
      List<String> listed =
          pages(
              client,
              page ->
                  following(page, at -> new NotificationCommand.ListNotifications(at, 200, null)),
              "title");
      assertThat(listed)
          .isEqualTo(
              LongStream.rangeClosed(1, ITEMS).mapToObj(n -> "n" + (ITEMS + 1 - n)).toList());
    }
  }

  private static @Nullable Command following(
      @Nullable JsonNode page, Function<@Nullable String, Command> next) {
    if (page == null) {
      return next.apply(null);
    }
    return page.path("cursor").isMissingNode() ? null : next.apply(page.path("cursor").asString());
  }

  private void notifications() {
    store(
        "insert into notification_counters (user_id, last_position, unread) values ('%s', %d, %d)"
            .formatted(user, ITEMS, ITEMS),
        """
        insert into notifications (user_id, position, id, type, title, message, created_at)
        select '%s', n, gen_random_uuid(), 't', 'n' || n, %s, now() from generate_series(1, %d) n
        """
            .formatted(user, QUOTES, ITEMS));
  }

  @Test
  void replaysAllThatWasMissedPageByPage() {
    String chat = "missed-" + UUID.randomUUID();
    chat(chat, ITEMS);
    notifications();
    try (GatewayClient client = gateway.connect(user)) {
      client.call(resume(chat, new Position(0, 0L)));
      client.await("chat:replayed", DEADLINE);
      assertThat(
              client.received().stream()
                  .filter(frame -> frame.event().equals("chat:message"))
                  .map(frame -> frame.number("seq")))
          .containsExactlyElementsOf(LongStream.rangeClosed(1, ITEMS).boxed().toList());
    }
  }

  /** Neither the pages that they ask for nor the pings that they send keep them alive. */
  @Test
  void endsTheConnectionsThatReadNothing() {
    String chat = "unread-" + UUID.randomUUID();
    List<RawSocket> sockets = new ArrayList<>();
    try (TestGateway strict = TestGateway.start("SESSION_READ_PATIENCE=2s")) {
      chat(strict, chat, ITEMS);
      long before = memory();
      for (int i = 0; i < DEAF; i++) {
        RawSocket socket = RawSocket.connect(strict.socket(), TestGateway.token(user));
        sockets.add(socket);
        socket.awaitText("session:welcome", DEADLINE);
        for (int asked = 0; asked < ASKED; asked++) {
          socket.sendText(
              "{\"event\":\"chat:history\",\"id\":\"h\",\"data\":{\"chatId\":\"%s\",\"limit\":200}}"
                  .formatted(chat));
        }
      }
      ConnectionRegistry registry = strict.bean(ConnectionRegistry.class);
      await()
          .atMost(DEADLINE)
          .until(() -> {
            assertThat(memory() - before).isLessThan(DEAF * 3L * Bounds.PAGE_BYTES);
            sockets.forEach(PageBytesIT::ping);
            return registry.all().isEmpty();
          });
    } finally {
      sockets.forEach(RawSocket::close);
    }
  }

  private static void ping(RawSocket socket) {
    try {
      socket.sendText("{\"event\":\"session:ping\"}");
    } catch (UncheckedIOException ended) {
      // It is closed already.
    }
  }

  /** Bytes outside the heap that buffers use now. */
  private static long memory() {
    ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
    return ((ByteBufAllocatorMetricProvider) allocator).metric().usedDirectMemory();
  }
}
