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
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** The platform's backend, which calls the server API and often gives up before the answer. */
public final class Backend {

  private static final int ANSWER_MILLIS = 25_000;

  private final Run run;
  private final Habits.Cast cast;
  private final Random random;

  public Backend(Run run, Habits.Cast cast, long seed) {
    this.run = run;
    this.cast = cast;
    this.random = new Random(seed);
  }

  /** Makes a chat with all who play, and waits until it is there. */
  public void createChat(String id) {
    List<String> quoted =
        List.of(cast.users(), cast.guests()).stream()
            .flatMap(List::stream)
            .map(user -> '"' + user + '"')
            .toList();
    String body =
        "{\"id\":\"%s\",\"type\":\"group\",\"memberIds\":[%s],\"adminIds\":[%s]}"
            .formatted(id, String.join(",", quoted), quoted.getFirst());
    String status =
        call(run.site().nodes().getFirst(), "POST chats", body, "create-" + id, ANSWER_MILLIS);
    if (!status.equals("201")) {
      throw new IllegalStateException("The chat was not created: " + status);
    }
  }

  /** One call of any kind. */
  public void act(boolean givesUp) {
    GatewayNode node = run.site().any(random);
    int patience = givesUp ? 1 + random.nextInt(60) : ANSWER_MILLIS;
    String key = UUID.randomUUID().toString();
    switch (random.nextInt(4)) {
      case 0 -> {
        String chat = cast.chats().get(random.nextInt(cast.chats().size()));
        String body = "{\"senderId\":\"shop\",\"content\":\"order " + key + "\"}";
        call(node, "POST chats/" + chat + "/messages", body, key, patience);
      }
      case 1 -> {
        String user = cast.users().get(random.nextInt(cast.users().size()));
        String body =
            "{\"userIds\":[\"%s\"],\"type\":\"t\",\"title\":\"%s\",\"message\":\"m\"}"
                .formatted(user, key);
        if (call(node, "POST notifications", body, key, patience).equals("202")) {
          run.promises().told(user, key);
        }
      }
      case 2 -> {
        String body =
            "{\"type\":\"group\",\"title\":\"%s\",\"memberIds\":[\"shop\"]}".formatted(key);
        call(node, "PUT chats/of-the-shop-" + random.nextInt(5), body, key, patience);
      }
      default -> call(node, "DELETE chats/of-the-shop-" + random.nextInt(5), "", key, patience);
    }
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
