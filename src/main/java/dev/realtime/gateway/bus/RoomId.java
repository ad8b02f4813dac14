package dev.realtime.gateway.bus;

import java.util.Locale;

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
    CHAT,
    /** All connections of one user. */
    USER,
    /** All connections that joined a live stream. */
    LIVE,
    /** No connections: the instances themselves, all of them or one by its id. */
    CLUSTER;

    private final String wireName = name().toLowerCase(Locale.ROOT);
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
    return PREFIX + kind.wireName + ':' + id;
  }

  /**
   * Reads what {@link #channel()} wrote.
   *
   * @throws IllegalArgumentException if it is not a room's channel
   */
  public static RoomId ofChannel(String channel) {
    int colon = channel.indexOf(':', PREFIX.length());
    if (!channel.startsWith(PREFIX) || colon < 0) {
      throw new IllegalArgumentException("Not a room: " + channel);
    }
    String kind = channel.substring(PREFIX.length(), colon).toUpperCase(Locale.ROOT);
    return new RoomId(Kind.valueOf(kind), channel.substring(colon + 1));
  }

  @Override
  public String toString() {
    return channel();
  }
}
