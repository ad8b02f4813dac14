package dev.realtime.gateway.load;

import dev.realtime.gateway.load.setting.Mode;
import dev.realtime.gateway.load.setting.Settings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Finds out who speaks when, once it is known who is there. */
record Pacemakers(Settings settings, RunClock clock, long begin, long end) {

  List<Pacemaker> of(Collection<Client> clients) {
    if (!settings.mode().hasMessages()) {
      return List.of();
    }
    List<Client> publishers =
        clients.stream().filter(client -> client.seat().publishes() && client.isReady()).toList();
    if (settings.pace().rate() > 0) {
      return openLoops(publishers);
    }
    return settings.mode() == Mode.WRITES ? senderWindows(publishers) : roomWindows(publishers);
  }

  private List<Pacemaker> openLoops(List<Client> publishers) {
    DueTimes times = new DueTimes(begin, settings.pace().rate(), publishers.size());
    List<Pacemaker> loops = new ArrayList<>();
    for (int i = 0; i < publishers.size(); i++) {
      loops.add(new OpenLoop(publishers.get(i), i, times, clock, end));
    }
    return loops;
  }

  private List<Pacemaker> senderWindows(List<Client> publishers) {
    return publishers.stream()
        .<Pacemaker>map(client ->
            new SenderWindow(
                client, settings.pace(), thinkTime(client.seat().connection()), clock, end))
        .toList();
  }

  private List<Pacemaker> roomWindows(List<Client> publishers) {
    Map<LoadRoom, List<Client>> byRoom =
        publishers.stream()
            .collect(Collectors.groupingBy(each -> Objects.requireNonNull(each.seat().room())));
    return byRoom.entrySet().stream()
        .<Pacemaker>map(room ->
            new RoomWindow(
                room.getKey(),
                room.getValue(),
                settings.pace(),
                thinkTime(room.getKey().index()),
                clock))
        .toList();
  }

  private ThinkTime thinkTime(int number) {
    return new ThinkTime(
        settings.pace().thinkTime(), new SplittableRandom(settings.pace().seed() + number));
  }
}
