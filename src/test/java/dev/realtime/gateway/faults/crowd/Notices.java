package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.checker.NotificationJudge;
import dev.realtime.gateway.faults.checker.Violations;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The notifications of a device, and how it catches up with them. Guarded by the device. */
public final class Notices implements Part {

  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int PAGE = 200;

  /** What an app names that has none: an id that is not known. */
  private static final String NONE = "00000000-0000-7000-8000-000000000000";

  private enum State {
    /** Has to resume. */
    BEHIND,
    /** Waits for the ack. */
    ASKED,
    /** Has to read the whole list. */
    LISTLESS,
    /** Waits for a page. */
    READING,
    CURRENT
  }

  private final Device device;
  private final Violations violations;
  private final NotificationJudge judge;

  private State state = State.BEHIND;
  private @Nullable String position;
  private @Nullable String newest;
  private NotificationJudge.@Nullable Listing listing;
  private long notBefore;

  public Notices(Device device, Violations violations) {
    this.device = device;
    this.violations = violations;
    this.judge = new NotificationJudge(device.name() + " of " + device.user(), violations);
  }

  public NotificationJudge judge() {
    return judge;
  }

  @Override
  public boolean takes(String event) {
    return event.startsWith("notification");
  }

  @Override
  public void pushed(String event, JsonNode data) {
    if (!event.equals("notification")) {
      return;
    }
    String id = data.path("id").asString("");
    judge.pushed(id, data.path("replayed").asBoolean(false));
    if (state == State.CURRENT) {
      position = id;
    } else if (state == State.LISTLESS || state == State.READING) {
      newest = id;
    }
  }

  @Override
  public Optional<Share> resume(ObjectNode data) {
    if (state != State.BEHIND || System.nanoTime() < notBefore) {
      return Optional.empty();
    }
    String after = position == null ? NONE : position;
    data.put("notificationsAfter", after);
    state = State.ASKED;
    return Optional.of(new Share(ack -> resumed(after, ack.path("notifications")), this::later));
  }

  private void later() {
    state = State.BEHIND;
    notBefore = System.nanoTime() + PAUSE;
  }

  private void resumed(String after, JsonNode told) {
    switch (told.path("outcome").asString("none")) {
      case "recovered" -> {
        judge.resumed(after);
        state = State.CURRENT;
      }
      case "snapshot" -> {
        if (!after.equals(NONE)) {
          device.note("the position " + after + " was not known, or too far back");
        }
        position = null;
        readAnew();
      }
      case "unavailable" -> later();
      default -> violations.add(Kind.PROTOCOL, device.name(), "resumed notifications: " + told);
    }
  }

  /** Reads the whole list, as an app without a position does. */
  public void readAnew() {
    if (state == State.CURRENT || state == State.ASKED) {
      state = State.LISTLESS;
      newest = position;
      listing = null;
    }
  }

  @Override
  public void turn() {
    if (state == State.LISTLESS && System.nanoTime() >= notBefore) {
      state = State.READING;
      page("", new NotificationJudge.Listing(new ArrayList<>(), new HashSet<>(), 0));
    }
  }

  private void page(String cursor, NotificationJudge.Listing before) {
    ObjectNode data = Device.JSON.createObjectNode().put("limit", PAGE);
    if (!cursor.isEmpty()) {
      data.put("cursor", cursor);
    }
    device.send(
        new Command("notification:list", data, false, ack -> page(ack, before), _ -> listLater()));
  }

  private void listLater() {
    if (state == State.READING) {
      state = State.LISTLESS;
      notBefore = System.nanoTime() + PAUSE;
    }
  }

  private void page(JsonNode page, NotificationJudge.Listing before) {
    List<String> ids = new ArrayList<>(before.ids());
    Set<String> read = new HashSet<>(before.read());
    for (JsonNode each : page.path("notifications")) {
      String id = each.path("id").asString();
      ids.add(id);
      judge.listed(id);
      if (each.has("readAt")) {
        read.add(id);
      }
    }
    var so = new NotificationJudge.Listing(ids, read, page.path("unread").asLong());
    if (page.has("cursor")) {
      page(page.path("cursor").asString(), so);
    } else {
      whole(so);
    }
  }

  private void whole(NotificationJudge.Listing list) {
    listing = list;
    if (newest == null && !list.ids().isEmpty()) {
      newest = list.ids().getFirst();
    }
    position = newest;
    state = State.CURRENT;
  }

  /** The list as it was read last; null while it is being read. */
  public NotificationJudge.@Nullable Listing listing() {
    return listing;
  }

  public boolean isCurrent() {
    return state == State.CURRENT;
  }

  @Override
  public void connected() {
    judge.connected();
    state = State.BEHIND;
    notBefore = 0;
  }

  @Override
  public void disconnected() {
    // A list that was not read to its end says nothing: the position is what it was.
    state = State.BEHIND;
  }

  @Override
  public String describe() {
    return "notifications %s at %s, %d known".formatted(state, position, judge.known().size());
  }
}
