package dev.realtime.gateway.support;

import dev.realtime.gateway.protocol.ChatCommand.ChangeMember;
import dev.realtime.gateway.protocol.ChatCommand.EditMessage;
import dev.realtime.gateway.protocol.ChatCommand.GetHistory;
import dev.realtime.gateway.protocol.ChatCommand.JoinChat;
import dev.realtime.gateway.protocol.ChatCommand.ListChats;
import dev.realtime.gateway.protocol.ChatCommand.React;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.Encrypted;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.SessionCommand.Authenticate;
import dev.realtime.gateway.protocol.SessionCommand.Resume;
import java.util.List;
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

  /** An answer to another message. */
  public static SendMessage reply(
      String chatId, String content, @Nullable String tempId, String replyTo) {
    return new SendMessage(chatId, content, tempId, replyTo, null, null, null);
  }

  /** An encrypted message. */
  public static SendMessage encrypted(String chatId, Encrypted body) {
    return new SendMessage(chatId, null, null, null, null, null, body);
  }

  public static EditMessage edit(String messageId, Encrypted body) {
    return new EditMessage(messageId, null, body);
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

  /** A page of what came before a message. */
  public static GetHistory historyBefore(String chatId, Long seq, @Nullable Integer limit) {
    return new GetHistory(chatId, seq, null, limit);
  }

  /** A page of what came after a message. */
  public static GetHistory historyAfter(String chatId, Long seq, @Nullable Integer limit) {
    return new GetHistory(chatId, null, seq, limit);
  }

  public static ListChats listChats() {
    return new ListChats(null, null);
  }

  public static ChangeMember member(String chatId, String userId, MemberAction action) {
    return new ChangeMember(chatId, userId, action);
  }

  public static Resume resume(String chatId, Position position) {
    return resume(null, Map.of(chatId, position));
  }

  public static Resume resume(@Nullable String epoch, Map<String, Position> chats) {
    return new Resume(epoch, chats, null, null);
  }

  public static Resume resumeStreams(String... streamIds) {
    return new Resume(null, null, List.of(streamIds), null);
  }

  /** Catches up with the notifications after one. */
  public static Resume resumeAfter(@Nullable String notificationId) {
    return new Resume(null, null, null, notificationId);
  }

  public static Authenticate authenticate(String token) {
    return new Authenticate(token, null, null);
  }
}
