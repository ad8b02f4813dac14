package dev.realtime.gateway.socket;

import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.LiveCommand.CreateStream;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveCommand.SendLiveMessage;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Commands;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/**
 * Swift writes a UUID in capitals. Everybody else is told ids as the gateway gave them, since
 * clients compare them as text. The frames are text: the types of the protocol would mend them.
 */
@Timeout(60)
class CanonicalIdsIT {

  private static final Duration SOON = Duration.ofSeconds(10);

  @AutoClose private final Scene scene = new Scene();

  private final AtomicInteger lastId = new AtomicInteger();
  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");

  /** Sends a command and returns the data of its ack. */
  private JsonNode ask(GatewayClient client, String event, String data) {
    String id = "c" + lastId.incrementAndGet();
    client.sendText("{\"event\":\"%s\",\"id\":\"%s\",\"data\":%s}".formatted(event, id, data));
    Received reply = client.await(next -> id.equals(next.id()), SOON);
    assertThat(reply.event()).as(reply.raw()).isEqualTo("ack");
    return reply.data();
  }

  private static String capitals(String id) {
    String capitals = id.toUpperCase(Locale.ROOT);
    assertThat(capitals).isNotEqualTo(id);
    return capitals;
  }

  @Test
  void changesOfAMessageNameItAsItWasSent() {
    String chat = scene.group(alice, "bob");
    alice.call(join(chat));
    bob.call(join(chat));
    String id = alice.call(message(chat, "hello")).get("id").asString();
    String odd = capitals(id);

    JsonNode edited =
        ask(alice, "chat:edit", "{\"messageId\":\"%s\",\"content\":\"hi\"}".formatted(odd));
    ask(alice, "chat:reaction", "{\"messageId\":\"%s\",\"reaction\":\"ok\"}".formatted(odd));
    ask(bob, "chat:delivered", "{\"chatId\":\"%s\",\"messageId\":\"%s\"}".formatted(chat, odd));
    ask(bob, "chat:read", "{\"chatId\":\"%s\",\"messageId\":\"%s\"}".formatted(chat, odd));
    ask(alice, "chat:receipts", "\"%s\"".formatted(odd));
    String reply = "{\"chatId\":\"%s\",\"content\":\"yes\",\"replyTo\":\"%s\",\"tempId\":\"t\"}";
    ask(alice, "chat:message", reply.formatted(chat, odd));
    JsonNode again = ask(alice, "chat:message", reply.formatted(chat, id));
    ask(alice, "chat:delete", "{\"messageId\":\"%s\"}".formatted(odd));

    assertThat(edited.get("id").asString()).isEqualTo(id);
    assertThat(bob.await("chat:edit").text("messageId")).isEqualTo(id);
    assertThat(bob.await("chat:reaction").text("messageId")).isEqualTo(id);
    assertThat(bob.await("chat:delete").text("messageId")).isEqualTo(id);
    assertThat(alice.await("chat:read").text("messageId")).isEqualTo(id);
    assertThat(bob.await(frame -> frame.text("content").equals("yes"), SOON).text("replyTo"))
        .isEqualTo(id);
    assertThat(again.get("duplicate").asBoolean()).as("by the other spelling").isTrue();
    assertThat(bob.call(Commands.history(chat)).toString()).contains(id).doesNotContain(odd);
    assertThat(bob.received()).noneMatch(frame -> frame.raw().contains(odd));
  }

  @Test
  void nameANotificationThatIsReadAsItWasPushed() {
    GatewayClient tablet = scene.onSecond("alice");
    for (String content : new String[] {"one", "two"}) {
      ApiCalls.call(
          scene.first(),
          "POST",
          "/api/v1/notifications",
          "{\"userIds\":[\"%s\"],\"type\":\"t\",\"title\":\"t\",\"message\":\"%s\"}"
              .formatted(scene.user("alice"), content));
    }
    String id = tablet.await("notification").text("id");
    String second = tablet.await("notification").text("id");

    ask(alice, "notification:ack", "{\"ids\":[\"%s\",\"%s\"]}".formatted(capitals(id), id));
    ask(alice, "notification:read", "{\"id\":\"%s\"}".formatted(capitals(id)));
    JsonNode resumed =
        ask(alice, "session:resume", "{\"notificationsAfter\":\"%s\"}".formatted(capitals(second)));

    assertThat(tablet.await("notification:read").text("id")).isEqualTo(id);
    assertThat(resumed.at("/notifications/outcome").asString()).isEqualTo("recovered");
  }

  @Test
  void nameAPinnedMessageAsItWasSaid() {
    String stream = alice.call(new CreateStream("Launch", null, null)).get("streamId").asString();
    alice.call(new JoinStream(stream));
    bob.call(new JoinStream(stream));
    String id = alice.call(new SendLiveMessage(stream, "hello", null)).get("id").asString();

    String moderate = "{\"streamId\":\"%s\",\"action\":\"%s\",\"messageId\":\"%s\"}";
    ask(alice, "live:moderate", moderate.formatted(stream, "pin", capitals(id)));
    assertThat(bob.await("live:moderate").text("messageId")).isEqualTo(id);
    ask(alice, "live:moderate", moderate.formatted(stream, "delete", capitals(id)));
    assertThat(bob.await("live:moderate").text("messageId")).isEqualTo(id);
  }
}
