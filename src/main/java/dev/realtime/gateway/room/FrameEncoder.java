package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.AppEvent;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.NotificationEvent;
import dev.realtime.gateway.protocol.SessionEvent;
import dev.realtime.gateway.protocol.StreamState;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Turns events into frames: the one place that decides an event's delivery class and order. */
@Component
public final class FrameEncoder {

  /** The typist's own instance ends it first; a second is what the bus may take. */
  private static final Duration TYPING_LASTS = ChatEvent.Typing.LASTS.plusSeconds(1);

  private final EnvelopeCodec codec;

  FrameEncoder(EnvelopeCodec codec) {
    this.codec = codec;
  }

  /** A frame for a room; in a user's own room nothing has a place in the order of a chat. */
  public Frame encode(RoomId room, Event event, Audience audience) {
    byte[] json = codec.encode(event);
    boolean ordered = room.kind() != RoomId.Kind.USER;
    return switch (event) {
      case Message message -> durable(ordered ? message.rev() : 0, audience, json);
      case ChatEvent.MessageEdited edit -> durable(ordered ? edit.rev() : 0, audience, json);
      case ChatEvent.MessageDeleted delete -> durable(ordered ? delete.rev() : 0, audience, json);
      case ChatEvent.Reacted reaction -> durable(ordered ? reaction.rev() : 0, audience, json);
      case ChatEvent.ChatUpdated update -> durable(ordered ? update.rev() : 0, audience, json);
      case ChatEvent.MemberChanged change -> memberChanged(change, ordered, audience, json);
      case ChatEvent.MessageChanged _,
          ChatEvent.ReplayEnded _,
          ChatState _,
          StreamState _,
          SessionEvent _,
          NotificationEvent _ ->
          durable(0, audience, json);
      case ChatEvent.ReadUpTo read ->
          latest("chat:read " + read.chatId() + ' ' + read.userId(), audience, json);
      case ChatEvent.DeliveredUpTo delivered ->
          latest("chat:delivered " + delivered.chatId() + ' ' + delivered.userId(), audience, json);
      case ChatEvent.UnreadChanged unread ->
          latest("chat:unread " + unread.chatId(), audience, json);
      case LiveEvent.StatusChanged _, LiveEvent.Moderated _ -> durable(0, audience, json);
      case LiveEvent.ViewersCounted counted ->
          latest("live:viewer-count " + counted.streamId(), audience, json);
      case LiveEvent.LiveMessage _ -> said(DeliveryClass.SAMPLED, audience, json);
      case LiveEvent.Reacted reacted -> reacted(reacted, audience, json);
      // Not stored: one closed for its sake could not get it by a resume. Yet viewers' words go
      // first.
      case AppEvent _ -> new Frame(DeliveryClass.SAMPLED_LAST, 0, null, null, audience, json);
      case ChatEvent.Typing typing -> typing(typing, audience, json);
    };
  }

  private Frame typing(ChatEvent.Typing typing, Audience audience, byte[] json) {
    String chatId = typing.chatId();
    String userId = typing.userId();
    Spell spell =
        typing.isTyping()
            ? new Spell.Begun(
                TYPING_LASTS, codec.encode(new ChatEvent.Typing(chatId, userId, false)))
            : new Spell.Over();
    String key = "chat:typing " + chatId + ' ' + userId;
    return new Frame(
        DeliveryClass.EPHEMERAL, 0, key, null, audience, false, null, spell, null, json);
  }

  /** The words of a stream's host or moderators: the last to be dropped. */
  Frame encodePrivileged(LiveEvent.LiveMessage message) {
    return said(DeliveryClass.SAMPLED_LAST, Audience.everyone(), codec.encode(message));
  }

  private static Frame said(DeliveryClass delivery, Audience audience, byte[] json) {
    return new Frame(delivery, 0, null, null, audience, json);
  }

  private static Frame reacted(LiveEvent.Reacted reacted, Audience audience, byte[] json) {
    String key = "live:reaction " + reacted.streamId() + ' ' + reacted.emoji();
    // The count is the last thing in the JSON, before the two braces that end data and envelope.
    int at = json.length - 2 - Integer.toString(reacted.count()).length();
    Frame.Sum sum = new Frame.Sum(reacted.count(), at);
    return new Frame(DeliveryClass.EPHEMERAL, 0, key, null, audience, false, sum, json);
  }

  /**
   * A frame of a notification, which lasts.
   *
   * @param position its place among those of its user
   * @param receipt whether the client's WebSocket stack is asked to confirm it
   */
  public Frame encode(NotificationEvent.Notification notification, long position, boolean receipt) {
    return new Frame(
        DeliveryClass.DURABLE,
        position,
        null,
        null,
        Audience.everyone(),
        receipt,
        null,
        codec.encode(notification));
  }

  /**
   * A frame of what happened to a stream and lasts.
   *
   * @param rev its place among those of the stream
   */
  public Frame encode(LiveEvent change, long rev) {
    return durable(rev, Audience.everyone(), codec.encode(change));
  }

  /** A copy in the person's own room puts nobody out of it. */
  private static Frame memberChanged(
      ChatEvent.MemberChanged event, boolean ordered, Audience audience, byte[] json) {
    MemberChange change =
        new MemberChange(RoomId.chat(event.chatId()), event.rev(), event.userId());
    boolean removed = ordered && event.action() == MemberAction.REMOVE;
    return new Frame(
        DeliveryClass.DURABLE,
        ordered ? event.rev() : 0,
        null,
        removed ? Eviction.of(event.userId()) : null,
        audience,
        false,
        null,
        null,
        change,
        json);
  }

  private static Frame durable(long rev, Audience audience, byte[] json) {
    return new Frame(DeliveryClass.DURABLE, rev, null, null, audience, json);
  }

  private static Frame latest(String key, Audience audience, byte[] json) {
    return new Frame(DeliveryClass.LATEST, 0, key, null, audience, json);
  }
}
