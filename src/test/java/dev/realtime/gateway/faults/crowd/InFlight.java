package dev.realtime.gateway.faults.crowd;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/** The commands of a device that wait for a reply, and those to send again. Not thread-safe. */
final class InFlight {

  private static final int MOST = 16;

  private final Map<String, Command> pending = new LinkedHashMap<>();
  private final Repeats again = new Repeats();
  private final Waiting waiting;
  private final Diary diary;
  private final Random random;
  private int commands;

  InFlight(Waiting waiting, Diary diary, Random random) {
    this.waiting = waiting;
    this.diary = diary;
    this.random = random;
  }

  /** A command is on its way; returns its id. */
  String begins(Command command) {
    String id = command.event() + "-" + ++commands;
    pending.put(id, command);
    waiting.begins();
    return id;
  }

  /**
   * A reply came.
   *
   * @param code of an error, empty of an ack
   */
  void replied(String id, String code, JsonNode data) {
    Command command = pending.remove(id);
    if (command == null) {
      return;
    }
    if (!code.isEmpty()) {
      diary.note(command + ": " + data);
    }
    boolean momentary = !code.isEmpty() && data.path("retryable").asBoolean(false);
    if (!momentary) {
      waiting.served(pending.isEmpty());
    }
    if (code.isEmpty()) {
      command.acked().accept(data);
    } else if (momentary && command.repeats()) {
      again.add(command, data.path("retryAfterMs").asLong(1_000) + random.nextLong(500));
    } else {
      command.refused().accept(code);
    }
  }

  /** The connection has ended: an app sends again what it can repeat without harm. */
  void lost() {
    diary.note("lost, unanswered: " + pending.keySet());
    waiting.begins();
    List<Command> unanswered = List.copyOf(pending.values());
    pending.clear();
    for (Command command : unanswered) {
      if (command.repeats()) {
        again.add(command, 0);
      } else {
        command.refused().accept("lost");
      }
    }
  }

  /** Takes the commands whose time has come, as long as there is room for them. */
  List<Command> due() {
    return again.due(MOST - pending.size());
  }

  boolean hasRoom() {
    return pending.size() < MOST;
  }

  boolean isEmpty() {
    return pending.isEmpty() && again.isEmpty();
  }

  @Override
  public String toString() {
    return "pending " + pending.values() + ", again " + again;
  }
}
