package dev.realtime.gateway.chat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.room.RoomPublisher;
import org.springframework.stereotype.Component;

/**
 * Publishes a new message once it is stored, ends its sender's typing, pushes unread counts and
 * notifies mentioned members.
 */
@Component
final class MessagePublisher {

  private final RoomPublisher publisher;
  private final Typing typing;
  private final UnreadPushes unread;
  private final Mentions mentions;

  MessagePublisher(RoomPublisher publisher, Typing typing, UnreadPushes unread, Mentions mentions) {
    this.publisher = publisher;
    this.typing = typing;
    this.unread = unread;
    this.mentions = mentions;
  }

  void publish(Message message) {
    typing.end(message.chatId(), message.senderId());
    publisher.publish(RoomId.chat(message.chatId()), message);
    unread.changed(message);
    mentions.stored(message);
  }
}
