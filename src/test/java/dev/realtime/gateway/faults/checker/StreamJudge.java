package dev.realtime.gateway.faults.checker;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Judges what one device is told about one live stream, and keeps the stream as its app would.
 * Changes bear no number on the wire, so it notes each stay in the room, and {@link #check}
 * compares at the end. Not thread-safe.
 */
public final class StreamJudge {

  private static final int PRINTED = 15;

  /** From the ack that opens the room: the states that acks told, and the changes between them. */
  private record Stay(List<Step> steps) {}

  /** Either a state or a change. */
  private record Step(@Nullable StreamFacts state, @Nullable StreamChange change) {}

  private enum Place {
    OUT,
    /** Asked for, so that what does not last may come already. */
    ENTERING,
    IN,
    /** Told of one's own ban, which the room carries out at another moment. */
    LEAVING
  }

  private final String where;
  private final Violations violations;
  private final List<Stay> stays = new ArrayList<>();
  private final Set<String> here = new HashSet<>();
  private final LinkedHashSet<String> messages = new LinkedHashSet<>();
  private final Set<String> words = new HashSet<>();
  private Place place = Place.OUT;
  private StreamFacts facts = StreamFacts.NEW;
  private Set<String> shown = new HashSet<>();
  private long viewers = -1;

  public StreamJudge(String where, Violations violations) {
    this.where = where;
    this.violations = violations;
  }

  /** A join or a resume is on its way. */
  public void entering() {
    if (place == Place.OUT) {
      place = Place.ENTERING;
    }
  }

  /**
   * The ack of a join or a resume.
   *
   * @param anew whether the room may have been left without a word since, so that this says nothing
   *     about what came before
   */
  public void joined(JsonNode state, boolean anew) {
    StreamFacts told = StreamFacts.of(state);
    if (place != Place.IN || anew) {
      stays.add(new Stay(new ArrayList<>()));
    }
    place = Place.IN;
    facts = told;
    stays.getLast().steps.add(new Step(told, null));
    viewers = state.path("viewerCount").asLong(-1);
    shown = new HashSet<>();
    for (JsonNode message : state.path("recent")) {
      shown.add(message.path("id").asString());
    }
    messages.addAll(shown);
  }

  /** The ack of a leave, the end of the connection, or a refusal to enter. */
  public void out() {
    place = Place.OUT;
    // Outside it is not told what is deleted later.
    shown.clear();
  }

  public void disconnected() {
    out();
    here.clear();
  }

  /** The device's user was banned, as it is told. */
  public void banned() {
    place = place == Place.OUT ? Place.OUT : Place.LEAVING;
  }

  /** A push about the stream. */
  public void pushed(String event, JsonNode data) {
    var change = StreamChange.of(event, data);
    if (change.isPresent()) {
      changed(change.get());
    } else if (!event.equals("live:moderate") && !event.equals("live:joined")) {
      passing(event, data);
    }
  }

  private void changed(StreamChange change) {
    if (place == Place.OUT || place == Place.ENTERING) {
      violations.add(Kind.STRAY, where, "outside the room came " + change);
      return;
    }
    facts = facts.after(change);
    if (change.what().equals("delete")) {
      shown.remove(change.message());
    }
    stays.getLast().steps.add(new Step(null, change));
  }

  private void passing(String event, JsonNode data) {
    if (place == Place.OUT) {
      violations.add(Kind.STRAY, where, "outside the room came " + event + " " + data);
    }
    if (event.equals("live:message")) {
      String id = data.path("id").asString();
      if (!here.add(id)) {
        violations.add(Kind.DOUBLED, where, "a message comes twice: " + data);
      }
      messages.add(id);
      words.add(data.path("content").asString());
    } else if (event.equals("live:viewer-count")) {
      viewers = data.path("count").asLong();
    }
  }

  public boolean isIn() {
    return place == Place.IN;
  }

  public StreamFacts facts() {
    return facts;
  }

  /** How many watch, as last told; -1 for never told. */
  public long viewers() {
    return viewers;
  }

  /** Notes a count of viewers that is wrong though everybody is where they should be. */
  public void checkViewers(long users) {
    if (viewers != users) {
      violations.add(Kind.DIVERGED, where, viewers + " viewers, there are " + users);
    }
  }

  /** Notes that something was said in the room and has not come. */
  public void checkHeard(String content) {
    if (!heard(content)) {
      violations.add(Kind.LOST, where, "has not heard: " + content);
    }
  }

  /** The ids of messages seen, the oldest first. */
  public List<String> messages() {
    return List.copyOf(messages);
  }

  /** Whether somebody said this while the device was in the room. */
  public boolean heard(String content) {
    return words.contains(content);
  }

  /**
   * Holds every stay against the log of the stream: its changes follow one another there, beginning
   * at what the ack told. A device that is in the room now has come to the end.
   */
  public void check(Stored.Stream stored) {
    List<StreamFacts> states = stored.states();
    for (int i = 0; i < stays.size(); i++) {
      Stay stay = stays.get(i);
      boolean last = i == stays.size() - 1 && place == Place.IN;
      boolean fits = false;
      for (int from = 0; from < states.size() && !fits; from++) {
        int end = walk(stay, from, states, stored.changes());
        fits = last ? end == stored.changes().size() : end >= 0;
      }
      if (!fits) {
        violations.add(Kind.LOST, where, (last ? "its present" : "a") + " stay " + story(stay));
      }
    }
    if (place == Place.IN && !facts.equals(stored.facts())) {
      violations.add(Kind.DIVERGED, where, "knows " + facts + ", stored is " + stored.facts());
    }
    shown.stream()
        .filter(stored.deleted()::contains)
        .forEach(id -> violations.add(Kind.DIVERGED, where, "was shown the deleted " + id));
  }

  /** Where a stay ends that begins here; -1 if it does not fit. */
  private static int walk(
      Stay stay, int from, List<StreamFacts> states, List<StreamChange> changes) {
    int at = from;
    for (Step step : stay.steps) {
      if (step.change == null) {
        if (!states.get(at).equals(step.state)) {
          return -1;
        }
      } else if (at == changes.size() || !changes.get(at).equals(step.change)) {
        return -1;
      } else {
        at++;
      }
    }
    return at;
  }

  private static String story(Stay stay) {
    int size = stay.steps.size();
    return "is nowhere in the log, %d steps, the last:\n    %s"
        .formatted(
            size,
            stay.steps.subList(Math.max(0, size - PRINTED), size).stream()
                .map(step -> String.valueOf(step.change == null ? step.state : step.change))
                .collect(Collectors.joining("\n    ")));
  }

  /** The log of a stream has no gap, and adds up to what its row says. */
  public static void checkStored(String stream, Stored.Stream stored, Violations violations) {
    long expected = 0;
    for (Long rev : stored.revs()) {
      if (rev != ++expected) {
        violations.add(Kind.LOST, "the database", stream + " has rev " + rev + " for " + expected);
        return;
      }
    }
    if (expected != stored.lastRev()) {
      violations.add(
          Kind.LOST, "the database", stream + " ends at " + expected + " of " + stored.lastRev());
    }
    if (!stored.states().getLast().equals(stored.facts())) {
      violations.add(
          Kind.DIVERGED,
          "the database",
          stream + " is " + stored.facts() + ", its log says " + stored.states().getLast());
    }
  }
}
