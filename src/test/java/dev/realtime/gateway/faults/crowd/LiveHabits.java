package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.checker.Promises.Subject;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/** What the owner of a device does in live streams, at random. */
final class LiveHabits {

  private static final int RECENT = 20;

  private final Device device;
  private final Cast cast;
  private final Random random;

  LiveHabits(Device device, Cast cast, Random random) {
    this.device = device;
    this.cast = cast;
    this.random = random;
  }

  /** Does one thing. */
  void act() {
    List<String> open = device.streams().open();
    if (open.isEmpty()) {
      device.streams().comeBack();
      return;
    }
    String stream = open.get(random.nextInt(open.size()));
    int choice = random.nextInt(100);
    if (cast.moderators().contains(device.user()) && choice < 25) {
      moderate(stream);
    } else if (choice < 60) {
      passing("live:message", on(stream).put("content", "says " + UUID.randomUUID()));
    } else if (choice < 75) {
      passing("live:reaction", on(stream).put("emoji", "x"));
    } else if (choice < 85) {
      device.streams().leave(stream);
    } else if (choice < 92) {
      device.streams().join(stream);
    } else if (choice < 98) {
      device.streams().comeBack();
    } else {
      move(stream);
    }
  }

  private static ObjectNode on(String stream) {
    return Device.JSON.createObjectNode().put("streamId", stream);
  }

  /** Something that does not last, and is not sent again. */
  private void passing(String event, ObjectNode data) {
    String stream = data.path("streamId").asString();
    device.send(new Command(event, data, false, _ -> {}, code -> refused(stream, code)));
  }

  private void refused(String stream, String code) {
    if (code.equals("banned") || (code.equals("forbidden") && isGuest())) {
      device.streams().putOut(stream);
    } else if (code.equals("forbidden")) {
      device.streams().stray(stream);
    }
  }

  private boolean isGuest() {
    return cast.guests().contains(device.user());
  }

  /** Its host brings a stream forward: the first ones are started early, the last one ends. */
  private void move(String stream) {
    int number = cast.streams().indexOf(stream);
    if (!device.name().equals("device" + number)) {
      return;
    }
    boolean ends = number == cast.streams().size() - 1 && random.nextBoolean();
    String status = ends ? "ended" : "started";
    if (ends && device.streams().judge(stream).facts().status().equals("created")) {
      return;
    }
    Runnable kept = device.promises().asks(new Subject("status", stream, "", ""), status);
    device.send(
        Command.repeated(
            "live:status",
            on(stream).put("status", status),
            _ -> {
              kept.run();
              cast.followers(device.user()).forEach(user -> device.promises().told(user, stream));
            }));
  }

  private void moderate(String stream) {
    int choice = random.nextInt(10);
    if (choice < 2) {
      lasting(on(stream).put("action", "slow_mode").put("seconds", random.nextInt(2)), () -> {});
    } else if (choice < 3) {
      lasting(on(stream).put("action", "unpin"), () -> {});
    } else if (choice < 7) {
      aboutMessage(stream, choice < 5 ? "pin" : "delete");
    } else if (device.name().equals(cast.manager())) {
      aboutGuest(stream);
    }
  }

  private void lasting(ObjectNode data, Runnable kept) {
    device.send(Command.repeated("live:moderate", data, _ -> kept.run()));
  }

  private void aboutMessage(String stream, String action) {
    List<String> messages = device.streams().judge(stream).messages();
    if (messages.isEmpty()) {
      return;
    }
    String id =
        messages.get(messages.size() - 1 - random.nextInt(Math.min(RECENT, messages.size())));
    Runnable kept = device.promises().asks(new Subject(action, stream, id, ""), "yes");
    lasting(on(stream).put("action", action).put("messageId", id), kept);
  }

  /** Only one device does this, so that nobody crosses it. */
  private void aboutGuest(String stream) {
    String guest = cast.guests().get(random.nextInt(cast.guests().size()));
    switch (random.nextInt(5)) {
      case 0 -> lasting(on(stream).put("action", "purge").put("userId", guest), () -> {});
      case 1 -> lasting(on(stream).put("action", "mute").put("userId", guest), () -> {});
      case 2 -> lasting(on(stream).put("action", "unmute").put("userId", guest), () -> {});
      default -> {
        boolean ban = random.nextBoolean();
        Runnable kept =
            device.promises().asks(new Subject("ban", stream, "", guest), ban ? "there" : "gone");
        lasting(on(stream).put("action", ban ? "ban" : "unban").put("userId", guest), kept);
      }
    }
  }
}
