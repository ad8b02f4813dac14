package dev.realtime.gateway.chat.rooms;

import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A chat grows behind the back of an instance that has its room open, as by an import. */
@Timeout(120)
class SkippedChangesIT {

  private static final int MANY = Integer.getInteger("gateway.hole", 100_000);
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private final TestDatabase database = TestDatabase.fresh();

  @AutoClose
  private final TestGateway gateway = TestGateway.start(database.url(), Backends.redis());

  @AutoClose private final Scene scene = new Scene(gateway, gateway);

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onFirst("bob");
  private final GatewayClient carol = scene.onFirst("carol");
  private final String chat = scene.group(alice, "bob", "carol");

  /** Adds messages and then, as the last change, carol's removal. */
  private void grow(int messages) {
    database.run(
        """
        insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id, fingerprint,
                              content, created_at)
        select c.id, c.last_seq + n, gen_random_uuid(), c.last_rev + n, c.last_rev + n, 'old',
               'old-' || n, gen_random_uuid(), 'old ' || n, now()
        from chats c, generate_series(1, %d) n where c.id = '%s'
        """
            .formatted(messages, chat),
        """
        with gone as (
          delete from chat_members where chat_id = '%1$s' and user_id = '%2$s' returning chat_id),
        counted as (
          update chats c
          set last_seq = last_seq + %3$d, last_rev = last_rev + %3$d + 1,
              member_count = member_count - 1
          where id = '%1$s')
        insert into chat_changes (chat_id, rev, member_id, evicts, envelope)
        select c.id, c.last_rev + %3$d + 1, '%2$s', '%2$s',
               json_build_object('event', 'chat:member', 'data', json_build_object(
                 'chatId', c.id, 'rev', c.last_rev + %3$d + 1, 'userId', '%2$s',
                 'action', 'remove', 'by', 'platform'))
        from chats c where c.id = '%1$s'
        """
            .formatted(chat, scene.user("carol"), messages));
  }

  @Test
  void tellsAnOpenRoomToReadTheHistoryInsteadOfFillingALargeHole() {
    ChatLog log = ChatLog.of(chat);
    bob.listen(log::apply);
    bob.call(join(chat));
    carol.call(join(chat));
    alice.call(message(chat, "before"));
    bob.await(frame -> says(frame, "before"), DEADLINE);
    bob.skip();

    grow(MANY);
    long began = System.nanoTime();
    alice.call(message(chat, "after"));

    Received snapshot =
        bob.await(
            frame -> frame.event().equals("chat:joined") && frame.data().has("outcome"), DEADLINE);
    System.out.printf(
        "a hole of %d: live again after %d ms%n", MANY, (System.nanoTime() - began) / 1_000_000);
    assertThat(snapshot.text("outcome")).isEqualTo("snapshot");
    assertThat(snapshot.data().get("memberCount").asInt()).isEqualTo(2);
    assertThat(snapshot.data().get("members")).hasSize(2);
    assertThat(snapshot.data().has("readSeq")).isFalse();
    assertThat(snapshot.number("lastRev")).isEqualTo(MANY + 3L);
    alice.call(message(chat, "later"));
    Received later = bob.await(frame -> says(frame, "later"), DEADLINE);
    assertThat(later.number("rev")).isEqualTo(MANY + 4L);
    assertThat(log.violations()).isEmpty();
    assertThat(bob.call(history(chat)).get("messages")).hasSize(50);
    assertThat(Scene.pushes(bob, chat))
        .extracting(Received::event)
        .filteredOn(event -> !event.equals("chat:member"))
        .containsExactly("chat:joined", "chat:message", "chat:joined", "chat:message");
    assertThat(gateway.bean(RoomRegistry.class).connectionsIn(RoomId.chat(chat)))
        .as("carol left the room")
        .isEqualTo(1);
    assertThat(carol.refusal(history(chat)).code()).isEqualTo("forbidden");
    assertThat(Scene.pushes(carol, chat)).noneMatch(frame -> says(frame, "later"));
  }

  @Test
  void fillsAHoleUpToTheLimitOfAReplay() {
    bob.call(join(chat));
    grow(498);
    alice.call(message(chat, "after"));

    bob.await(frame -> says(frame, "after"), DEADLINE);

    assertThat(Scene.pushes(bob, chat))
        .extracting(Received::event)
        .filteredOn("chat:message"::equals)
        .hasSize(499);
  }
}
