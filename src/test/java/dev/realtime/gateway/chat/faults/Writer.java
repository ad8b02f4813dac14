package dev.realtime.gateway.chat.faults;

import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.react;

import dev.realtime.gateway.client.ClientException;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.Command;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A member who writes, edits, reacts and reads without pause, and notes what was acknowledged. */
final class Writer {

  private final TestGateway node;
  private final String user;
  private final List<String> chats;
  private final Ledger ledger;
  private final Random random;
  private @Nullable GatewayClient client;
  private @Nullable String lastMessage;
  private @Nullable String lastChat;

  Writer(TestGateway node, String user, List<String> chats, Ledger ledger) {
    this.node = node;
    this.user = user;
    this.chats = chats;
    this.ledger = ledger;
    this.random = new Random(user.hashCode());
  }

  void step() {
    switch (random.nextInt(5)) {
      case 0 -> editLast();
      case 1 -> reactToLast();
      case 2 -> read();
      default -> send();
    }
  }

  private void send() {
    String chat = chats.get(random.nextInt(chats.size()));
    String tempId = UUID.randomUUID().toString();
    JsonNode ack = ask(message(chat, "said by " + user + " " + tempId, tempId));
    if (ack != null) {
      ledger.sent(chat, ack.get("id").asString(), ack.get("seq").asLong(), tempId);
      lastChat = chat;
      lastMessage = ack.get("id").asString();
    }
  }

  private void editLast() {
    String message = lastMessage;
    if (message != null) {
      String words = "edited " + UUID.randomUUID();
      ledger.edits(message, words);
      if (ask(edit(message, words)) != null) {
        ledger.edited(message, words);
      }
    }
  }

  private void reactToLast() {
    String message = lastMessage;
    String reaction = Integer.toString(random.nextInt(10));
    if (message != null && ask(react(message, reaction)) != null) {
      ledger.reacted(message, user, reaction);
    }
  }

  private void read() {
    String message = lastMessage;
    String chat = lastChat;
    if (message != null && chat != null) {
      JsonNode ack = ask(new ChatCommand.MarkRead(chat, message));
      if (ack != null) {
        ledger.read(chat, user, ack.get("readSeq").asLong());
      }
    }
  }

  /** The ack; null where none came, whatever became of the command. */
  private @Nullable JsonNode ask(Command command) {
    try {
      return connected().call(command);
    } catch (RefusedException refused) {
      return null;
    } catch (ClientException lost) {
      GatewayClient gone = client;
      if (gone != null) {
        gone.abort();
      }
      client = null;
      return null;
    }
  }

  private GatewayClient connected() {
    GatewayClient open = client;
    if (open == null) {
      open = node.client().token(TestGateway.token(user)).connect(Duration.ofSeconds(20));
      open.welcome();
      client = open;
    }
    return open;
  }
}
