package dev.realtime.gateway.notification;

import static dev.realtime.gateway.notification.Platform.body;
import static dev.realtime.gateway.notification.Platform.list;
import static dev.realtime.gateway.notification.Platform.listed;
import static dev.realtime.gateway.notification.Platform.pushes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code POST /notifications}: its key and its refusals. */
@Timeout(60)
class NotificationApiIT {

  private static final String KEY = "Idempotency-Key";

  @AutoClose private final Scene scene = new Scene();

  private final Platform first = new Platform(scene.first());
  private final Platform second = new Platform(scene.second());
  private final String alice = scene.user("alice");
  private final String key = scene.user("key");

  @Test
  void storesOneNotificationForARepeatedKey() {
    GatewayClient phone = scene.onFirst("alice");
    String body = body(List.of(alice, alice), "once", "");

    Answer one = first.call("POST", "/notifications", body, KEY, key);
    Answer again = second.call("POST", "/notifications", " " + body, KEY, key);
    Answer other =
        second.call("POST", "/notifications", body(List.of(alice), "other", ""), KEY, key);

    assertThat(one.status()).isEqualTo(202);
    assertThat(one.body().toString()).isEqualTo("{\"accepted\":1}");
    assertThat(again.status()).isEqualTo(202);
    assertThat(again.body()).isEqualTo(one.body());
    assertThat(other.status()).isEqualTo(409);
    assertThat(other.body().get("code").asString()).isEqualTo("conflict");
    assertThat(other.body().get("field").asString()).isEqualTo(KEY);
    phone.await("notification");
    assertThat(listed(phone.call(list()))).containsExactly("once");
    first.tell(alice, "marker");
    assertThat(phone.await("notification").text("title")).isEqualTo("marker");
  }

  @Test
  void storesOneNotificationForOneKeyAtOnce() {
    GatewayClient phone = scene.onFirst("alice");
    String body = body(List.of(alice), "once", "");

    List<Future<Answer>> calls =
        Stream.of(first, second, first, second, first, second)
            .map(platform ->
                scene.beside(() -> platform.call("POST", "/notifications", body, KEY, key)))
            .toList();

    assertThat(calls.stream().map(Scene::finish).map(Answer::status).distinct())
        .containsExactly(202);
    phone.await("notification");
    assertThat(listed(phone.call(list()))).containsExactly("once");
    first.tell(alice, "marker");
    assertThat(phone.await("notification").text("title")).isEqualTo("marker");
  }

  @Test
  void forgetsAKeyAfterADay() {
    GatewayClient phone = scene.onFirst("alice");
    first.call("POST", "/notifications", body(List.of(alice), "one", ""), KEY, key);
    scene
        .first()
        .bean(Database.class)
        .sql(
            "update idempotency_keys set created_at = now() - interval '25 hours' where key = :key")
        .bind("key", key)
        .then()
        .block(Duration.ofSeconds(5));

    Answer other = second.call("POST", "/notifications", body(List.of(alice), "two", ""), KEY, key);

    assertThat(other.status()).isEqualTo(202);
    assertThat(listed(phone.call(list()))).containsExactly("two", "one");
  }

  @Test
  void storesEveryCallWithoutAKey() {
    GatewayClient phone = scene.onSecond("alice");
    first.tell(alice, "same");
    first.tell(alice, "same");

    phone.await("notification");
    phone.await("notification");
    assertThat(pushes(phone)).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}|userIds",
        "{'userIds': []}|userIds",
        "{'userIds': ['']}|userIds",
        "{'userIds': ['a'], 'title': 't', 'message': 'm'}|type",
        "{'userIds': ['a'], 'type': 't', 'message': 'm'}|title",
        "{'userIds': ['a'], 'type': 't', 'title': 't'}|message",
        "{'userIds': ['a'], 'type': 't', 'title': 't', 'message': 'm', 'data': [1]}|data",
        "{'userIds': ['a'], 'type': 't', 'title': 't', 'message': 'm', 'data': {'a': '\\u0000'}}|data",
        "{'userIds': ['a'], 'type': 't', 'title': 't', 'message': 'm', 'data': {'a': 'LONG'}}|data",
        "{'userIds': ['a'], 'type': 't', 'title': 'LONG', 'message': 'm'}|title",
        "{'userIds': ['a'], 'type': 't', 'title': 't', 'message': 'LONG'}|message",
        "{'userIds': ['a'], 'type': 't', 'title': 't', 'message': 'm', 'collapseKey': ''}|collapseKey",
        "{'userIds': ['a'], 'type': 't', 'title': 't', 'message': 'm', 'expiresAt': 'x'}|expiresAt",
        "{'userIds': ['a'], 'type': 't', 'title': 't', 'message': 'm', 'expiresAt': 1750000000}|expiresAt",
        "{'userIds': ['a'], 'type': 't', 'title': 't', 'message': 'm', 'expiresAt': '2026-02-30T00:00:00Z'}|expiresAt",
        "{'userIds': ['a'], 'type': 't', 'title': 't', 'message': 'm', 'expiresAt': '+99999-01-01T00:00:00Z'}|expiresAt",
      })
  void refusesWhatDoesNotFit(String body, String field) {
    Answer answer =
        first.call(
            "POST", "/notifications", body.replace('\'', '"').replace("LONG", "x".repeat(4_097)));

    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(400);
    assertThat(answer.body().get("code").asString()).isEqualTo("bad_request");
    assertThat(answer.body().get("field").asString()).isEqualTo(field);
  }

  @Test
  void refusesMoreUsersThanTenThousandAndABadKey() {
    Answer crowd =
        first.call("POST", "/notifications", body(Collections.nCopies(10_001, "a"), "t", ""));
    Answer badKey =
        first.call("POST", "/notifications", body(List.of(alice), "t", ""), KEY, "x".repeat(129));

    assertThat(crowd.body().get("field").asString()).isEqualTo("userIds");
    assertThat(badKey.status()).isEqualTo(400);
    assertThat(badKey.body().get("field").asString()).isEqualTo(KEY);
  }
}
