package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.checker.ChatJudge;
import dev.realtime.gateway.faults.checker.Violations;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The chats of a device: which it is in, and how it comes in again. Guarded by the device. */
public final class Rooms implements Part {

  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int PAGE = 200;

  /** The most messages that a resume or a join replays. */
  private static final int REPLAYED = 500;

  private final Device device;
  private final Violations violations;
  private final Map<String, ChatJudge> judges = new LinkedHashMap<>();

  /** Left on purpose. */
  private final Set<String> left = new HashSet<>();

  /** Told that one is no member. */
  private final Set<String> closed = new HashSet<>();

  /** On the way in or out: an ack will tell. */
  private final Set<String> busy = new HashSet<>();

  /** Added while a resume was under way, whose answer may be older. */
  private final Set<String> added = new HashSet<>();

  private long notBefore;

  public Rooms(Device device, Violations violations) {
    this.device = device;
    this.violations = violations;
  }

  public void member(String chat) {
    judges.put(chat, new ChatJudge(chat, device.name(), device.user(), violations));
  }

  public ChatJudge judge(String chat) {
    ChatJudge judge = judges.get(chat);
    if (judge == null) {
      throw new IllegalArgumentException(chat);
    }
    return judge;
  }

  public List<String> open() {
    return judges.entrySet().stream()
        .filter(each -> each.getValue().isWhole())
        .map(Map.Entry::getKey)
        .toList();
  }

  @Override
  public boolean takes(String event) {
    return event.startsWith("chat:");
  }

  @Override
  public void turn() {
    // All that is due is to resume.
  }

  @Override
  public void connected() {
    // While it was away it may have been added.
    closed.clear();
    notBefore = 0;
  }

  @Override
  public void disconnected() {
    judges.values().forEach(ChatJudge::disconnected);
    busy.clear();
    added.clear();
  }

  @Override
  public void pushed(String event, JsonNode data) {
    String chat = data.path("chatId").asString("");
    ChatJudge judge = judges.get(chat);
    if (judge == null) {
      // A chat that the platform makes and deletes beside the others.
      return;
    }
    judge.pushed(event, data);
    if (event.equals("chat:member")
        && data.path("userId").asString().equals(device.user())
        && data.path("rev").asLong() > 0) {
      if (data.path("action").asString().equals("remove")) {
        closed.add(chat);
        added.remove(chat);
      } else {
        closed.remove(chat);
        added.add(chat);
      }
    }
  }

  /** Resumes every room it should be in and is not. */
  @Override
  public Optional<Share> resume(ObjectNode data) {
    List<String> missing =
        judges.entrySet().stream()
            .filter(each -> !each.getValue().isIn())
            .map(Map.Entry::getKey)
            .filter(chat -> !left.contains(chat) && !closed.contains(chat) && !busy.contains(chat))
            .toList();
    if (missing.isEmpty() || System.nanoTime() < notBefore) {
      return Optional.empty();
    }
    ObjectNode chats = data.putObject("chats");
    for (String chat : missing) {
      ChatJudge.Position position = judge(chat).position();
      chats.putObject(chat).put("seq", position.seq()).put("rev", position.rev());
      added.remove(chat);
    }
    busy.addAll(missing);
    return Optional.of(
        new Share(
            ack -> missing.forEach(chat -> resumed(chat, ack.path("chats").path(chat))),
            () -> missing.forEach(this::later)));
  }

  private void later(String chat) {
    busy.remove(chat);
    notBefore = System.nanoTime() + PAUSE;
  }

  private void resumed(String chat, JsonNode told) {
    ChatJudge judge = judge(chat);
    long lastSeq = told.path("lastSeq").asLong();
    long lastRev = told.path("lastRev").asLong();
    busy.remove(chat);
    switch (told.path("outcome").asString("none")) {
      case "recovered" -> {
        judge.replica().members(told.path("members"));
        judge.resumed(lastSeq, lastRev);
      }
      case "snapshot" -> {
        judge.replica().members(told.path("members"));
        if (judge.joined(lastSeq, lastRev)) {
          history(chat, 0);
        }
      }
      case "forbidden" -> {
        judge.out("forbidden");
        if (!added.remove(chat)) {
          closed.add(chat);
        }
      }
      case "unavailable" -> later(chat);
      default -> violations.add(Kind.PROTOCOL, device.name(), "resumed " + chat + ": " + told);
    }
  }

  private void history(String chat, long after) {
    ObjectNode data =
        Device.JSON.createObjectNode().put("chatId", chat).put("after", after).put("limit", PAGE);
    device.send(
        Command.repeated(
            "chat:history",
            data,
            ack -> {
              long last = after;
              for (JsonNode message : ack.path("messages")) {
                judge(chat).replica().put(message);
                last = message.path("seq").asLong();
              }
              if (ack.path("hasMore").asBoolean()) {
                history(chat, last);
              } else {
                judge(chat).whole();
              }
            }));
  }

  /** Joins, in the room or not; outside the messages are read anew. */
  public void join(String chat) {
    join(chat, -1);
  }

  /** Comes back to a room by a join that replays what it missed. */
  public void joinSince(String chat) {
    ChatJudge judge = judge(chat);
    if (!judge.isIn()) {
      join(chat, judge.position().seq());
    }
  }

  private void join(String chat, long since) {
    if (busy.contains(chat) || closed.contains(chat)) {
      return;
    }
    left.remove(chat);
    busy.add(chat);
    ObjectNode data = Device.JSON.createObjectNode().put("chatId", chat);
    if (since >= 0) {
      data.put("since", since);
    }
    device.send(
        new Command("chat:join", data, false, ack -> joined(chat, since, ack), _ -> later(chat)));
  }

  private void joined(String chat, long since, JsonNode ack) {
    ChatJudge judge = judge(chat);
    long lastSeq = ack.path("lastSeq").asLong();
    long lastRev = ack.path("lastRev").asLong();
    busy.remove(chat);
    judge.replica().members(ack.path("members"));
    boolean replays = since >= 0 && since <= lastSeq && lastSeq - since <= REPLAYED;
    if (replays) {
      judge.joinedSince(lastSeq, lastRev);
    }
    if (replays || judge.joined(lastSeq, lastRev)) {
      history(chat, 0);
    }
  }

  public void leave(String chat) {
    if (busy.contains(chat) || !judge(chat).isIn()) {
      return;
    }
    left.add(chat);
    busy.add(chat);
    device.send(
        new Command(
            "chat:leave",
            Device.JSON.createObjectNode().put("chatId", chat),
            false,
            _ -> {
              busy.remove(chat);
              judge(chat).out("left");
            },
            _ -> {
              busy.remove(chat);
              left.remove(chat);
            }));
  }

  /** Comes back to the rooms it has left. */
  public void comeBack() {
    left.clear();
  }

  /** Whether the device is where it should be, with everything up to this rev. */
  public boolean isAt(String chat, long rev, boolean member) {
    ChatJudge judge = judge(chat);
    return member
        ? judge.isWhole() && judge.rev() == rev && !busy.contains(chat)
        : !judge.isIn() && !busy.contains(chat);
  }

  @Override
  public String describe() {
    StringBuilder all = new StringBuilder();
    judges.forEach((chat, judge) ->
        all.append(
            "%s %s rev %d%s%s; "
                .formatted(
                    chat,
                    judge.isWhole() ? "whole" : judge.isIn() ? "in" : "out",
                    judge.rev(),
                    busy.contains(chat) ? " busy" : "",
                    closed.contains(chat) ? " closed" : "")));
    return all.toString();
  }
}
