package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.store.Uncancelled;
import java.util.UUID;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Sends messages: numbers, stores and publishes them, then acknowledges them to the sender. */
@Component
public final class ChatMessages {

  private final MessageAppender appender;
  private final MessageRepository messages;
  private final MessagePublisher publisher;

  ChatMessages(MessageAppender appender, MessageRepository messages, MessagePublisher publisher) {
    this.appender = appender;
    this.messages = messages;
    this.publisher = publisher;
  }

  /**
   * The result of sending a message.
   *
   * @param message the message; a duplicate is shown as first sent, under its first id and number
   * @param duplicate whether the message had been accepted before; a duplicate is not published
   *     again
   */
  public record Sent(Message message, boolean duplicate) {}

  /**
   * Sends a message of a member; completes after the commit. Fails like {@link
   * MessageAppender#append}, and with {@code not_found} if it replies to a message that is not in
   * the chat.
   */
  public Mono<Sent> send(String senderId, SendMessage command) {
    return send(command, Draft.of(Identifiers.next(), senderId, command, false));
  }

  /**
   * Sends a message for the platform, whose sender need not be a member; otherwise like {@link
   * #send}.
   */
  public Mono<Sent> sendForPlatform(String senderId, SendMessage command) {
    return send(command, Draft.of(Identifiers.next(), senderId, command, true));
  }

  private Mono<Sent> send(SendMessage command, Draft draft) {
    // A stored message is published even if the caller has cancelled.
    return Uncancelled.of(
        checkReply(command)
            .then(Mono.defer(() -> appender.append(draft)))
            .map(appended -> sent(draft, appended)));
  }

  private Mono<Void> checkReply(SendMessage command) {
    if (command.replyTo() == null) {
      return Mono.empty();
    }
    UUID replyTo = Identifiers.parse(command.replyTo());
    Mono<Boolean> known =
        replyTo == null ? Mono.just(false) : messages.contains(command.chatId(), replyTo);
    return known
        .filter(found -> found)
        .switchIfEmpty(
            Mono.error(() ->
                GatewayException.field(
                    ErrorCode.NOT_FOUND, "replyTo", "There is no such message in this chat.")))
        .then();
  }

  private Sent sent(Draft draft, MessageAppender.Appended appended) {
    Message message =
        draft.withId(appended.id()).numbered(appended.seq(), appended.rev(), appended.createdAt());
    if (!appended.duplicate()) {
      publisher.publish(message);
    }
    return new Sent(message, appended.duplicate());
  }

  /** Returns the stored message in its current state; empty if there is none. */
  public Mono<Message> stored(String messageId) {
    UUID id = Identifiers.parse(messageId);
    return id == null ? Mono.empty() : messages.message(id);
  }
}
