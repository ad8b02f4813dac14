package dev.realtime.gateway.bus;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Names a room, on every instance the same.
 *
 * @param id the chat's, user's, stream's or instance's own id
 */
public record RoomId(Kind kind, String id) {

  private static final String PREFIX = "room:";

  /** What a room belongs to. */
  public enum Kind {
    /** All connections that joined a chat. */
    CHAT(true),
    /** All connections of one user. */
    USER(false),
    /** All connections that joined a live stream. */
    LIVE(true),
    /** No connections: the instances themselves, all of them or one by its id. */
    CLUSTER(false);

    private static final Kind[] ALL = values();

    private final boolean shared;
    private final String prefix = PREFIX + name().toLowerCase(Locale.ROOT) + ':';

    Kind(boolean shared) {
      this.shared = shared;
    }

    private static @Nullable Kind ofChannel(String channel) {
      for (Kind kind : ALL) {
        if (channel.startsWith(kind.prefix)) {
          return kind;
        }
      }
      return null;
    }
  }

  public static RoomId chat(String chatId) {
    return new RoomId(Kind.CHAT, chatId);
  }

  public static RoomId user(String userId) {
    return new RoomId(Kind.USER, userId);
  }

  public static RoomId live(String streamId) {
    return new RoomId(Kind.LIVE, streamId);
  }

  public static RoomId cluster(String id) {
    return new RoomId(Kind.CLUSTER, id);
  }

  /** The bus's name for the room: {@code room:chat:42}. */
  public String channel() {
    return kind.prefix + id;
  }

  /**
   * Reads what {@link #channel()} wrote.
   *
   * @throws IllegalArgumentException if it is not a room's channel
   */
  public static RoomId ofChannel(String channel) {
    Kind kind = Kind.ofChannel(channel);
    if (kind == null) {
      throw new IllegalArgumentException("Not a room: " + channel);
    }
    return new RoomId(kind, channel.substring(kind.prefix.length()));
  }

  /** Whether the channel is a room's; the bus has channels of its own. */
  static boolean isRoom(String channel) {
    return channel.startsWith(PREFIX);
  }

  /** Whether the channel is that of a room which many users join, and talk in. */
  static boolean isShared(String channel) {
    Kind kind = Kind.ofChannel(channel);
    return kind != null && kind.shared;
  }

  @Override
  public String toString() {
    return channel();
  }
}
