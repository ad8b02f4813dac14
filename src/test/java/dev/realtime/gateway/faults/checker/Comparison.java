package dev.realtime.gateway.faults.checker;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** Holds what an app knows of a chat against the database. */
public final class Comparison {

  private static final int TOLD = 5;

  private Comparison() {}

  /** Notes every message, and the members, that are not as they are stored. */
  public static void compare(
      String who, ChatJudge judge, Stored.Chat stored, Violations violations) {
    SortedMap<Long, Copy> known = judge.replica().messages();
    SortedSet<Long> seqs = new TreeSet<>(known.keySet());
    seqs.addAll(stored.messages().keySet());
    int told = 0;
    for (Long seq : seqs) {
      Copy mine = known.get(seq);
      Copy theirs = stored.messages().get(seq);
      if (!Objects.equals(mine, theirs) && told++ < TOLD) {
        violations.add(
            Kind.DIVERGED, who, "message " + seq + " is " + mine + ", stored is " + theirs);
      }
    }
    if (told > 0) {
      violations.add(Kind.DIVERGED, who, told + " messages; last frames:\n    " + judge.story());
    }
    if (judge.rev() != stored.lastRev() || judge.seq() != stored.lastSeq()) {
      violations.add(
          Kind.DIVERGED,
          who,
          "at seq %d rev %d, stored are %d and %d"
              .formatted(judge.seq(), judge.rev(), stored.lastSeq(), stored.lastRev()));
    }
    if (!judge.replica().roles().equals(stored.members())) {
      violations.add(
          Kind.DIVERGED,
          who,
          "members " + judge.replica().roles() + ", stored are " + stored.members());
    }
  }

  /** The numbers of a chat have neither a gap nor a double. */
  public static void gapless(String chat, Stored.Chat stored, Violations violations) {
    long expected = 0;
    for (Long seq : stored.messages().keySet()) {
      if (seq != ++expected) {
        violations.add(
            Kind.LOST, "the database", chat + " has message " + seq + " for " + expected);
        return;
      }
    }
    if (expected != stored.lastSeq()) {
      violations.add(
          Kind.LOST, "the database", chat + " ends at " + expected + " of " + stored.lastSeq());
    }
  }
}
