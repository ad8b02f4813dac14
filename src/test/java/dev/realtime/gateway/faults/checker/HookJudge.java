package dev.realtime.gateway.faults.checker;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;

/**
 * Judges the webhooks that the platform's backend receives: each event at least once, in the order
 * of its subject but for repetitions. Thread-safe.
 */
public final class HookJudge {

  private static final String RECEIVER = "the receiver of webhooks";
  private static final Duration FRESH = Duration.ofMinutes(5);

  /** What identifies one attempt: the headers, and the body as it came. */
  public record Request(String id, String timestamp, String signature, String body) {}

  private final byte[] key;
  private final Violations violations;

  /** The number of the last event of a subject that was accepted. */
  private final Map<String, Long> accepted = new HashMap<>();

  /** By subject and number: the event's id and what it is about. */
  private final Map<String, TreeMap<Long, Told>> told = new HashMap<>();

  private record Told(String event, String about) {}

  /**
   * A judge for this secret.
   *
   * @param secret {@code whsec_} and the base64 of the key
   */
  public HookJudge(String secret, Violations violations) {
    this.key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
    this.violations = violations;
  }

  /** Notes a request that the platform could not trust. */
  public void authenticate(Request request, Instant now) {
    boolean fresh =
        request.timestamp.matches("\\d{1,12}")
            && Math.abs(now.getEpochSecond() - Long.parseLong(request.timestamp))
                <= FRESH.toSeconds();
    if (!fresh || !isSigned(request)) {
      violations.add(
          Kind.PROTOCOL,
          RECEIVER,
          "no valid signature: " + request.id + " at " + request.timestamp);
    }
  }

  private boolean isSigned(Request request) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      String signed = request.id + "." + request.timestamp + "." + request.body;
      byte[] code = mac.doFinal(signed.getBytes(StandardCharsets.UTF_8));
      String expected = "v1," + Base64.getEncoder().encodeToString(code);
      return MessageDigest.isEqual(
          expected.getBytes(StandardCharsets.UTF_8),
          request.signature.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Events came in one request.
   *
   * @param accepts whether the answer accepts them; noted before it is sent
   */
  public synchronized void came(List<JsonNode> events, boolean accepts) {
    Map<String, Long> last = accepts ? accepted : new HashMap<>(accepted);
    for (JsonNode event : events) {
      String subject = event.path("subject").asString("");
      long number = number(event);
      long before = last.getOrDefault(subject, 0L);
      if (number > before + 1) {
        violations.add(
            Kind.DISORDERED, RECEIVER, "of " + subject + " came " + number + " after " + before);
      }
      last.put(subject, Math.max(before, number));
      remember(subject, number, event);
    }
  }

  /** Its place among the events of its subject, which have one of each. */
  private static long number(JsonNode event) {
    return switch (event.path("type").asString("none")) {
      case "message.created" -> event.path("data").path("seq").asLong();
      case "stream.started" -> 1;
      case "stream.ended" -> 2;
      default -> Long.MAX_VALUE;
    };
  }

  private void remember(String subject, long number, JsonNode event) {
    Told now =
        new Told(event.path("id").asString("none"), event.path("data").path("id").asString("none"));
    Told before = told.computeIfAbsent(subject, _ -> new TreeMap<>()).putIfAbsent(number, now);
    if (before != null && !before.equals(now)) {
      violations.add(
          Kind.DOUBLED, RECEIVER, number + " of " + subject + " is " + before + " and " + now);
    }
  }

  /** How many of a subject were accepted. */
  public synchronized long accepted(String subject) {
    return accepted.getOrDefault(subject, 0L);
  }

  /** Whether all that is stored has been told. */
  public synchronized boolean hasAll(Stored stored) {
    return stored.chats().entrySet().stream()
            .allMatch(chat -> accepted(chat.getKey()) == chat.getValue().lastSeq())
        && stored.streams().entrySet().stream()
            .allMatch(stream -> accepted(stream.getKey()) == steps(stream.getValue()));
  }

  private static long steps(Stored.Stream stream) {
    return switch (stream.facts().status()) {
      case "started" -> 1;
      case "ended" -> 2;
      default -> 0;
    };
  }

  /** Holds what was accepted against what is stored. */
  public synchronized void check(Stored stored) {
    stored
        .streams()
        .forEach((id, stream) -> {
          if (accepted(id) != steps(stream)) {
            violations.add(
                Kind.LOST, RECEIVER, accepted(id) + " steps of " + id + ", " + stream.facts());
          }
        });
    stored.chats().forEach(this::check);
  }

  private void check(String id, Stored.Chat chat) {
    if (accepted(id) != chat.lastSeq()) {
      violations.add(
          Kind.LOST, RECEIVER, accepted(id) + " messages of " + chat.lastSeq() + " in " + id);
    }
    Map<Long, Told> here = told.getOrDefault(id, new TreeMap<>());
    chat.messages()
        .forEach((seq, message) -> {
          Told one = here.get(seq);
          if (one != null && !one.about.equals(message.id())) {
            violations.add(
                Kind.DIVERGED,
                RECEIVER,
                id + " " + seq + " is " + one + ", stored " + message.id());
          }
        });
  }
}
