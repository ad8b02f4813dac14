package dev.realtime.gateway.live;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sanctions of a stream, as far as an instance keeps them with the stream: all of them, or, in
 * a stream with very many, none. Then the instance asks for each user.
 *
 * @param rev the number of the last change of sanctions that is included
 * @param from the number from which on the instance has heard of every change
 * @param many whether the maps leave sanctions out
 * @param mutes the users who may not write, with the end of each mute
 * @param bans the users who may not enter, with the end of each ban
 */
record Sanctions(
    long rev, long from, boolean many, Map<String, Instant> mutes, Map<String, Instant> bans) {

  /** The most sanctions that are kept with a stream. */
  static final int MOST = 1_000;

  static final String MUTE = "mute";
  static final String BAN = "ban";

  /**
   * A sanction in force.
   *
   * @param until its end in ms since 1970; null for a sanction without an end
   */
  record Sanction(String kind, String userId, @Nullable Long until) {

    private Instant end() {
      return until == null ? Instant.MAX : Instant.ofEpochMilli(until);
    }
  }

  /**
   * The change of one user's sanction.
   *
   * @param rev the number of the change among those of the stream's sanctions
   * @param streamRev the {@code rev} of the stream after the change
   * @param recorded by how much the change raised the {@code rev} of the stream
   * @param sanction the sanction that began; or, if lifted, ended
   */
  record Change(
      String streamId, long rev, long streamRev, int recorded, boolean lifted, Sanction sanction) {

    Change recordedAs(long streamRev, int recorded) {
      return new Change(streamId, rev, streamRev, recorded, lifted, sanction);
    }

    boolean isBan() {
      return !lifted && sanction.kind().equals(BAN);
    }
  }

  /** Returns the sanctions as read at a change; too many of them are not kept. */
  static Sanctions read(long rev, List<Sanction> found) {
    if (found.size() > MOST) {
      return new Sanctions(rev, rev, true, Map.of(), Map.of());
    }
    return of(rev, rev, false, found);
  }

  private static Sanctions of(long rev, long from, boolean many, List<Sanction> found) {
    return new Sanctions(rev, from, many, ends(found, MUTE), ends(found, BAN));
  }

  private static Map<String, Instant> ends(List<Sanction> found, String kind) {
    Map<String, Instant> ends = new HashMap<>();
    found.stream()
        .filter(sanction -> sanction.kind().equals(kind))
        .forEach(sanction -> ends.put(sanction.userId(), sanction.end()));
    return Map.copyOf(ends);
  }

  /** Returns these sanctions with only those of one user, who was asked for, in the maps. */
  Sanctions ofUser(List<Sanction> found) {
    return of(rev, from, many, found);
  }

  /** Returns the sanctions after the change that follows them. */
  Sanctions with(Change change) {
    if (many) {
      return new Sanctions(change.rev(), from, true, Map.of(), Map.of());
    }
    boolean isMute = change.sanction().kind().equals(MUTE);
    Map<String, Instant> mutesNow = isMute ? with(mutes, change) : mutes;
    Map<String, Instant> bansNow = isMute ? bans : with(bans, change);
    return mutesNow.size() + bansNow.size() > MOST
        ? new Sanctions(change.rev(), change.rev(), true, Map.of(), Map.of())
        : new Sanctions(change.rev(), from, false, mutesNow, bansNow);
  }

  private static Map<String, Instant> with(Map<String, Instant> ends, Change change) {
    Map<String, Instant> changed = new HashMap<>(ends);
    String userId = change.sanction().userId();
    if (change.lifted()) {
      changed.remove(userId);
    } else {
      changed.put(userId, change.sanction().end());
    }
    return Map.copyOf(changed);
  }
}
