package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An event, encoded once, on its way to the members of a room; or a removal from the room that says
 * nothing.
 *
 * @param delivery what may become of it on its way to a slow connection
 * @param audience who of the room gets it
 * @param evicts whose connections leave the room after it; null for nobody's
 * @param change whose membership of which room it tells of; null for nobody's
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
   * Who is out of a room after a frame.
   *
   * @param userId whose connections; null for everybody's
   */
  public record Eviction(@Nullable String userId) {

    /** Everybody. */
    public static Eviction everyone() {
      return new Eviction(null);
    }

    /** One user. */
    public static Eviction of(String userId) {
      return new Eviction(userId);
    }

    boolean covers(RoomMember member) {
      return userId == null || userId.equals(member.userId());
    }
  }

  /**
   * The change of somebody's membership that a frame tells of. The person's own connections hear it
   * from the room, or by a copy from the person's own room; this is how they know the one from the
   * other.
   *
   * @param room the room whose member changed, also in a copy
   * @param rev its place among the lasting changes of that room; 0 where the room itself came or
   *     went
   * @param userId whose membership changed
   */
  public record MemberChange(RoomId room, long rev, String userId) {}

  private static final byte[] NOTHING = {};

  /** A frame for everyone that puts nobody out and tells of nobody's membership. */
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

  /** A frame for one connection: never dropped, outside the order of any room. */
  public static Frame direct(byte[] json) {
    return new Frame(Delivery.durable(), json);
  }

  /**
   * A frame that says nothing and only puts somebody out.
   *
   * @param rev its number among the lasting changes of the room; 0 for none
   */
  public static Frame eviction(long rev, Eviction evicts) {
    return new Frame(Delivery.durable(rev), Audience.everyone(), evicts, null, NOTHING);
  }

  /**
   * A lasting change of a room, as it was published and as the room's log stores it.
   *
   * @param evicts the user who leaves the room after it; null for nobody
   * @param change whose membership it tells of; null for nobody's
   * @param json the envelope; empty for a change that only evicts
   */
  public static Frame logged(
      long rev, @Nullable String evicts, @Nullable MemberChange change, byte[] json) {
    Eviction eviction = evicts == null ? null : Eviction.of(evicts);
    return new Frame(Delivery.durable(rev), Audience.everyone(), eviction, change, json);
  }

  /** A copy for the own room of a user: it has no number there, and it evicts nobody. */
  public Frame forOwnRoom() {
    return new Frame(delivery.unordered(), audience, null, change, json);
  }

  /** The user it evicts; null where it evicts nobody, or everybody. */
  public @Nullable String evictedUser() {
    return evicts == null ? null : evicts.userId();
  }

  /** The user whose membership it tells of; null for nobody's. */
  public @Nullable String changedMember() {
    return change == null ? null : change.userId();
  }

  /** The envelope as text; empty for a frame that says nothing. */
  public String text() {
    return new String(json, StandardCharsets.UTF_8);
  }

  /** Its number among the lasting changes of the room, from 1; 0 for a frame that is none. */
  public long rev() {
    return delivery.rev();
  }

  /** Whether a ping follows it, whose pong says that it has arrived. */
  boolean wantsReceipt() {
    return delivery instanceof Delivery.Durable durable && durable.receipt();
  }

  /** Whether it only evicts: nobody is sent anything. */
  public boolean saysNothing() {
    return json.length == 0;
  }

  /**
   * Whether the log of a room begins anew with it: every {@code rev} below belongs to an earlier
   * room of this id. Only a log tells it; a dismissal over the bus has no {@code rev}.
   */
  public boolean beginsAnew() {
    return rev() > 0 && evicts != null && evicts.userId() == null;
  }

  /** Whether it carries this event. */
  public boolean isEvent(String name) {
    byte[] start = ("{\"event\":\"" + name + '"').getBytes(StandardCharsets.US_ASCII);
    return json.length >= start.length
        && Arrays.equals(json, 0, start.length, start, 0, start.length);
  }

  /** Whether it tells this member of a change of its own membership. */
  boolean isAboutMembershipOf(RoomMember member) {
    return change != null && change.userId().equals(member.userId());
  }

  /** Whether this member is out of the room after the frame. */
  public boolean evicts(RoomMember member) {
    return evicts != null && evicts.covers(member);
  }
}
