package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import dev.realtime.gateway.faults.site.GatewayNode;
import dev.realtime.gateway.faults.site.Tokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/** The platform's backend, which calls the server API and often gives up before the answer. */
public final class Backend {

  private static final int ANSWER_MILLIS = 25_000;

  private final Run run;
  private final Cast cast;
  private final Random random;
  private final Queue<Announcement> unanswered = new ConcurrentLinkedQueue<>();

  public Backend(Run run, Cast cast, long seed) {
    this.run = run;
    this.cast = cast;
    this.random = new Random(seed);
  }

  /** Makes a chat with all who play, and waits until it is there. */
  public void createChat(String id) {
    String body =
        "{\"id\":\"%s\",\"type\":\"group\",\"memberIds\":[%s],\"adminIds\":[%s]}"
            .formatted(id, quoted(cast.everybody()), quoted(List.of(cast.users().getFirst())));
    prepare("POST chats", body, "201");
  }

  /** Makes a stream with its moderators, whose host most follow. */
  public void createStream(String id, String host) {
    String body =
        "{\"id\":\"%s\",\"hostId\":\"%s\",\"title\":\"%s\",\"moderatorIds\":[%s]}"
            .formatted(id, host, id, quoted(cast.moderators()));
    prepare("POST streams", body, "201");
    for (String user : cast.followers(host)) {
      prepare("PUT users/" + user + "/follows/" + host, "", "204");
    }
  }

  private void prepare(String request, String body, String expected) {
    String key = UUID.randomUUID().toString();
    String status = call(run.site().nodes().getFirst(), request, body, key, ANSWER_MILLIS);
    if (!status.equals(expected)) {
      throw new IllegalStateException(request + " was answered " + status);
    }
  }

  /** One call of any kind; who is patient first makes one again that had no answer. */
  public void act(boolean givesUp) {
    if (!givesUp) {
      repeat();
    }
    GatewayNode node = run.site().any(random);
    int patience = givesUp ? 1 + random.nextInt(60) : ANSWER_MILLIS;
    String key = UUID.randomUUID().toString();
    switch (random.nextInt(4)) {
      case 0 -> {
        String chat = cast.chats().get(random.nextInt(cast.chats().size()));
        String body = "{\"senderId\":\"shop\",\"content\":\"order " + key + "\"}";
        call(node, "POST chats/" + chat + "/messages", body, key, patience);
      }
      case 1 -> notify(node, announcement(key), patience);
      case 2 -> {
        String body =
            "{\"type\":\"group\",\"title\":\"%s\",\"memberIds\":[\"shop\"]}".formatted(key);
        call(node, "PUT chats/of-the-shop-" + random.nextInt(5), body, key, patience);
      }
      default -> call(node, "DELETE chats/of-the-shop-" + random.nextInt(5), "", key, patience);
    }
  }

  /**
   * Notifications to send.
   *
   * @param title also the idempotency key
   */
  private record Announcement(List<String> users, String title, String body) {}

  /** To one user, some or all; now and then it takes the place of an older one. */
  private Announcement announcement(String title) {
    List<String> all = new ArrayList<>(cast.everybody());
    Collections.shuffle(all, random);
    int most = random.nextInt(3) == 0 ? all.size() : 1 + random.nextInt(3);
    List<String> users = List.copyOf(all.subList(0, most));
    String collapse =
        random.nextInt(5) == 0 ? ",\"collapseKey\":\"likes-" + random.nextInt(3) + '"' : "";
    String body =
        "{\"userIds\":[%s],\"type\":\"t\",\"title\":\"%s\",\"message\":\"m\"%s}"
            .formatted(quoted(users), title, collapse);
    return new Announcement(users, title, body);
  }

  private static String quoted(List<String> users) {
    return users.stream().map(user -> '"' + user + '"').collect(Collectors.joining(","));
  }

  /** Sends it, or keeps it to be sent again under the same key. */
  private void notify(GatewayNode node, Announcement what, int patience) {
    String status = call(node, "POST notifications", what.body, what.title, patience);
    if (status.equals("202")) {
      what.users.forEach(user -> run.promises().told(user, what.title));
    } else if (status.isEmpty() || status.equals("503")) {
      unanswered.add(what);
    } else {
      run.violations().add(Kind.PROTOCOL, "the server API", status + " to " + what);
    }
  }

  private void repeat() {
    Announcement next = unanswered.poll();
    if (next != null) {
      notify(run.site().any(random), next, ANSWER_MILLIS);
    }
  }

  /** Makes the calls without an answer again, until all have one or the time is over. */
  public void finish(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (!unanswered.isEmpty() && System.nanoTime() < end) {
      repeat();
    }
    unanswered.forEach(
        what -> run.violations().add(Kind.UNANSWERED, "the server API", what.toString()));
  }

  /** The status of the answer; empty if there was none in time. */
  private String call(GatewayNode node, String request, String body, String key, int patience) {
    String head =
        request.replace(" ", " /api/v1/")
            + " HTTP/1.1\r\n"
            + "Host: localhost\r\n"
            + "Content-Type: application/json\r\n"
            + "Authorization: Bearer "
            + Tokens.service()
            + "\r\nIdempotency-Key: "
            + key
            + "\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n";
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port()), patience);
      socket.setSoTimeout(patience);
      socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
      byte[] status = socket.getInputStream().readNBytes(12);
      String answer = new String(status, StandardCharsets.US_ASCII);
      String code = answer.length() < 12 ? "" : answer.substring(9);
      if (code.equals("500")) {
        run.violations().add(Kind.INTERNAL, "the server API of " + node.name(), request);
      }
      return code;
    } catch (SocketTimeoutException late) {
      if (patience == ANSWER_MILLIS) {
        run.violations().add(Kind.UNANSWERED, "the server API of " + node.name(), request);
      }
      return "";
    } catch (IOException down) {
      return "";
    }
  }
}
