package dev.realtime.gateway.bus;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The name of a room, equal on every instance.
 *
 * @param id id of the chat, user, stream or instance
 */
public record RoomId(Kind kind, String id) {

  private static final String PREFIX = "room:";

  /** The kind of owner of a room. */
  public enum Kind {
    /** The connections that joined a chat. */
    CHAT(true),
    /** The connections of one user. */
    USER(false),
    /** The connections that joined a live stream. */
    LIVE(true),
    /** Pushes to users on any instance, many in one message; it has no connections. */
    PUSHES(true),
    /** The instances themselves, all of them or one by its id; it has no connections. */
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

  /** Returns the room in which instances tell each other pushes to users of a feature. */
  public static RoomId pushes(String feature) {
    return new RoomId(Kind.PUSHES, feature);
  }

  public static RoomId cluster(String id) {
    return new RoomId(Kind.CLUSTER, id);
  }

  /** Returns the bus's name for the room: {@code room:chat:42}. */
  public String channel() {
    return kind.prefix + id;
  }

  /**
   * Reads the name that {@link #channel()} returns.
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

  /** Returns whether the channel belongs to a room; the bus also has channels of its own. */
  static boolean isRoom(String channel) {
    return channel.startsWith(PREFIX);
  }

  /** Returns whether the channel belongs to a room to which several instances publish. */
  static boolean isShared(String channel) {
    Kind kind = Kind.ofChannel(channel);
    return kind != null && kind.shared;
  }

  @Override
  public String toString() {
    return channel();
  }
}
