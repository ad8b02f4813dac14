package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.checker.StreamJudge;
import dev.realtime.gateway.faults.checker.Violations;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The live streams of a device, which it watches unless it has left. Guarded by the device. */
public final class Streams implements Part {

  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(500);

  /** Somebody who was put out tries again after this. */
  private static final long BANNED = TimeUnit.SECONDS.toNanos(2);

  private final Device device;
  private final Violations violations;
  private final boolean guest;
  private final Map<String, StreamJudge> judges = new LinkedHashMap<>();
  private final Set<String> left = new HashSet<>();

  /** An ack will tell. */
  private final Set<String> busy = new HashSet<>();

  /** To be entered by a join, since a resume brings nobody into an ended stream. */
  private final Set<String> byJoin = new HashSet<>();

  private final Map<String, Long> notBefore = new HashMap<>();

  /**
   * Watches these streams.
   *
   * @param guest whether the user may be banned, and not learn of it at once
   */
  Streams(Device device, List<String> streams, boolean guest, Violations violations) {
    this.device = device;
    this.guest = guest;
    this.violations = violations;
    for (String stream : streams) {
      String where = device.name() + " of " + device.user() + " in " + stream;
      judges.put(stream, new StreamJudge(where, violations));
    }
  }

  public StreamJudge judge(String stream) {
    StreamJudge judge = judges.get(stream);
    if (judge == null) {
      throw new IllegalArgumentException(stream);
    }
    return judge;
  }

  public List<String> open() {
    return judges.keySet().stream().filter(stream -> judge(stream).isIn()).toList();
  }

  @Override
  public boolean takes(String event) {
    return event.startsWith("live:");
  }

  @Override
  public void pushed(String event, JsonNode data) {
    String stream = data.path("streamId").asString("");
    StreamJudge judge = judges.get(stream);
    if (judge == null) {
      violations.add(Kind.STRAY, device.name(), event + " " + data);
      return;
    }
    judge.pushed(event, data);
    if (data.path("action").asString("").equals("ban")
        && data.path("userId").asString("").equals(device.user())) {
      judge.banned();
      byJoin.add(stream);
      notBefore.put(stream, System.nanoTime() + BANNED);
    }
  }

  private boolean mayEnter(String stream) {
    return !left.contains(stream)
        && !busy.contains(stream)
        && System.nanoTime() >= notBefore.getOrDefault(stream, 0L);
  }

  @Override
  public Optional<Share> resume(ObjectNode data) {
    List<String> missing =
        judges.keySet().stream()
            .filter(stream -> !judge(stream).isIn() && !byJoin.contains(stream))
            .filter(this::mayEnter)
            .toList();
    if (missing.isEmpty()) {
      return Optional.empty();
    }
    ArrayNode named = data.putArray("streams");
    missing.forEach(named::add);
    missing.forEach(this::entering);
    return Optional.of(
        new Share(
            ack -> missing.forEach(stream -> resumed(stream, ack.path("streams").path(stream))),
            () -> missing.forEach(this::later)));
  }

  private void entering(String stream) {
    busy.add(stream);
    judge(stream).entering();
  }

  private void later(String stream) {
    refused(stream, PAUSE);
  }

  private void refused(String stream, long pause) {
    busy.remove(stream);
    notBefore.put(stream, System.nanoTime() + pause);
    if (!judge(stream).isIn()) {
      judge(stream).out();
    }
  }

  private void resumed(String stream, JsonNode told) {
    switch (told.path("outcome").asString("none")) {
      case "joined" -> {
        busy.remove(stream);
        judge(stream).joined(told, guest);
      }
      case "ended" -> {
        later(stream);
        byJoin.add(stream);
      }
      case "banned" -> putOut(stream);
      case "unavailable" -> later(stream);
      default -> violations.add(Kind.PROTOCOL, device.name(), "resumed " + stream + ": " + told);
    }
  }

  /** One is banned, as a refusal tells. */
  void putOut(String stream) {
    if (!guest) {
      violations.add(Kind.PROTOCOL, device.name(), "banned from " + stream + " by nobody");
    }
    judge(stream).out();
    refused(stream, BANNED);
    byJoin.add(stream);
  }

  /** A refusal says that it is not in the room. */
  void stray(String stream) {
    if (judge(stream).isIn() && !busy.contains(stream)) {
      violations.add(Kind.PROTOCOL, device.name(), "in " + stream + ", and yet forbidden to speak");
    }
  }

  @Override
  public void turn() {
    for (String stream : judges.keySet()) {
      if (byJoin.contains(stream) && mayEnter(stream)) {
        join(stream);
      }
    }
  }

  /** Joins, in the room or not. */
  void join(String stream) {
    if (busy.contains(stream)) {
      return;
    }
    left.remove(stream);
    byJoin.remove(stream);
    entering(stream);
    device.send(
        new Command(
            "live:join",
            Device.JSON.createObjectNode().put("streamId", stream),
            false,
            ack -> {
              busy.remove(stream);
              judge(stream).joined(ack, guest);
            },
            code -> {
              if (code.equals("banned")) {
                putOut(stream);
              } else {
                later(stream);
                byJoin.add(stream);
              }
            }));
  }

  void leave(String stream) {
    if (busy.contains(stream) || !judge(stream).isIn()) {
      return;
    }
    left.add(stream);
    busy.add(stream);
    device.send(
        new Command(
            "live:leave",
            Device.JSON.createObjectNode().put("streamId", stream),
            false,
            _ -> {
              busy.remove(stream);
              judge(stream).out();
            },
            _ -> {
              busy.remove(stream);
              left.remove(stream);
            }));
  }

  /** Comes back to what it has left; asks everywhere how things stand, also where it is in. */
  public void comeBack() {
    left.clear();
    byJoin.addAll(judges.keySet());
    notBefore.clear();
  }

  /** Whether nothing is under way, and it is where it may be. */
  public boolean isSettled(String stream, boolean banned) {
    return !busy.contains(stream)
        && judge(stream).isIn() == !banned
        && (banned || !byJoin.contains(stream));
  }

  @Override
  public void connected() {
    notBefore.clear();
  }

  @Override
  public void disconnected() {
    judges.values().forEach(StreamJudge::disconnected);
    busy.clear();
  }

  @Override
  public String describe() {
    StringBuilder all = new StringBuilder();
    judges.forEach((stream, judge) ->
        all.append(
            "%s %s %s, %d viewers%s; "
                .formatted(
                    stream,
                    judge.isIn() ? "in" : "out",
                    judge.facts(),
                    judge.viewers(),
                    busy.contains(stream) ? " busy" : "")));
    return all.toString();
  }
}
