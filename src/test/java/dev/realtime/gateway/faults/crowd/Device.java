package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.checker.Answers;
import dev.realtime.gateway.faults.checker.Promises;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import dev.realtime.gateway.faults.site.GatewayNode;
import dev.realtime.gateway.faults.site.Tokens;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * An app on a phone: it connects to any gateway, comes back by itself with jitter, sends again what
 * was not acknowledged, and has every frame judged. Its lock guards it and its rooms.
 */
public final class Device {

  public static final JsonMapper JSON = JsonMapper.builder().build();

  private static final Duration HANDSHAKE = Duration.ofSeconds(8);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int IN_FLIGHT = 16;

  private final String name;
  private final String user;
  private final Run run;
  private final Random random;
  private final Rooms rooms;
  private final Map<String, Command> pending = new LinkedHashMap<>();
  private final Repeats again = new Repeats();
  private final Diary diary = new Diary();
  private final Waiting waiting;

  private @Nullable Wire wire;
  private @Nullable GatewayNode node;
  private Answers answers;
  private boolean welcomed;
  private boolean leaving;
  private int failures;
  private int commands;
  private long notBefore;
  private long stalledUntil;
  private volatile long stalledNanos;

  public Device(String name, String user, Run run, long seed) {
    this.name = name;
    this.user = user;
    this.run = run;
    this.random = new Random(seed);
    this.rooms = new Rooms(this, run.violations());
    this.answers = new Answers(name, run.limit(), run.violations());
    this.waiting = new Waiting(name, run.times(), diary);
  }

  public String name() {
    return name;
  }

  public String user() {
    return user;
  }

  public Promises promises() {
    return run.promises();
  }

  public Rooms rooms() {
    return rooms;
  }

  /** One turn of the app: connects, repeats, enters rooms; then it may act. */
  public void turn(Runnable habit) {
    if (needsConnection()) {
      connect();
    }
    synchronized (this) {
      Wire open = wire;
      if (open == null) {
        return;
      }
      if (answers.overdue(now())) {
        diary.print(name, run.limit().toMillis() / 1e3);
        open.cut();
      } else if (welcomed) {
        again.due(IN_FLIGHT - pending.size()).forEach(this::send);
        rooms.enterMissing();
        if (pending.size() < IN_FLIGHT) {
          habit.run();
        }
      }
    }
  }

  private synchronized boolean needsConnection() {
    return wire == null && !leaving && System.nanoTime() >= notBefore;
  }

  private void connect() {
    GatewayNode target = run.site().any(random);
    synchronized (this) {
      waiting.begins();
    }
    try {
      Wire opened = Wire.connect(target.port(), Tokens.user(user), HANDSHAKE);
      synchronized (this) {
        wire = opened;
        node = target;
        welcomed = false;
        diary.note("connected to " + target.name());
        answers = new Answers(name + " on " + target.name(), run.limit(), run.violations());
        // The welcome is waited for as a reply is.
        answers.asked("welcome", "the handshake", now());
      }
      Thread.startVirtualThread(() -> read(opened));
    } catch (IOException refused) {
      diary.note("refused by " + target.name() + ": " + refused);
      backOff(0);
    }
  }

  private synchronized void backOff(long afterMillis) {
    long most = SECOND << Math.min(failures, 1);
    failures++;
    notBefore =
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(afterMillis) + random.nextLong(most);
  }

  private void read(Wire from) {
    for (String text = from.read(); text != null; text = from.read()) {
      frame(from, text);
      for (long left = stalled(); left > 0; left = stalled()) {
        LockSupport.parkNanos(left);
      }
    }
    lost(from);
  }

  private synchronized long stalled() {
    return stalledUntil - System.nanoTime();
  }

  private synchronized void frame(Wire from, String text) {
    if (from != wire) {
      return;
    }
    JsonNode frame = JSON.readTree(text);
    String event = frame.path("event").asString("");
    JsonNode data = frame.path("data");
    if (event.equals("ack") || event.equals("error")) {
      replied(event, frame.path("id").asString(""), data);
    } else if (event.equals("session:welcome")) {
      answers.replied("welcome", "");
      welcomed = true;
      diary.note("welcomed");
      failures = 0;
      rooms.connected();
    } else if (event.equals("session:bye")) {
      diary.note("bye " + data);
      backOff(data.path("afterMs").asLong(0));
    } else if (event.startsWith("chat:")) {
      rooms.pushed(event, data);
    } else if (event.isEmpty()) {
      run.violations().add(Kind.PROTOCOL, name, "not a frame: " + text);
    }
  }

  private void replied(String event, String id, JsonNode data) {
    String code = event.equals("ack") ? "" : data.path("code").asString("none");
    answers.replied(id, code);
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

  public void send(Command command) {
    Wire open = wire;
    if (open == null) {
      return;
    }
    String id = command.event() + "-" + ++commands;
    ObjectNode frame = JSON.createObjectNode().put("event", command.event()).put("id", id);
    frame.set("data", command.data());
    pending.put(id, command);
    answers.asked(id, command.toString(), now());
    waiting.begins();
    try {
      open.send(frame.toString());
    } catch (IOException gone) {
      open.cut();
    }
  }

  private synchronized void lost(Wire from) {
    from.cut();
    if (from != wire) {
      return;
    }
    diary.note("lost, unanswered: " + pending.keySet());
    wire = null;
    node = null;
    welcomed = false;
    waiting.begins();
    answers.closed();
    pending
        .values()
        .forEach(command -> {
          if (command.repeats()) {
            again.add(command, 0);
          } else {
            command.refused().accept("lost");
          }
        });
    pending.clear();
    rooms.disconnected();
    if (notBefore < System.nanoTime() && !leaving) {
      backOff(0);
    }
  }

  /** Of the gateway it is connected to, less what neither can be blamed for. */
  private long now() {
    long stopped = node == null ? 0 : node.stoppedNanos();
    return System.nanoTime() - stopped - stalledNanos - run.site().lag();
  }

  /** Stays away for a while, by a goodbye or without one. */
  public synchronized void goAway(long millis, boolean politely) {
    Wire open = wire;
    notBefore = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    waiting.ends();
    if (open != null) {
      if (politely) {
        open.close();
      }
      lost(open);
    }
    waiting.ends();
  }

  /** The network is gone, not the person: the app comes back at once. */
  public synchronized void cut() {
    Wire open = wire;
    if (open != null) {
      waiting.begins();
      open.cut();
    }
  }

  /** Reads nothing for a while. */
  public synchronized void stall(long millis) {
    long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
    stalledUntil = System.nanoTime() + nanos;
    stalledNanos += nanos;
  }

  /** Leaves for good. */
  public synchronized void leave(boolean politely) {
    leaving = true;
    goAway(0, politely);
  }

  /** Whether everything it asked for is answered. */
  public synchronized boolean isQuiet() {
    return wire != null && welcomed && pending.isEmpty() && again.isEmpty();
  }

  public synchronized String describe() {
    return "%s (%s), pending %s, again %s, %s"
        .formatted(
            name, wire == null ? "away" : "connected", pending.values(), again, rooms.describe());
  }
}
