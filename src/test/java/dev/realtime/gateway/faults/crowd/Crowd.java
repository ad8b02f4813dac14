package dev.realtime.gateway.faults.crowd;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** The devices of all users and the platform's backend, each on a thread of its own. */
public final class Crowd implements AutoCloseable {

  private static final int DEVICES = 16;
  private static final int USERS = 12;
  private static final int GUESTS = 2;
  private static final int CHATS = 4;
  private static final int STREAMS = 3;
  private static final int TURN_MILLIS = 100;

  /** One turn in so many does something: 16 devices do 40 things a second. */
  private static final int ACTS = 4;

  private final Cast cast;
  private final List<Device> devices = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Backend backend;
  private volatile boolean active = true;
  private volatile boolean over;

  public Crowd(Run run, long seed) {
    List<String> users = IntStream.range(0, USERS - GUESTS).mapToObj(i -> "user" + i).toList();
    List<String> guests = IntStream.range(0, GUESTS).mapToObj(i -> "guest" + i).toList();
    List<String> chats = IntStream.range(0, CHATS).mapToObj(i -> "chat" + i).toList();
    List<String> streams = IntStream.range(0, STREAMS).mapToObj(i -> "stream" + i).toList();
    cast = new Cast(chats, streams, users, guests, users.subList(0, STREAMS), "device0");
    backend = new Backend(run, cast, seed);
    chats.forEach(backend::createChat);
    for (int i = 0; i < STREAMS; i++) {
      backend.createStream(streams.get(i), users.get(i));
    }
    for (int i = 0; i < DEVICES; i++) {
      String user = i % USERS < users.size() ? users.get(i % USERS) : guests.get(i % USERS - 10);
      Device device = new Device("device" + i, user, run, cast, seed * 100 + i);
      devices.add(device);
      Habits habits = new Habits(device, cast, seed * 1_000 + i);
      threads.add(Thread.startVirtualThread(() -> live(device, habits)));
    }
    threads.add(Thread.startVirtualThread(this::callTheApi));
  }

  private void live(Device device, Habits habits) {
    while (!over) {
      device.turn(() -> {
        if (active && ThreadLocalRandom.current().nextInt(ACTS) == 0) {
          habits.act();
        }
      });
      rest(TURN_MILLIS / 2 + ThreadLocalRandom.current().nextInt(TURN_MILLIS));
    }
  }

  private void callTheApi() {
    while (!over) {
      if (active) {
        backend.act(ThreadLocalRandom.current().nextBoolean());
      }
      rest(500);
    }
  }

  private static void rest(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  public Cast cast() {
    return cast;
  }

  public List<Device> devices() {
    return devices;
  }

  public Backend backend() {
    return backend;
  }

  /** Everybody comes back to every room and asks for nothing more. */
  public void settle() {
    active = false;
    for (Device device : devices) {
      synchronized (device) {
        device.rooms().comeBack();
        device.streams().comeBack();
      }
    }
  }

  /** Everybody reads the whole list of notifications. */
  public void readNotices() {
    for (Device device : devices) {
      synchronized (device) {
        device.notices().readAnew();
      }
    }
  }

  /** The first moderator says something in a stream. */
  public void say(String stream, String words) {
    Device speaker = devices.getFirst();
    synchronized (speaker) {
      speaker.send(
          Command.repeated(
              "live:message",
              Device.JSON.createObjectNode().put("streamId", stream).put("content", words),
              _ -> {}));
    }
  }

  public void goOn() {
    active = true;
  }

  /** Half of them leave their rooms first, the others just go, some without a goodbye. */
  public void leave() {
    over = true;
    for (Device device : devices) {
      synchronized (device) {
        cast.chats().stream()
            .filter(_ -> devices.indexOf(device) % 2 == 0)
            .forEach(device.rooms()::leave);
        cast.streams().stream()
            .filter(_ -> devices.indexOf(device) % 2 == 0)
            .forEach(device.streams()::leave);
      }
    }
    rest(500);
    devices.forEach(device -> device.leave(devices.indexOf(device) % 3 > 0));
  }

  @Override
  public void close() {
    over = true;
    devices.forEach(device -> device.leave(false));
  }
}
