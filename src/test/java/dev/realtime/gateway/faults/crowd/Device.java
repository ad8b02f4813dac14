package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.checker.Answers;
import dev.realtime.gateway.faults.checker.Promises;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import dev.realtime.gateway.faults.site.GatewayNode;
import dev.realtime.gateway.faults.site.Tokens;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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

  private final String name;
  private final String user;
  private final Run run;
  private final Random random;
  private final Rooms rooms;
  private final Notices notices;
  private final Streams streams;
  private final List<Part> parts;
  private final Diary diary = new Diary();
  private final Stall stall = new Stall();
  private final Waiting waiting;
  private final InFlight inFlight;

  private @Nullable Wire wire;
  private @Nullable GatewayNode node;
  private Answers answers;
  private boolean welcomed;
  private boolean leaving;
  private int failures;
  private long notBefore;

  public Device(String name, String user, Run run, Cast cast, long seed) {
    this.name = name;
    this.user = user;
    this.run = run;
    this.random = new Random(seed);
    this.rooms = new Rooms(this, run.violations());
    this.notices = new Notices(this, run.violations());
    this.streams =
        new Streams(this, cast.streams(), cast.guests().contains(user), run.violations());
    this.parts = List.of(rooms, notices, streams);
    cast.chats().forEach(rooms::member);
    this.answers = new Answers(name, run.limit(), run.violations());
    this.waiting = new Waiting(name, run.times(), diary, stall);
    this.inFlight = new InFlight(waiting, diary, random);
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

  public Notices notices() {
    return notices;
  }

  public Streams streams() {
    return streams;
  }

  /** Keeps in mind what happened, for the case that something goes wrong. */
  void note(String what) {
    diary.note(what);
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
        inFlight.due().forEach(this::send);
        resume();
        parts.forEach(Part::turn);
        if (inFlight.hasRoom()) {
          habit.run();
        }
      }
    }
  }

  /** One command brings back what all parts miss. */
  private void resume() {
    ObjectNode data = JSON.createObjectNode();
    List<Part.Share> shares = parts.stream().flatMap(part -> part.resume(data).stream()).toList();
    if (!shares.isEmpty()) {
      send(
          new Command(
              "session:resume",
              data,
              false,
              ack -> shares.forEach(share -> share.acked().accept(ack)),
              _ -> shares.forEach(share -> share.refused().run())));
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
      stall.await();
    }
    lost(from);
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
      parts.forEach(Part::connected);
    } else if (event.equals("session:bye")) {
      diary.note("bye " + data);
      backOff(data.path("afterMs").asLong(0));
    } else if (event.isEmpty()) {
      run.violations().add(Kind.PROTOCOL, name, "not a frame: " + text);
    } else {
      parts.stream().filter(part -> part.takes(event)).forEach(part -> part.pushed(event, data));
    }
  }

  private void replied(String event, String id, JsonNode data) {
    String code = event.equals("ack") ? "" : data.path("code").asString("none");
    answers.replied(id, code);
    inFlight.replied(id, code, data);
  }

  public void send(Command command) {
    Wire open = wire;
    if (open == null) {
      return;
    }
    String id = inFlight.begins(command);
    ObjectNode frame = JSON.createObjectNode().put("event", command.event()).put("id", id);
    frame.set("data", command.data());
    answers.asked(id, command.toString(), now());
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
    wire = null;
    node = null;
    welcomed = false;
    answers.closed();
    inFlight.lost();
    parts.forEach(Part::disconnected);
    if (notBefore < System.nanoTime() && !leaving) {
      backOff(0);
    }
  }

  /** Of the gateway it is connected to, less what neither can be blamed for. */
  private long now() {
    long stopped = node == null ? 0 : node.stoppedNanos();
    return System.nanoTime() - stopped - stall.nanos() - run.site().lag();
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
  public void stall(long millis) {
    stall.begin(millis);
  }

  /** Leaves for good. */
  public synchronized void leave(boolean politely) {
    leaving = true;
    goAway(0, politely);
  }

  /** Whether everything it asked for is answered. */
  public synchronized boolean isQuiet() {
    return wire != null && welcomed && inFlight.isEmpty();
  }

  public synchronized String describe() {
    return "%s (%s), %s, %s"
        .formatted(
            name,
            wire == null ? "away" : "connected",
            inFlight,
            parts.stream().map(Part::describe).toList());
  }
}
