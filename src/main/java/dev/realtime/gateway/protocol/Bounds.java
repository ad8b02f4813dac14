package dev.realtime.gateway.protocol;

/**
 * The bounds of what clients and the platform may send, on the socket and in the server API alike:
 * the section "Bounds" of the protocol. Lengths are in characters unless the name says otherwise.
 */
public final class Bounds {

  public static final int ID_LENGTH = 128;
  public static final int COMMAND_ID_LENGTH = 64;
  public static final int CURSOR_LENGTH = 512;
  public static final int URL_LENGTH = 2_048;
  public static final int NESTING = 32;

  /** Code points of a message's content. */
  public static final int CONTENT_LENGTH = 4_000;

  /** Length of the title of a chat, a stream or a notification. */
  public static final int TITLE_LENGTH = 200;

  /** Members of a chat. */
  public static final int MEMBERS = 1_000;

  public static final int MEMBERS_A_COMMAND = 256;

  /** Moderators of a stream, not counting its host. */
  public static final int MODERATORS = 100;

  public static final int MENTIONS = 50;
  public static final int ATTACHMENTS = 10;
  public static final int REACTION_BYTES = 64;

  /** Distinct reactions to a message. */
  public static final int REACTIONS_A_MESSAGE = 20;

  public static final int CIPHERTEXT_BYTES = 8 * 1024;
  public static final int WRAPPED_KEY_BYTES = 256;

  /** Devices for which a message's key is wrapped. */
  public static final int DEVICES = 100;

  /** Items of a page when the command names no limit. */
  public static final int DEFAULT_PAGE = 50;

  /** Items of a page. */
  public static final int PAGE = 200;

  /** Bytes of a reply with a page. */
  public static final int PAGE_BYTES = 256 * 1024;

  /** Bytes of the items of a page as JSON; the rest of the reply has less than a kilobyte. */
  public static final int ITEM_BYTES = PAGE_BYTES - 1024;

  /** Notifications of an acknowledgement. */
  public static final int ACKNOWLEDGED = 200;

  /** Chats of a resume. */
  public static final int CHATS_A_RESUME = 200;

  /** Streams of a resume. */
  public static final int STREAMS_A_RESUME = 200;

  public static final int EVENT_NAME_LENGTH = 64;
  public static final int EVENT_DATA_BYTES = 16 * 1024;
  public static final int NOTIFICATION_DATA_BYTES = 4 * 1024;

  /** Users that one call may notify. */
  public static final int NOTIFIED_USERS = 10_000;

  /** Length of the reason with which the platform closes a user's connections. */
  public static final int REASON_LENGTH = 200;

  private Bounds() {}
}
