package dev.realtime.gateway.faults.checker;

import java.util.ArrayList;
import java.util.List;

/**
 * What is there after everybody has left.
 *
 * @param channels that an instance listens to for a room
 * @param leases of viewers in Redis
 * @param connections that the instances count
 * @param idleInTransaction sessions of PostgreSQL
 * @param waiting rows of work that nobody has done
 */
public record Remains(
    List<String> channels,
    List<String> leases,
    long connections,
    long idleInTransaction,
    long waiting) {

  /** What should not be there, in words. */
  public List<String> leftovers() {
    List<String> found = new ArrayList<>();
    channels.forEach(each -> found.add("a subscription of " + each));
    leases.forEach(each -> found.add("a lease " + each));
    if (connections != 0) {
      found.add(connections + " connections");
    }
    if (idleInTransaction != 0) {
      found.add(idleInTransaction + " sessions idle in a transaction");
    }
    if (waiting != 0) {
      found.add(waiting + " rows that wait for work");
    }
    return found;
  }
}
