package dev.realtime.gateway.client;

import dev.realtime.gateway.client.ChatView.Entry;
import dev.realtime.gateway.protocol.ChatEvent.MemberChanged;
import dev.realtime.gateway.protocol.ChatEvent.MessageEdited;
import dev.realtime.gateway.protocol.ChatEvent.Reacted;
import dev.realtime.gateway.protocol.Member;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.Role;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Messages and members of a followed chat. Changes of messages it never saw are ignored. */
final class ChatContents {

  private final Map<Long, Entry> messages = new TreeMap<>();
  private final Map<String, Role> members = new HashMap<>();
  private @Nullable String title;

  boolean has(long seq) {
    return messages.containsKey(seq);
  }

  void clear() {
    messages.clear();
  }

  void put(Message message) {
    messages.put(message.seq(), entry(message));
  }

  void replace(Message message) {
    messages.computeIfPresent(message.seq(), (seq, old) -> entry(message));
  }

  private static Entry entry(Message message) {
    boolean deleted = message.deletedAt() != null;
    Map<String, Long> reactions = new HashMap<>();
    if (message.reactions() != null && !deleted) {
      message.reactions().forEach(each -> reactions.put(each.reaction(), each.count()));
    }
    return new Entry(
        message.id(),
        message.senderId(),
        message.content(),
        message.encrypted(),
        message.tempId(),
        message.editedAt() != null && !deleted,
        deleted,
        reactions);
  }

  void edit(MessageEdited edit) {
    messages.computeIfPresent(
        edit.seq(),
        (seq, old) ->
            new Entry(
                old.id(),
                old.senderId(),
                edit.content(),
                edit.encrypted(),
                old.tempId(),
                true,
                false,
                old.reactions()));
  }

  void delete(long seq) {
    messages.computeIfPresent(
        seq,
        (any, old) ->
            new Entry(old.id(), old.senderId(), null, null, old.tempId(), false, true, Map.of()));
  }

  void react(Reacted reacted) {
    messages.replaceAll((seq, old) ->
        old.id().equals(reacted.messageId()) && !old.deleted() ? counted(old, reacted) : old);
  }

  private static Entry counted(Entry old, Reacted reacted) {
    Map<String, Long> reactions = new HashMap<>(old.reactions());
    if (reacted.count() == 0) {
      reactions.remove(reacted.reaction());
    } else {
      reactions.put(reacted.reaction(), reacted.count());
    }
    return new Entry(
        old.id(),
        old.senderId(),
        old.content(),
        old.encrypted(),
        old.tempId(),
        old.edited(),
        false,
        reactions);
  }

  void member(MemberChanged change) {
    switch (change.action()) {
      case ADD, DEMOTE -> members.put(change.userId(), Role.MEMBER);
      case PROMOTE -> members.put(change.userId(), Role.ADMIN);
      case REMOVE -> members.remove(change.userId());
      case MUTE, UNMUTE -> {}
    }
  }

  void members(List<Member> present) {
    members.clear();
    present.forEach(member -> members.put(member.userId(), member.role()));
  }

  void title(@Nullable String present) {
    title = present;
  }

  ChatView view() {
    return new ChatView(title, members, messages);
  }
}
