package dev.realtime.gateway.support;

import dev.realtime.gateway.protocol.ChatCommand.ChangeMember;
import dev.realtime.gateway.protocol.ChatCommand.EditMessage;
import dev.realtime.gateway.protocol.ChatCommand.GetHistory;
import dev.realtime.gateway.protocol.ChatCommand.JoinChat;
import dev.realtime.gateway.protocol.ChatCommand.React;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.SessionCommand.Resume;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Commands as tests mostly send them: only with what they are about. */
public final class Commands {

  private Commands() {}

  public static JoinChat join(String chatId) {
    return new JoinChat(chatId, null);
  }

  public static SendMessage message(String chatId, String content) {
    return message(chatId, content, null);
  }

  public static SendMessage message(String chatId, String content, @Nullable String tempId) {
    return new SendMessage(chatId, content, tempId, null, null, null, null);
  }

  public static EditMessage edit(String messageId, String content) {
    return new EditMessage(messageId, content, null);
  }

  public static React react(String messageId, String reaction) {
    return new React(messageId, reaction, null);
  }

  public static React takeBack(String messageId, String reaction) {
    return new React(messageId, reaction, true);
  }

  public static GetHistory history(String chatId) {
    return new GetHistory(chatId, null, null, null);
  }

  public static ChangeMember member(String chatId, String userId, MemberAction action) {
    return new ChangeMember(chatId, userId, action);
  }

  public static Resume resume(String chatId, Position position) {
    return new Resume(null, Map.of(chatId, position), null, null);
  }
}
