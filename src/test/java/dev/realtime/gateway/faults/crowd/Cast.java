package dev.realtime.gateway.faults.crowd;

import java.util.List;
import java.util.stream.Stream;

/**
 * Who plays, and where.
 *
 * @param users who are members of the chats throughout
 * @param guests who are put out and brought in, by the one device that manages
 * @param streams the host of each is the user of the same number
 * @param moderators of all streams
 */
public record Cast(
    List<String> chats,
    List<String> streams,
    List<String> users,
    List<String> guests,
    List<String> moderators,
    String manager) {

  private static final int FOLLOWERS = 4;

  /** Who is told when a stream of this user starts. */
  List<String> followers(String host) {
    return users.stream().filter(user -> !user.equals(host)).limit(FOLLOWERS).toList();
  }

  List<String> everybody() {
    return Stream.concat(users.stream(), guests.stream()).toList();
  }
}
