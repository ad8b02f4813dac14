package dev.realtime.gateway.faults.crowd;

import java.util.List;
import java.util.Random;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the owner of a device does with notifications, at random. */
final class NoticeHabits {

  private static final int RECENT = 20;
  private static final int SHORT_PAGE = 5;

  private final Device device;
  private final Random random;

  NoticeHabits(Device device, Random random) {
    this.device = device;
    this.random = random;
  }

  /** Does one thing. */
  void act() {
    List<String> known = List.copyOf(device.notices().judge().known());
    List<String> recent = known.subList(Math.max(0, known.size() - RECENT), known.size());
    int choice = random.nextInt(20);
    if (recent.isEmpty() || choice < 4) {
      list();
    } else if (choice < 12) {
      String id = recent.get(random.nextInt(recent.size()));
      read(Device.JSON.createObjectNode().put("id", id), Set.of(id));
    } else if (choice < 14) {
      read(Device.JSON.createObjectNode().put("all", true), Set.copyOf(known));
    } else {
      acknowledge(recent);
    }
  }

  private void list() {
    ObjectNode data = Device.JSON.createObjectNode().put("limit", SHORT_PAGE);
    data.put("unreadOnly", random.nextBoolean());
    device.send(Command.repeated("notification:list", data, _ -> {}));
  }

  private void read(ObjectNode data, Set<String> ids) {
    device.send(
        Command.repeated(
            "notification:read", data, _ -> device.promises().read(device.user(), ids)));
  }

  private void acknowledge(List<String> ids) {
    ObjectNode data = Device.JSON.createObjectNode();
    ArrayNode named = data.putArray("ids");
    ids.forEach(named::add);
    device.send(Command.repeated("notification:ack", data, _ -> {}));
  }
}
