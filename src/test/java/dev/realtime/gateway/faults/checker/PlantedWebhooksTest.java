package dev.realtime.gateway.faults.checker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.faults.checker.HookJudge.Request;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Webhooks with planted faults, each of which the checker has to find. */
class PlantedWebhooksTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Violations violations = new Violations();

  /** The secret, and the signature below, of the example in the Standard Webhooks libraries. */
  private final HookJudge judge =
      new HookJudge("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", violations);

  private final Request signed =
      new Request(
          "msg_p5jXN8AQM9LWM0D4loKWxJek",
          "1614265330",
          "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
          "{\"test\": 2432232314}");

  private final Instant then = Instant.ofEpochSecond(1_614_265_330);

  private List<Kind> found() {
    return violations.found().stream().map(Violations.Violation::kind).toList();
  }

  private static JsonNode message(long seq) {
    return JSON.readTree(
        "{\"id\":\"e%d\",\"type\":\"message.created\",\"subject\":\"c\",".formatted(seq)
            + "\"data\":{\"id\":\"m%d\",\"seq\":%d}}".formatted(seq, seq));
  }

  private static JsonNode stream(String type) {
    return JSON.readTree(
        "{\"id\":\"%s\",\"type\":\"stream.%s\",\"subject\":\"s\",\"data\":{\"id\":\"s\"}}"
            .formatted(type, type));
  }

  private void accept(long... seqs) {
    LongStream.of(seqs).forEach(seq -> judge.came(List.of(message(seq)), true));
  }

  private Stored stored(String status) {
    Stored.Stream stream =
        new Stored.Stream(
            new StreamFacts(status, 0, null, null), 0, List.of(), List.of(), Set.of(), Set.of());
    return new Stored(
        Map.of("c", Example.stored(Example.state(), 4, 8)), Map.of("s", stream), Map.of());
  }

  @Test
  void findsNothingWhereNothingIsWrong() {
    judge.authenticate(signed, then);
    judge.came(List.of(message(1)), false);
    accept(1, 1);
    judge.came(List.of(message(2), message(3)), true);
    accept(2, 4);
    judge.came(List.of(stream("started")), true);
    assertThat(judge.hasAll(stored("ended"))).isFalse();
    judge.came(List.of(stream("ended")), true);
    judge.check(stored("ended"));

    assertThat(judge.hasAll(stored("ended"))).isTrue();
    assertThat(violations.found()).isEmpty();
  }

  @Test
  void seesAForgedAndAnOldRequest() {
    judge.authenticate(
        new Request(signed.id(), signed.timestamp(), signed.signature(), "{}"), then);
    judge.authenticate(signed, then.plusSeconds(400));
    judge.authenticate(new Request("", "", "", ""), then);

    assertThat(found()).containsExactly(Kind.PROTOCOL, Kind.PROTOCOL, Kind.PROTOCOL);
  }

  @Test
  void seesOneThatWasPassedOver() {
    accept(1, 3);

    assertThat(found()).containsExactly(Kind.DISORDERED);
  }

  @Test
  void seesOneAfterOneThatWasRefused() {
    accept(1);
    judge.came(List.of(message(2)), false);
    judge.came(List.of(message(3)), false);

    assertThat(found()).containsExactly(Kind.DISORDERED);
  }

  @Test
  void seesOneThatNeverCame() {
    accept(1, 2, 3);
    judge.came(List.of(stream("started")), true);
    judge.check(stored("ended"));

    assertThat(judge.hasAll(stored("ended"))).isFalse();
    assertThat(found()).containsExactly(Kind.LOST, Kind.LOST);
  }

  @Test
  void seesAnEventUnderTwoIds() {
    accept(1);
    judge.came(
        List.of(
            JSON.readTree(
                "{\"id\":\"other\",\"type\":\"message.created\",\"subject\":\"c\","
                    + "\"data\":{\"id\":\"m1\",\"seq\":1}}")),
        true);

    assertThat(found()).containsExactly(Kind.DOUBLED);
  }

  @Test
  void seesAnotherMessageThanTheStoredOne() {
    judge.came(
        List.of(
            JSON.readTree(
                "{\"id\":\"e1\",\"type\":\"message.created\",\"subject\":\"c\","
                    + "\"data\":{\"id\":\"other\",\"seq\":1}}")),
        true);
    accept(2, 3, 4);
    judge.check(stored("created"));

    assertThat(found()).containsExactly(Kind.DIVERGED);
  }
}
