package dev.realtime.gateway.load;

import dev.realtime.gateway.load.server.ServerApi;
import dev.realtime.gateway.load.server.Users;
import dev.realtime.gateway.load.setting.Layout;
import dev.realtime.gateway.load.setting.Mode;
import dev.realtime.gateway.load.setting.Settings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** The rooms of a run and everybody's place in them. */
final class Cast {

  private final Settings settings;
  private final Users users;
  private final List<LoadRoom> rooms;

  Cast(Settings settings, Users users, String run) {
    this.settings = settings;
    this.users = users;
    Layout layout = settings.layout();
    this.rooms =
        settings.mode() == Mode.IDLE
            ? List.of()
            : IntStream.range(0, layout.rooms())
                .mapToObj(i -> new LoadRoom(i, run + "-r" + i, layout.lanesOf(i)))
                .toList();
  }

  List<LoadRoom> rooms() {
    return rooms;
  }

  Seat seat(int connection) {
    if (rooms.isEmpty()) {
      return new Seat(connection, null, false, -1);
    }
    Layout layout = settings.layout();
    boolean publishes = settings.mode().hasMessages() && layout.publishes(connection);
    return new Seat(
        connection,
        rooms.get(layout.roomOf(connection)),
        layout.joins(connection),
        publishes ? layout.laneOf(connection) : -1);
  }

  /** Creates the rooms on the server. */
  void prepare() throws InterruptedException {
    if (rooms.isEmpty()) {
      return;
    }
    List<String> ids = rooms.stream().map(LoadRoom::id).toList();
    try (ServerApi api = new ServerApi(settings.target(), users.serviceToken())) {
      if (settings.mode() == Mode.WRITES) {
        api.createChats(ids, memberIds());
      } else {
        api.createStreams(ids);
      }
    }
  }

  private List<Set<String>> memberIds() {
    List<Set<String>> members = new ArrayList<>();
    rooms.forEach(_ -> members.add(new LinkedHashSet<>()));
    Layout layout = settings.layout();
    for (int i = 0; i < layout.connections(); i++) {
      members.get(layout.roomOf(i)).add(users.id(i));
    }
    return Collections.unmodifiableList(members);
  }
}
