package dev.realtime.gateway.support;

import dev.realtime.gateway.client.Received;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one connection is told of one chat, frame by frame, held against what the protocol promises:
 * it is in the room or out of it, and in it every change comes once and in order. Thread-safe.
 */
public final class RoomWitness {

  private static final Set<String> SIGNALS = Set.of("chat:typing", "chat:read", "chat:delivered");
  private static final Set<String> UNORDERED = Set.of("chat:joined", "chat:unread");

  private final String chat;
  private final String user;
  private final List<String> violations = new ArrayList<>();
  private final List<String> frames = new ArrayList<>();
  private final List<Long> own = new ArrayList<>();
  private final Map<Long, String> contents = new TreeMap<>();
  private boolean in;
  private long rev = -1;
  private long seq;
  private long goalSeq;

  /** From the ack of a replay to its end. */
  private boolean replaying;

  /** From there to the next ack, which may take the place of what came while it ran. */
  private boolean settling;

  private boolean early;

  /** Where to resume from: what the page says of a client's position. */
  private long safeSeq;

  private @Nullable Long safeRev;

  public RoomWitness(String chat, String user) {
    this.chat = chat;
    this.user = user;
  }

  public synchronized void apply(Received frame) {
    frames.add((in ? "in  " : "out ") + frame.raw());
    String id = frame.id() == null ? "" : frame.id();
    if (frame.event().isEmpty()) {
      violations.add("not a frame: " + frame.raw());
    } else if (frame.event().equals("ack")) {
      acked(id, frame);
    } else if (!frame.isReply() && frame.text("chatId").equals(chat)) {
      pushed(frame);
    }
  }

  private void acked(String id, Received ack) {
    if (id.startsWith("leave")) {
      out();
    } else if (id.startsWith("join") || id.startsWith("since")) {
      entered(id, ack.number("lastSeq"), ack.number("lastRev"));
    } else if (id.startsWith("resume")) {
      var chat = ack.data().path("chats").path(this.chat);
      String outcome = chat.path("outcome").asString();
      if (outcome.equals("recovered")) {
        entered(id, chat.path("lastSeq").asLong(), chat.path("lastRev").asLong());
      } else if (outcome.equals("snapshot")) {
        violations.add("snapshot: " + ack.raw());
      }
    }
  }

  private void entered(String id, long lastSeq, long lastRev) {
    // What a replay and what follows it have not brought yet, the newer answer takes the place of.
    boolean complete = in && !replaying && !(settling && rev < lastRev);
    if (complete ? rev != lastRev : lastRev < rev) {
      violations.add(id + " tells rev " + lastRev + " after " + rev + (in ? ", in" : ", out"));
    }
    if (!own.isEmpty() && lastRev < own.getLast()) {
      violations.add(id + " tells rev " + lastRev + " after its own " + own.getLast());
    }
    if (id.startsWith("join") && !complete) {
      contents.clear();
    } else if (id.startsWith("since") && !complete) {
      contents.keySet().removeIf(number -> number <= seq);
    }
    early = false;
    settling = false;
    replaying = !id.startsWith("join");
    goalSeq = lastSeq;
    rev = lastRev;
    in = true;
    if (replaying) {
      // A replay that was cut short before comes again from where it began.
      seq = Math.min(seq, lastSeq);
    } else {
      seq = lastSeq;
      safeSeq = lastSeq;
      safeRev = lastRev;
    }
  }

  private void out() {
    in = false;
    early = false;
    replaying = false;
    settling = false;
  }

  private void pushed(Received frame) {
    String event = frame.event();
    if (UNORDERED.contains(event)) {
      return;
    }
    boolean aboutMe = event.equals("chat:member") && frame.text("userId").equals(user);
    if (!in && !aboutMe) {
      violations.add("out of the room, yet " + frame.raw());
    } else if (event.equals("chat:replayed")) {
      replayEnded(frame);
    } else if (frame.isReplayed()) {
      replayed(frame);
    } else if (aboutMe) {
      ownChange(frame);
    } else if (!SIGNALS.contains(event)) {
      changed(frame);
    }
  }

  private void replayed(Received frame) {
    if (frame.event().equals("chat:changed")) {
      var message = frame.data().path("message");
      contents.computeIfPresent(
          message.path("seq").asLong(), (_, _) -> message.path("content").asString(""));
      return;
    }
    long number = frame.number("seq");
    if (number > seq + 1) {
      violations.add("the replay jumps from " + seq + " to " + number);
    }
    seq = Math.max(seq, number);
    contents.put(number, frame.text("content"));
  }

  private void replayEnded(Received frame) {
    if (!replaying || frame.number("seq") != goalSeq || frame.number("rev") != rev) {
      violations.add("no replay ends here, at " + seq + ", rev " + rev + ": " + frame.raw());
    } else if (seq < goalSeq) {
      violations.add("the replay ends at " + seq + " of " + goalSeq);
    }
    replaying = false;
    settling = true;
    safeSeq = goalSeq;
    safeRev = rev;
  }

  private void ownChange(Received frame) {
    long change = frame.number("rev");
    if (change == 0) {
      // The chat has just been made.
      return;
    }
    if (!own.isEmpty() && change <= own.getLast()) {
      violations.add("its own rev " + change + " after its own " + own.getLast());
    }
    if (in && change <= rev) {
      violations.add("its own rev " + change + " after rev " + rev);
    }
    own.add(change);
    if (frame.text("action").equals("remove")) {
      out();
    } else if (in && change > rev + 1) {
      // Told without the room: what takes its place, or its end, has to follow.
      early = true;
    } else if (in) {
      next(frame);
    }
  }

  private void changed(Received frame) {
    if (replaying) {
      violations.add(
          "before the end of the replay, " + seq + " of " + goalSeq + ": " + frame.raw());
    }
    next(frame);
    safeRev = rev;
    long number = frame.number("seq");
    if (frame.event().equals("chat:message")) {
      if (number != seq + 1) {
        violations.add("message " + number + " after " + seq);
      }
      seq = number;
      safeSeq = number;
      contents.put(number, frame.text("content"));
    } else if (frame.event().equals("chat:edit")) {
      contents.computeIfPresent(number, (_, _) -> frame.text("content"));
    }
  }

  private void next(Received frame) {
    long change = frame.number("rev");
    if (change != rev + 1 || early) {
      violations.add("rev " + change + " after " + rev + ": " + frame.raw());
    }
    rev = change;
  }

  public synchronized boolean isIn() {
    return in;
  }

  public synchronized long rev() {
    return rev;
  }

  public synchronized long seq() {
    return safeSeq;
  }

  /** Where to resume from. */
  public synchronized String position() {
    return safeRev == null
        ? Long.toString(safeSeq)
        : "{\"seq\":%d,\"rev\":%d}".formatted(safeSeq, safeRev);
  }

  /** The revs of the user's own changes, as they came. */
  public synchronized List<Long> own() {
    return List.copyOf(own);
  }

  public synchronized Map<Long, String> contents() {
    return Map.copyOf(contents);
  }

  public synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** Everything that came, for whoever looks into a failure. */
  public synchronized String story() {
    return String.join("\n", frames);
  }
}
