package dev.realtime.gateway.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An announcement that cannot be made. */
@Timeout(120)
class StreamAnnouncementFaultsIT {

  @Test
  void stopsNoOther() {
    TestDatabase database = TestDatabase.fresh();
    try (TestGateway _ = TestGateway.start(database.url(), Backends.redis())) {
      database.run(
          "create function refuse() returns trigger language plpgsql as"
              + " $$ begin raise exception 'refused'; end $$",
          "create trigger refuse before update on stream_announcements for each row"
              + " when (new.stream_id = 'bad' and new.finished_at is not null)"
              + " execute function refuse()",
          "insert into stream_announcements (stream_id, host_id, title, announced_at) values"
              + " ('bad', 'host', 'Launch', now() - interval '1 hour'),"
              + " ('good', 'host', 'Launch', now())");

      await()
          .atMost(Duration.ofSeconds(15))
          .until(() -> database.count("stream_announcements where finished_at is not null") == 1);
      assertThat(
              database.count(
                  "stream_announcements where stream_id = 'bad' and finished_at is null"))
          .isEqualTo(1);
    }
  }
}
