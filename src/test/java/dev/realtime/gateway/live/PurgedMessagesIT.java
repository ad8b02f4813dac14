package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.join;
import static dev.realtime.gateway.live.LiveScene.moderate;
import static dev.realtime.gateway.live.LiveScene.say;
import static dev.realtime.gateway.live.LiveScene.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** A purge is a mark, and the rows go later. */
@Timeout(60)
class PurgedMessagesIT {

  private static final int MESSAGES = 3_500;

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient host = scene.onFirst("host");
  private final GatewayClient viewer = scene.onFirst("viewer");
  private final Database database = scene.first().bean(Database.class);
  private final String stream = stream(host);

  /** Their times are those of an instance whose clock is an hour fast. */
  private void store() {
    database
        .sql(
            """
            insert into live_messages (id, stream_id, user_id, content, created_at)
            select gen_random_uuid(), :stream, :user, 'spam', now() + interval '1 hour'
            from generate_series(1, :many)
            """)
        .bind("stream", stream)
        .bind("user", scene.user("viewer"))
        .bind("many", MESSAGES)
        .then()
        .block();
  }

  private boolean areStored(int messages) {
    return Boolean.TRUE.equals(
        database
            .sql(
                "select count(*) = :messages as whole from live_messages where stream_id = :stream")
            .bind("messages", messages)
            .bind("stream", stream)
            .map(row -> row.flag("whole"))
            .one()
            .block());
  }

  @Test
  void areShownToNobodyAndDeletedInSteps() {
    store();
    host.call(moderate(stream, ModerationAction.PURGE, scene.user("viewer"), null));

    assertThat(join(host, stream).get("recent")).isEmpty();
    await().atMost(Duration.ofSeconds(20)).until(() -> areStored(0));
    join(viewer, stream);
    say(viewer, stream, "sorry");
    await().atMost(Duration.ofSeconds(5)).until(() -> areStored(1));
    JsonNode recent = join(scene.onSecond("late"), stream).get("recent");
    assertThat(recent).hasSize(1);
    assertThat(recent.get(0).get("content").asString()).isEqualTo("sorry");
  }
}
