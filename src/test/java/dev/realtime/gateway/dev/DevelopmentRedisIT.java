package dev.realtime.gateway.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DevelopmentRedisIT {

  @TempDir private Path folder;

  @Test
  void comesBackOnItsPortAfterBeingKilled() {
    try (var redis = DevelopmentRedis.startTemporary()) {
      int port = redis.port();
      assertThat(set(redis)).isEqualTo("OK");

      redis.kill();
      assertThatThrownBy(() -> new Socket(redis.host(), port).close())
          .isInstanceOf(IOException.class);
      redis.restart();

      assertThat(redis.port()).isEqualTo(port);
      assertThat(set(redis)).isEqualTo("OK");
    }
  }

  @Test
  void attachesToAServerWhoseOwnerLives() throws IOException {
    try (var first = DevelopmentRedis.start(folder)) {
      ProcessHandle other = ProcessHandle.of(1).orElseThrow();
      Files.writeString(
          folder.resolve("redis.owner"),
          other.pid() + " " + other.info().startInstant().map(Instant::toString).orElse(""));
      try (var second = DevelopmentRedis.start(folder)) {
        assertThat(second.port()).isEqualTo(first.port());
      }
      assertThat(set(first)).isEqualTo("OK");
      Files.delete(folder.resolve("redis.owner"));
    }
  }

  @Test
  void stopsAnAttachedServerWhoseOwnerIsDead() throws IOException {
    var first = DevelopmentRedis.start(folder);
    Files.writeString(folder.resolve("redis.owner"), "999999999 never");

    try (var second = DevelopmentRedis.start(folder)) {
      assertThat(second.port()).isEqualTo(first.port());
    }

    assertThatThrownBy(() -> new Socket(first.host(), first.port()).close())
        .isInstanceOf(IOException.class);
    first.close();
  }

  private static String set(DevelopmentRedis redis) {
    RedisURI uri = RedisURI.create(redis.host(), redis.port());
    try (RedisClient client = RedisClient.create(uri);
        StatefulRedisConnection<String, String> connection = client.connect()) {
      connection.setTimeout(Duration.ofSeconds(5));
      return connection.sync().set("key", "value");
    }
  }
}
