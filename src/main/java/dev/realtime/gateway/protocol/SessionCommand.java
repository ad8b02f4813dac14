package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Commands about the connection itself, section 3 of the protocol. */
public sealed interface SessionCommand extends Command {

  /** Authenticates the connection, if the upgrade did not. */
  @JsonTypeName("session:auth")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Authenticate(String token, @Nullable String deviceId, @Nullable Client client)
      implements SessionCommand {
    public Authenticate {
      Checks.required("token", token);
      Checks.optionalId("deviceId", deviceId);
    }

    @Override
    public String toString() {
      return "Authenticate[token=***, deviceId=" + deviceId + "]";
    }
  }

  /** The client's program and version; operators see it, and no decision depends on it. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Client(@Nullable String name, @Nullable String version) {
    public Client {
      Checks.optionalId("client", name);
      Checks.optionalId("client", version);
    }
  }

  /**
   * Catches up after a disconnect and rejoins the rooms it names.
   *
   * @param epoch the epoch of the welcome to which the positions belong; under another epoch the
   *     numbers may have another meaning
   * @param chats positions by chat, at most 200
   * @param streams the streams to rejoin, at most 200
   * @param notificationsAfter id of the last notification the client has
   */
  @JsonTypeName("session:resume")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Resume(
      @Nullable String epoch,
      @Nullable Map<String, Position> chats,
      @Nullable List<String> streams,
      @Nullable String notificationsAfter)
      implements SessionCommand {

    public Resume {
      Checks.optionalId("epoch", epoch);
      chats = chats == null ? Map.of() : chats;
      Checks.atMost("chats", chats.size(), Bounds.CHATS_A_RESUME);
      chats.forEach((chatId, position) -> {
        Ids.check("chats", chatId);
        Checks.required("chats", position);
      });
      streams = streams == null ? null : Checks.ids("streams", streams, Bounds.STREAMS_A_RESUME);
      notificationsAfter = Checks.optionalOwnId("notificationsAfter", notificationsAfter);
    }

    /** Returns the positions; empty when the command names no chats. */
    public Map<String, Position> positions() {
      return chats == null ? Map.of() : chats;
    }
  }

  /** Requests a pong, for clients that cannot see WebSocket pings. */
  @JsonTypeName("session:ping")
  record Ping() implements SessionCommand {}
}
