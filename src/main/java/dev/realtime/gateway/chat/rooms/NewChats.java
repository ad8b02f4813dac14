package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.chat.ChatCreation;
import dev.realtime.gateway.chat.ChatPlan;
import dev.realtime.gateway.chat.Roster;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.config.GatewayProperties.ChatCreate;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatReply;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Creates chats that users request, if the configuration allows it. */
@Component
final class NewChats {

  private final ChatCreation chats;
  private final ChatStates states;
  private final ChatCreate whoCreates;

  NewChats(ChatCreation chats, ChatStates states, GatewayProperties properties) {
    this.chats = chats;
    this.states = states;
    this.whoCreates = properties.chatCreate();
  }

  Mono<ChatReply.Created> create(String userId, ChatCommand.CreateChat command) {
    if (whoCreates == ChatCreate.OFF) {
      return Mono.error(
          GatewayException.of(
              ErrorCode.FORBIDDEN, "Only the backend may create chats on this server."));
    }
    return Mono.fromSupplier(() -> plan(userId, command))
        .flatMap(plan -> create(userId, command.tempId(), plan))
        .flatMap(created ->
            states
                .of(userId, created.id())
                // The chat of a repeated command may be deleted, or its creator may have left it.
                .switchIfEmpty(Mono.error(Roster::notAMember))
                .map(state -> ChatReply.Created.of(state, created.duplicate())));
  }

  private Mono<ChatCreation.Created> create(String userId, @Nullable String tempId, ChatPlan plan) {
    return tempId == null ? chats.create(userId, plan) : chats.createOnce(userId, tempId, plan);
  }

  private static ChatPlan plan(String userId, ChatCommand.CreateChat command) {
    List<String> admins = command.type() == ChatType.GROUP ? List.of(userId) : List.of();
    List<String> members = new ArrayList<>(command.memberIds().size() + 1);
    members.add(userId);
    members.addAll(command.memberIds());
    Map<String, Role> roles = ChatPlan.roles(members, admins);
    return new ChatPlan(null, command.type(), command.title(), command.encryption(), roles);
  }
}
