package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An event, encoded once, on its way to the members of a room; or a silent eviction from the room.
 *
 * @param delivery whether a slow connection may miss it
 * @param audience the members that receive it
 * @param evicts the users whose connections leave the room after it; null for none
 * @param change the membership change that it reports; null for none
 * @param json the envelope; empty when the frame only evicts
 */
@SuppressWarnings("ArrayRecordComponent") // identity is enough; a copy per access is not wanted
public record Frame(
    Delivery delivery,
    Audience audience,
    @Nullable Eviction evicts,
    @Nullable MemberChange change,
    byte[] json)
    implements RoomBus.Message {

  /**
   * The users whom a frame evicts from a room.
   *
   * @param userId the user whose connections leave; null for every user
   */
  public record Eviction(@Nullable String userId) {

    /** Returns the eviction of every user. */
    public static Eviction everyone() {
      return new Eviction(null);
    }

    /** Returns the eviction of one user. */
    public static Eviction of(String userId) {
      return new Eviction(userId);
    }

    boolean covers(RoomMember member) {
      return userId == null || userId.equals(member.userId());
    }
  }

  /**
   * The change of a user's membership that a frame reports. The user's own connections receive it
   * from the room, or as a copy from the user's own room; this record identifies the duplicate.
   *
   * @param room the room whose member changed, also in a copy
   * @param rev the change's number among the lasting changes of that room; 0 where the room itself
   *     was created or deleted
   * @param userId the user whose membership changed
   */
  public record MemberChange(RoomId room, long rev, String userId) {}

  private static final byte[] NOTHING = {};

  /** Creates a frame for everyone that evicts no user and reports no membership change. */
  public Frame(Delivery delivery, byte[] json) {
    this(delivery, Audience.everyone(), null, null, json);
  }

  /**
   * Returns the frame of a message of the bus.
   *
   * @throws IllegalArgumentException if this version of the gateway cannot read the message
   */
  public static Frame of(RoomBus.Message message) {
    return message instanceof Frame frame ? frame : BusFormat.read(message.toBytes());
  }

  @Override
  public byte[] toBytes() {
    return BusFormat.write(this);
  }

  /**
   * Returns whether the log of the room, the news of a user, or the stored messages of a stream
   * have what the frame says.
   */
  @Override
  public boolean isRecorded() {
    return evicts != null
        || change != null
        || switch (delivery) {
          case Delivery.Durable durable -> durable.rev() > 0;
          case Delivery.Sampled _, Delivery.SampledLast _ -> true;
          case Delivery.Latest _, Delivery.Ephemeral _ -> false;
        };
  }

  /** Returns a frame for one connection: never dropped, outside the order of any room. */
  public static Frame direct(byte[] json) {
    return new Frame(Delivery.durable(), json);
  }

  /**
   * Returns a frame that carries no event and only evicts.
   *
   * @param rev the frame's number among the lasting changes of the room; 0 for none
   */
  public static Frame eviction(long rev, Eviction evicts) {
    return new Frame(Delivery.durable(rev), Audience.everyone(), evicts, null, NOTHING);
  }

  /**
   * Returns a lasting change of a room, as it was published and as the room's log stores it.
   *
   * @param evicts the user who leaves the room after it; null for none
   * @param change the membership change that it reports; null for none
   * @param json the envelope; empty for a change that only evicts
   */
  public static Frame logged(
      long rev, @Nullable String evicts, @Nullable MemberChange change, byte[] json) {
    Eviction eviction = evicts == null ? null : Eviction.of(evicts);
    return new Frame(Delivery.durable(rev), Audience.everyone(), eviction, change, json);
  }

  /** Returns a copy for the own room of a user: it has no rev there, and evicts no user. */
  public Frame forOwnRoom() {
    return new Frame(delivery.unordered(), audience, null, change, json);
  }

  /** Returns the user it evicts; null if it evicts no user, or every user. */
  public @Nullable String evictedUser() {
    return evicts == null ? null : evicts.userId();
  }

  /** Returns the user whose membership it changes; null for none. */
  public @Nullable String changedMember() {
    return change == null ? null : change.userId();
  }

  /** Returns the envelope as text; empty for a frame without an event. */
  public String text() {
    return new String(json, StandardCharsets.UTF_8);
  }

  /**
   * Returns the frame's number among the lasting changes of the room, from 1; 0 if it is not one.
   */
  public long rev() {
    return delivery.rev();
  }

  /** Returns whether a ping follows the frame, whose pong confirms that the frame has arrived. */
  public boolean wantsReceipt() {
    return delivery instanceof Delivery.Durable durable && durable.receipt();
  }

  /** Returns whether the frame only evicts and sends no event. */
  public boolean saysNothing() {
    return json.length == 0;
  }

  /**
   * Returns whether the log of a room restarts with this frame: every lower {@code rev} belongs to
   * an earlier room of this id. Only a log contains such a frame; a dismissal over the bus has no
   * {@code rev}.
   */
  public boolean beginsAnew() {
    return rev() > 0 && evicts != null && evicts.userId() == null;
  }

  /** Returns whether the frame carries the named event. */
  public boolean isEvent(String name) {
    byte[] start = ("{\"event\":\"" + name + '"').getBytes(StandardCharsets.US_ASCII);
    return json.length >= start.length
        && Arrays.equals(json, 0, start.length, start, 0, start.length);
  }

  /** Returns whether the frame reports a change of this member's own membership. */
  boolean isAboutMembershipOf(RoomMember member) {
    return change != null && change.userId().equals(member.userId());
  }

  /** Returns whether the frame evicts this member from the room. */
  public boolean evicts(RoomMember member) {
    return evicts != null && evicts.covers(member);
  }
}
