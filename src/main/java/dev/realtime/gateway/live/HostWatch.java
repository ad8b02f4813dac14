package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * The watch that ends a stream without its host, if the stream was created so: its host had joined
 * and has then not watched it on any instance for 30 s. Every instance polls; the first that finds
 * the host missing for so long ends the stream.
 */
@Component
public final class HostWatch implements Sweeping {

  static final Duration PERIOD = Duration.ofSeconds(2);

  /**
   * The time without a host after which a stream ends. For as long after a start, and after a
   * failed poll, the watch ends no stream: hosts have to reconnect first.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String WATCHED =
      """
      select id, host_id,
             coalesce(host_lost_at < clock_timestamp() - make_interval(secs => :seconds), false)
               as over
      from streams where end_on_host_loss and status = 'started'
      """;

  private static final String THERE =
      """
      update streams set host_joined = true, host_lost_at = null
      where id = :streamId and (not host_joined or host_lost_at is not null)
      """;

  private static final Logger log = LoggerFactory.getLogger(HostWatch.class);

  private static final String GONE =
      """
      update streams set host_lost_at = clock_timestamp()
      where id = :streamId and host_joined and host_lost_at is null
      """;

  private record Watched(String id, String hostId, boolean over) {}

  private final Database database;
  private final Viewers viewers;
  private final StreamLife life;

  /** The {@link System#nanoTime} of the last failed poll, or of the start. */
  private volatile long steadySince = System.nanoTime();

  private final Sweeper sweeper = new Sweeper("lost hosts", PERIOD, Mono.defer(this::look));

  HostWatch(Database database, Viewers viewers, StreamLife life) {
    this.database = database;
    this.viewers = viewers;
    this.life = life;
  }

  /**
   * Polls all watched streams; fails while Redis or PostgreSQL is down, since then no instance
   * knows which hosts are missing.
   */
  private Mono<Boolean> look() {
    return database
        .sql(WATCHED)
        .bind("seconds", (double) PATIENCE.toSeconds())
        .map(HostWatch::watched)
        .all()
        .concatMap(this::look)
        .then(Mono.just(false))
        .doOnError(_ -> steadySince = System.nanoTime());
  }

  /**
   * Records that a stream's host has joined on this instance: from now on the stream may lose its
   * host, and an earlier loss is over. Does nothing for other users.
   */
  public Mono<Void> joined(Stream stream, String userId) {
    return stream.endOnHostLoss() && stream.isHost(userId)
        ? mark(THERE, stream.id())
            .onErrorResume(failure -> {
              // The next poll records the host too.
              log.warn(
                  "Could not record the host of stream {}: {}", stream.id(), failure.toString());
              return Mono.empty();
            })
        : Mono.empty();
  }

  private static Watched watched(Row row) {
    return new Watched(row.text("id"), row.text("host_id"), row.flag("over"));
  }

  private Mono<Void> look(Watched stream) {
    return viewers
        .isWatching(stream.id(), stream.hostId())
        .flatMap(there -> {
          if (there) {
            return mark(THERE, stream.id());
          }
          return stream.over() && System.nanoTime() - steadySince > PATIENCE.toNanos()
              ? life.move(stream.id(), StreamStatus.ENDED).then()
              : mark(GONE, stream.id());
        });
  }

  private Mono<Void> mark(String sql, String streamId) {
    return database.sql(sql).bind("streamId", streamId).then();
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
