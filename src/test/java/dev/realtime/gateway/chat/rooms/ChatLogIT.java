package dev.realtime.gateway.chat.rooms;

import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.takeBack;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.support.ChatActions;
import dev.realtime.gateway.support.Commands;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The log a hole is filled from. */
@Timeout(60)
class ChatLogIT {

  @AutoClose private final Scene scene = new Scene();

  /** Messages and other changes stand in two tables: a page read while both grow has no hole. */
  @Test
  void readsPagesWithoutHolesWhileTheChatGrows() {
    GatewayClient alice = scene.onFirst("alice");
    GatewayClient bob = scene.onSecond("bob");
    String chat = scene.group(alice, "bob");
    ChatLog log = scene.first().bean(ChatLog.class);
    String target = alice.call(message(chat, "target")).get("id").asString();
    Future<Integer> messages = scene.beside(() -> ChatActions.sendAll(alice, chat, "t", 600));
    Future<Integer> reactions = scene.beside(() -> react(bob, target));

    long position = 0;
    while (!messages.isDone() || !reactions.isDone()) {
      position = readOn(log, chat, position);
    }
    Scene.finish(messages);
    Scene.finish(reactions);

    assertThat(readOn(log, chat, readOn(log, chat, position))).isEqualTo(1 + 600 + 300);
  }

  private static long readOn(ChatLog log, String chat, long position) {
    List<Long> revs =
        Objects.requireNonNull(
            log.changesAfter(RoomId.chat(chat), position)
                .map(Frame::rev)
                .collectList()
                .block(Duration.ofSeconds(10)));
    assertThat(revs).isEqualTo(ChatActions.numbers(position + 1, position + revs.size()));
    return position + revs.size();
  }

  private static int react(GatewayClient client, String target) {
    for (int i = 0; i < 150; i++) {
      client.call(Commands.react(target, "ok"));
      client.call(takeBack(target, "ok"));
    }
    return 150;
  }
}
