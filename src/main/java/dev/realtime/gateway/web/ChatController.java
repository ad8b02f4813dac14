package dev.realtime.gateway.web;

import dev.realtime.gateway.chat.ChatCreation;
import dev.realtime.gateway.chat.ChatMembers;
import dev.realtime.gateway.chat.ChatMessages;
import dev.realtime.gateway.chat.Chats;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.security.Caller;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Chats for the platform's backend; section 10 of the protocol. */
@RestController
@RequestMapping("/api/v1/chats")
final class ChatController {

  private final ChatCreation creation;
  private final Chats chats;
  private final ChatMembers members;
  private final ChatMessages messages;

  ChatController(ChatCreation creation, Chats chats, ChatMembers members, ChatMessages messages) {
    this.creation = creation;
    this.chats = chats;
    this.members = members;
    this.messages = messages;
  }

  /**
   * Creates a chat: 201 for a new one; 200, unchanged, if a chat with this id or of this pair
   * exists.
   */
  @PostMapping
  @Described(
      value = "Creates a chat; changes nothing if a chat with this id or of this pair exists.",
      answers = {200, 201},
      refusals = ErrorCode.UNAVAILABLE)
  Mono<ResponseEntity<Chats.Summary>> create(@RequestBody ChatRequests.Chat body) {
    return creation
        .create(Caller.PLATFORM, body.plan(body.id()))
        .flatMap(created ->
            chats
                .summary(created.id())
                .map(summary ->
                    ResponseEntity.status(created.duplicate() ? HttpStatus.OK : HttpStatus.CREATED)
                        .body(summary)));
  }

  /** Creates a chat, or replaces the title and members of the existing one. */
  @PutMapping("/{chatId}")
  @Described(
      value = "Creates a chat, or replaces the title and the members of the existing one.",
      refusals = {ErrorCode.CONFLICT, ErrorCode.UNAVAILABLE})
  Mono<Chats.Summary> upsert(@PathVariable String chatId, @RequestBody ChatRequests.Chat body) {
    return chats
        .upsert(body.planFor(Ids.check("chatId", chatId)))
        .flatMap(created -> chats.summary(created.id()));
  }

  @DeleteMapping("/{chatId}")
  @Described(value = "Deletes a chat and its messages.", refusals = ErrorCode.UNAVAILABLE)
  @ResponseStatus(HttpStatus.NO_CONTENT)
  Mono<Void> delete(@PathVariable String chatId) {
    return chats.delete(Ids.check("chatId", chatId));
  }

  @PutMapping("/{chatId}/members/{userId}")
  @Described(
      value = "Adds a member, or changes the role.",
      refusals = {ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.UNAVAILABLE})
  @ResponseStatus(HttpStatus.NO_CONTENT)
  Mono<Void> putMember(
      @PathVariable String chatId,
      @PathVariable String userId,
      @RequestBody(required = false) ChatRequests.@Nullable Member body) {
    return members.put(
        Ids.check("chatId", chatId),
        Ids.check("userId", userId),
        body == null ? null : body.role());
  }

  @DeleteMapping("/{chatId}/members/{userId}")
  @Described(
      value = "Removes a member.",
      refusals = {ErrorCode.CONFLICT, ErrorCode.UNAVAILABLE})
  @ResponseStatus(HttpStatus.NO_CONTENT)
  Mono<Void> removeMember(@PathVariable String chatId, @PathVariable String userId) {
    return members.remove(Ids.check("chatId", chatId), Ids.check("userId", userId));
  }

  /** Sends a message; a repeated Idempotency-Key with the same body returns the first message. */
  @PostMapping("/{chatId}/messages")
  @Described(
      value = "Sends a message on behalf of any user, member or not.",
      refusals = {ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.UNAVAILABLE})
  @ResponseStatus(HttpStatus.CREATED)
  Mono<Message> send(
      @PathVariable String chatId,
      @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key,
      @RequestBody ChatRequests.NewMessage body) {
    String chat = Ids.check("chatId", chatId);
    return Mono.defer(() -> messages.sendForPlatform(body.sender(), body.command(chat, key)))
        .onErrorMap(GatewayException.class, refusal -> key == null ? refusal : ofKey(refusal))
        .flatMap(sent ->
            sent.duplicate() ? messages.stored(sent.message().id()) : Mono.just(sent.message()))
        .switchIfEmpty(Mono.error(() -> GatewayException.of(ErrorCode.NOT_FOUND)));
  }

  /**
   * Names the header in a refusal of {@code tempId}, since the Idempotency-Key is the message's
   * {@code tempId}.
   */
  private static GatewayException ofKey(GatewayException refusal) {
    return "tempId".equals(refusal.field())
        ? GatewayException.field(
            refusal.code(),
            "Idempotency-Key",
            refusal.sentence().replace("tempId", "Idempotency-Key"))
        : refusal;
  }
}
