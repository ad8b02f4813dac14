package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.chat.ChatRepository;
import dev.realtime.gateway.chat.ChatRepository.ListedChat;
import dev.realtime.gateway.chat.ListCursor;
import dev.realtime.gateway.chat.MessageRepository;
import dev.realtime.gateway.chat.Roster;
import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatReply;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.store.Page;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Reads histories, lists of chats and receipts on behalf of members. */
@Component
final class ChatReads {

  private final ChatRepository chats;
  private final MessageRepository messages;

  ChatReads(ChatRepository chats, MessageRepository messages) {
    this.chats = chats;
    this.messages = messages;
  }

  Mono<ChatReply.History> history(String userId, ChatCommand.GetHistory command) {
    int limit = limit(command.limit());
    return page(userId, command, limit)
        .flatMap(page ->
            page.items().isEmpty()
                ? checkMember(userId, command.chatId()).thenReturn(page)
                : Mono.just(page))
        .map(page -> history(page, command.after() != null));
  }

  private Mono<Page<Message>> page(String userId, ChatCommand.GetHistory command, int limit) {
    Long after = command.after();
    long before = command.before() == null ? Long.MAX_VALUE : command.before();
    return after == null
        ? messages.messagesBefore(userId, command.chatId(), before, limit)
        : messages.messagesAfter(userId, command.chatId(), after, before, limit);
  }

  private static ChatReply.History history(Page<Message> page, boolean ascending) {
    List<Message> messages = page.items();
    return new ChatReply.History(ascending ? messages : messages.reversed(), page.hasMore());
  }

  private Mono<Void> checkMember(String userId, String chatId) {
    return chats
        .memberships(userId, List.of(chatId))
        .filter(found -> !found.isEmpty())
        .switchIfEmpty(Mono.error(Roster::notAMember))
        .then();
  }

  Mono<ChatReply.Chats> list(String userId, ChatCommand.ListChats command) {
    int limit = limit(command.limit());
    return Mono.fromSupplier(() -> ListCursor.of(command.cursor()))
        .flatMap(cursor -> chats.list(userId, cursor, limit))
        .map(ChatReads::list);
  }

  private static ChatReply.Chats list(Page<ListedChat> page) {
    return new ChatReply.Chats(
        page.items().stream().map(ListedChat::chat).toList(),
        page.cursor(last -> last.cursor().text()));
  }

  private static int limit(@Nullable Integer asked) {
    return asked == null ? Bounds.DEFAULT_PAGE : asked;
  }

  Mono<ChatReply.Receipts> receipts(String userId, ChatCommand.GetReceipts command) {
    UUID messageId = Identifiers.parse(command.messageId());
    Mono<ChatReply.Receipts> found =
        messageId == null ? Mono.empty() : messages.receipts(userId, messageId);
    return found.switchIfEmpty(
        Mono.error(() -> GatewayException.of(ErrorCode.NOT_FOUND, "There is no such message.")));
  }
}
