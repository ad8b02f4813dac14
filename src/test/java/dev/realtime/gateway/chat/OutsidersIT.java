package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.listChats;
import static dev.realtime.gateway.support.Commands.member;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.react;
import static dev.realtime.gateway.support.Commands.reply;
import static dev.realtime.gateway.support.Commands.resume;
import static dev.realtime.gateway.support.Markers.assertNothingBeforeEvent;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatCommand.DeleteMessage;
import dev.realtime.gateway.protocol.ChatCommand.GetHistory;
import dev.realtime.gateway.protocol.ChatCommand.GetReceipts;
import dev.realtime.gateway.protocol.ChatCommand.LeaveChat;
import dev.realtime.gateway.protocol.ChatCommand.MarkDelivered;
import dev.realtime.gateway.protocol.ChatCommand.MarkRead;
import dev.realtime.gateway.protocol.ChatCommand.SetTyping;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.support.Scene;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever is not a member is refused at every command, whatever ids they guess. */
@Timeout(60)
class OutsidersIT {

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient mallory = scene.onSecond("mallory");
  private final String chat = scene.group(alice, "bob");
  private final String known = alice.call(message(chat, "secret")).get("id").asString();

  @Test
  void learnNothingOfAChatExistingOrNot() {
    alice.call(join(chat));
    for (String id : List.of(chat, "no-such-chat", "a'; drop table chats; --")) {
      for (ChatCommand command : aboutTheChat(id)) {
        assertThat(mallory.refusal(command).code()).as(command.toString()).isEqualTo("forbidden");
      }
    }
    assertThat(alice.call(history(chat)).get("messages")).hasSize(1);
    // The marker has to come from mallory's instance, which would publish anything unwanted.
    scene.onSecond("bob").call(message(chat, "marker"));
    alice.assertNothingBefore(
        frame -> says(frame, "marker"),
        frame -> Scene.isAbout(frame, chat) && !frame.event().matches("chat:(joined|unread)"));
  }

  private List<ChatCommand> aboutTheChat(String id) {
    return Stream.of(
            Stream.of(
                join(id),
                new ChatCommand.JoinChat(id, 0L),
                message(id, "let me in"),
                message(id, "let me in", UUID.randomUUID().toString()),
                new SetTyping(id, true),
                new MarkDelivered(id, known),
                new MarkRead(id, known),
                new MarkRead(id, UUID.randomUUID().toString()),
                new MarkDelivered(id, "not an id of ours"),
                history(id),
                new GetHistory(id, 2L, 0L, 200)),
            Stream.of(MemberAction.values()).map(action -> member(id, scene.user("bob"), action)),
            Stream.of(MemberAction.values())
                .map(action -> member(id, scene.user("mallory"), action)))
        .flatMap(commands -> commands)
        .map(ChatCommand.class::cast)
        .toList();
  }

  @Test
  void findNoMessageOfOthers() {
    for (String id : List.of(known, UUID.randomUUID().toString(), "not an id of ours")) {
      for (ChatCommand command :
          List.of(
              edit(id, "mine now"),
              new DeleteMessage(id),
              react(id, "ok"),
              dev.realtime.gateway.support.Commands.takeBack(id, "ok"),
              new GetReceipts(id))) {
        assertThat(mallory.refusal(command).code()).as(command.toString()).isEqualTo("not_found");
      }
    }
  }

  @Test
  void cannotPullAMessageIntoAChatOfTheirOwn() {
    String own = scene.group(mallory, "eve");

    assertThat(mallory.refusal(new MarkRead(own, known)).code()).isEqualTo("not_found");
    assertThat(mallory.refusal(new MarkDelivered(own, known)).code()).isEqualTo("not_found");
    assertThat(mallory.refusal(reply(own, "re", null, known)).code()).isEqualTo("not_found");
  }

  @Test
  void hearNothingOfAChatTheyResume() {
    String answer = mallory.call(resume(chat, new Position(0, 0L))).at("/chats/" + chat).toString();
    assertThat(answer).isEqualTo("{\"outcome\":\"forbidden\"}");
    assertThat(mallory.call(resume("nowhere", new Position(0, null))).toString())
        .isEqualTo("{\"chats\":{\"nowhere\":{\"outcome\":\"forbidden\"}}}");

    alice.call(message(chat, "secret too"));

    assertNothingBeforeEvent(scene.first(), mallory, frame -> Scene.isAbout(frame, chat));
    assertThat(mallory.call(listChats()).get("chats")).isEmpty();
  }

  @Test
  void leaveWhatTheyAreNotInWithoutHarm() {
    assertThat(mallory.call(new LeaveChat(chat)).toString()).isEqualTo("{}");
    assertThat(mallory.call(new LeaveChat("nowhere")).toString()).isEqualTo("{}");
  }
}
