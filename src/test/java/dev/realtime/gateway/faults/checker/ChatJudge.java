package dev.realtime.gateway.faults.checker;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Judges what one device is told about one chat, frame by frame, and keeps the chat as its app
 * would. It knows the protocol's page and nothing of the gateway. Not thread-safe.
 */
public final class ChatJudge {

  private static final Set<String> SIGNALS = Set.of("chat:typing", "chat:read", "chat:delivered");
  private static final Set<String> ANYWHERE = Set.of("chat:joined", "chat:unread");
  private static final int REMEMBERED = 25;

  private final String chat;
  private final String device;
  private final String user;
  private final Violations violations;
  private final Replica replica = new Replica();
  private final Deque<String> story = new ArrayDeque<>();

  private boolean in;

  /** From the ack of a replay to its last frame. */
  private boolean replaying;

  /** From there to the next ack, which may take the place of what came while the replay ran. */
  private boolean settling;

  /** The user's own change came ahead of the room; an ack or the end has to follow. */
  private boolean early;

  /** The messages have to be read from the history. */
  private boolean stale;

  private long rev;
  private long seq;
  private long goal;
  private long lastOwn;

  /** Where to resume from. */
  private Position position = new Position(0, 0);

  /** What a client has of a chat. */
  public record Position(long seq, long rev) {}

  public ChatJudge(String chat, String device, String user, Violations violations) {
    this.chat = chat;
    this.device = device;
    this.user = user;
    this.violations = violations;
  }

  /** The ack of a resume that replays. */
  public void resumed(long lastSeq, long lastRev) {
    enter("resumed", lastSeq, lastRev);
    replaying = true;
    stale = stale && position.seq() > 0;
    seq = position.seq();
    goal = lastSeq;
  }

  /**
   * The ack of a join that replays the messages after the position, and no changes of older ones:
   * these have to be read.
   */
  public void joinedSince(long lastSeq, long lastRev) {
    resumed(lastSeq, lastRev);
    stale = true;
  }

  /** The ack of a join, or of a resume that is a snapshot; returns whether to read the history. */
  public boolean joined(long lastSeq, long lastRev) {
    if (enter("joined", lastSeq, lastRev)) {
      return false;
    }
    replica.forget();
    stale = true;
    replaying = false;
    seq = lastSeq;
    position = new Position(lastSeq, lastRev);
    return true;
  }

  /** Returns whether the connection was in the room and had everything. */
  private boolean enter(String how, long lastSeq, long lastRev) {
    tell(how + " seq " + lastSeq + " rev " + lastRev);
    boolean complete = in && !replaying && !early && !(settling && rev < lastRev);
    if (lastRev < rev) {
      bad(Kind.DISORDERED, "the ack tells rev " + lastRev + " after rev " + rev);
    } else if (complete && lastRev > rev) {
      bad(Kind.LOST, "in the room with rev " + rev + ", the ack tells rev " + lastRev);
    }
    in = true;
    early = false;
    settling = false;
    rev = lastRev;
    return complete;
  }

  /** The history has been read to its end. */
  public void whole() {
    stale = false;
  }

  /** The ack of a leave, or the end of the connection, or a refusal to enter. */
  public void out(String why) {
    tell(why);
    in = false;
    early = false;
    replaying = false;
    settling = false;
    if (stale) {
      position = new Position(0, 0);
    }
  }

  /** The connection has ended; the next one may be told anew of the user's own changes. */
  public void disconnected() {
    out("disconnected");
    lastOwn = 0;
  }

  /** A push about the chat. */
  public void pushed(String event, JsonNode data) {
    tell(event + " " + data);
    if (ANYWHERE.contains(event)) {
      return;
    }
    if (event.equals("chat:member") && data.path("userId").asString().equals(user)) {
      own(data);
    } else if (!in) {
      bad(Kind.STRAY, "outside the room came " + event);
    } else if (event.equals("chat:replayed")) {
      replayEnds(data);
    } else if (data.path("replayed").asBoolean(false)) {
      replayed(event, data);
    } else if (!SIGNALS.contains(event)) {
      changed(event, data);
    }
  }

  private void own(JsonNode data) {
    long change = data.path("rev").asLong();
    if (change == 0) {
      return;
    }
    if (change <= lastOwn) {
      bad(Kind.DOUBLED, "its own rev " + change + " after its own " + lastOwn);
    } else if (in && change <= rev) {
      bad(Kind.DISORDERED, "its own rev " + change + " after rev " + rev);
    }
    lastOwn = Math.max(lastOwn, change);
    if (data.path("action").asString().equals("remove")) {
      out("removed");
    } else if (in && change > rev + 1) {
      early = true;
    } else if (in) {
      next(change);
      replica.apply("chat:member", data);
    }
  }

  private void replayed(String event, JsonNode data) {
    if (!replaying) {
      bad(Kind.PROTOCOL, "replayed outside a replay: " + event);
    }
    if (event.equals("chat:message")) {
      long number = data.path("seq").asLong();
      if (number != seq + 1) {
        bad(order(number, seq), "the replay goes from message " + seq + " to " + number);
      }
      seq = number;
    }
    replica.apply(event, data);
  }

  private void replayEnds(JsonNode data) {
    if (!replaying || data.path("seq").asLong() != goal || data.path("rev").asLong() != rev) {
      bad(Kind.PROTOCOL, "no replay ends here: " + data);
    } else if (seq < goal) {
      bad(Kind.LOST, "the replay ends at message " + seq + " of " + goal);
    }
    replaying = false;
    settling = true;
    position = new Position(goal, rev);
    seq = goal;
  }

  private void changed(String event, JsonNode data) {
    if (replaying) {
      bad(Kind.DISORDERED, event + " before the end of the replay");
    }
    next(data.path("rev").asLong());
    if (event.equals("chat:message")) {
      long number = data.path("seq").asLong();
      if (number != seq + 1) {
        bad(order(number, seq), "message " + number + " after " + seq);
      }
      seq = number;
    }
    position = new Position(seq, rev);
    replica.apply(event, data);
  }

  private void next(long change) {
    if (change != rev + 1 || early) {
      bad(order(change, rev), "rev " + change + " after " + rev + (early ? ", early" : ""));
    }
    rev = change;
  }

  private static Kind order(long number, long before) {
    if (number > before) {
      return Kind.LOST;
    }
    return number == before ? Kind.DOUBLED : Kind.DISORDERED;
  }

  private void tell(String what) {
    if (story.size() == REMEMBERED) {
      story.removeFirst();
    }
    story.add((in ? "in:  " : "out: ") + (what.length() > 300 ? what.substring(0, 300) : what));
  }

  private void bad(Kind kind, String what) {
    violations.add(
        kind,
        device + " of " + user + " in " + chat,
        what + "\n    " + String.join("\n    ", story));
  }

  public boolean isIn() {
    return in;
  }

  /** In the room, with everything up to its rev. */
  public boolean isWhole() {
    return in && !replaying && !stale && !early;
  }

  public boolean isReplaying() {
    return replaying;
  }

  public long rev() {
    return rev;
  }

  public long seq() {
    return seq;
  }

  public Position position() {
    return position;
  }

  public Replica replica() {
    return replica;
  }

  public String story() {
    return String.join("\n    ", story);
  }
}
