package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.checker.ChatJudge;
import dev.realtime.gateway.faults.checker.Promises;
import dev.realtime.gateway.faults.checker.Promises.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What the owner of a device does, at random, and what of it was acknowledged. */
public final class Habits {

  private static final int RECENT = 10;

  /** How many of a hundred things have to do with notifications. */
  private static final int NOTICES = 12;

  /** And with live streams. */
  private static final int LIVE = 25;

  private final Device device;
  private final Cast cast;
  private final Random random;
  private final NoticeHabits notices;
  private final LiveHabits live;
  private final List<Own> own = new ArrayList<>();

  private record Own(String chat, String id) {}

  public Habits(Device device, Cast cast, long seed) {
    this.device = device;
    this.cast = cast;
    this.random = new Random(seed);
    this.notices = new NoticeHabits(device, random);
    this.live = new LiveHabits(device, cast, random);
  }

  /** Does one thing. */
  public void act() {
    int choice = random.nextInt(100);
    if (choice < NOTICES) {
      notices.act();
    } else if (choice < NOTICES + LIVE) {
      live.act();
    } else {
      chat();
    }
  }

  private void chat() {
    List<String> open = device.rooms().open();
    if (open.isEmpty()) {
      device.rooms().comeBack();
      return;
    }
    String chat = open.get(random.nextInt(open.size()));
    if (device.name().equals(cast.manager()) && random.nextInt(12) == 0) {
      manage(chat);
      return;
    }
    int choice = random.nextInt(100);
    if (choice < 45) {
      say(chat);
    } else if (choice < 57) {
      edit();
    } else if (choice < 72) {
      react(chat);
    } else if (choice < 75) {
      delete();
    } else if (choice < 87) {
      read(chat);
    } else if (choice < 91) {
      type(chat);
    } else {
      move(chat);
    }
  }

  private void move(String chat) {
    switch (random.nextInt(12)) {
      case 0, 1, 2, 3 -> device.rooms().leave(chat);
      case 4, 5, 6 -> device.rooms().comeBack();
      case 7, 8 -> device.rooms().join(chat);
      case 9, 10 -> cast.chats().forEach(device.rooms()::joinSince);
      default -> device.goAway(300 + random.nextInt(2_500), random.nextBoolean());
    }
  }

  private static ObjectNode data() {
    return Device.JSON.createObjectNode();
  }

  private void say(String chat) {
    String tempId = UUID.randomUUID().toString();
    String words = device.name() + " says " + tempId;
    ObjectNode data = data().put("chatId", chat).put("content", words).put("tempId", tempId);
    String mentioned = random.nextInt(15) == 0 ? other() : null;
    if (mentioned != null) {
      data.putArray("mentions").add(mentioned);
    }
    device.send(
        Command.repeated(
            "chat:message",
            data,
            ack ->
                said(chat, ack.path("id").asString(), ack.path("seq").asLong(), tempId)
                    .mentions(mentioned)
                    .says(words)));
  }

  private Said said(String chat, String id, long seq, String tempId) {
    device.promises().sent(chat, id, seq, tempId);
    if (!cast.guests().contains(device.user())) {
      device.promises().read(chat, device.user(), seq);
    }
    own.add(new Own(chat, id));
    if (own.size() > 2 * RECENT) {
      own.removeFirst();
    }
    return new Said(device.promises(), chat, id);
  }

  /** What else an acknowledged message promises. */
  private record Said(Promises promises, String chat, String id) {

    Said mentions(@Nullable String user) {
      if (user != null) {
        promises.told(user, id);
      }
      return this;
    }

    void says(String words) {
      promises.asks(new Subject("words", chat, id, ""), words).run();
    }
  }

  private @Nullable String other() {
    String user = cast.users().get(random.nextInt(cast.users().size()));
    return user.equals(device.user()) ? null : user;
  }

  private void edit() {
    if (own.isEmpty()) {
      return;
    }
    Own message = own.get(random.nextInt(own.size()));
    String words = device.name() + " means " + UUID.randomUUID();
    Runnable kept =
        device.promises().asks(new Subject("words", message.chat, message.id, ""), words);
    device.send(
        Command.repeated(
            "chat:edit",
            data().put("messageId", message.id).put("content", words),
            _ -> kept.run()));
  }

  private void delete() {
    if (own.isEmpty()) {
      return;
    }
    Own message = own.remove(random.nextInt(own.size()));
    Runnable kept =
        device.promises().asks(new Subject("deleted", message.chat, message.id, ""), "yes");
    device.send(
        Command.repeated("chat:delete", data().put("messageId", message.id), _ -> kept.run()));
  }

  private void react(String chat) {
    String id = recent(chat);
    if (id.isEmpty()) {
      return;
    }
    boolean remove = random.nextInt(3) == 0;
    String reaction = "by " + device.name();
    Runnable kept =
        device
            .promises()
            .asks(
                new Subject("reaction", chat, id, device.user() + " " + reaction),
                remove ? "gone" : "there");
    device.send(
        Command.repeated(
            "chat:reaction",
            data().put("messageId", id).put("reaction", reaction).put("remove", remove),
            _ -> kept.run()));
  }

  private void read(String chat) {
    String id = recent(chat);
    if (!id.isEmpty()) {
      device.send(
          Command.repeated(
              "chat:read",
              data().put("chatId", chat).put("messageId", id),
              ack -> {
                if (!cast.guests().contains(device.user())) {
                  device.promises().read(chat, device.user(), ack.path("readSeq").asLong());
                }
              }));
    }
  }

  private String recent(String chat) {
    ChatJudge judge = device.rooms().judge(chat);
    return judge.replica().id(judge.seq() - random.nextInt(RECENT));
  }

  private void type(String chat) {
    device.send(
        new Command(
            "chat:typing",
            data().put("chatId", chat).put("isTyping", true),
            false,
            _ -> {},
            _ -> {}));
  }

  private void manage(String chat) {
    String guest = cast.guests().get(random.nextInt(cast.guests().size()));
    boolean add = random.nextInt(3) > 0;
    Runnable kept =
        device.promises().asks(new Subject("member", chat, "", guest), add ? "there" : "gone");
    device.send(
        Command.repeated(
            "chat:member",
            data().put("chatId", chat).put("userId", guest).put("action", add ? "add" : "remove"),
            _ -> kept.run()));
  }
}
