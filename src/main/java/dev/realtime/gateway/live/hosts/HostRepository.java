package dev.realtime.gateway.live.hosts;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Query;
import dev.realtime.gateway.store.Row;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of {@link HostWatch}: what the rows of streams say of their hosts. */
@Component
final class HostRepository {

  /** The most streams of one statement. */
  static final int PAGE = 1_000;

  private static final String WATCHED =
      """
      select id, host_id, host_joined, host_lost_at is not null as lost,
             coalesce(host_lost_at < clock_timestamp() - make_interval(secs => :seconds), false)
               as over
      from streams where end_on_host_loss and status = 'started' and id > :after
      order by id limit :page
      """;

  private static final String LOST =
      """
      select id, host_id, host_joined, true as lost, false as over
      from streams where end_on_host_loss and status = 'started' and host_lost_at is not null
        and id > :after
      order by id limit :page
      """;

  // A stream whose row another transaction holds is left to the next look: it delays no other.
  private static final String THERE =
      """
      update streams s set host_joined = true, host_lost_at = null
      from (select id from streams
            where id = any (:ids) and (not host_joined or host_lost_at is not null)
            order by id for no key update skip locked) held
      where s.id = held.id
      """;

  private static final String GONE =
      """
      update streams s set host_lost_at = clock_timestamp()
      from (select id from streams
            where id = any (:ids) and host_joined and host_lost_at is null
            order by id for no key update skip locked) held
      where s.id = held.id
      """;

  private final Database database;

  HostRepository(Database database) {
    this.database = database;
  }

  /**
   * A started stream that ends without its host.
   *
   * @param joined whether its row says that the host has joined
   * @param lost whether its row says that the host is missing
   * @param over whether the host has been missing for longer than the stream waits
   */
  record Watched(String id, String hostId, boolean joined, boolean lost, boolean over) {}

  /**
   * Reads all watched streams, page by page; the next page is read when it is asked for.
   *
   * @param patience the time for which a stream waits for its host
   */
  Flux<List<Watched>> watched(Duration patience) {
    return pages(database.sql(WATCHED).bind("seconds", (double) patience.toSeconds()));
  }

  /** Reads the streams whose rows say that the host is missing, page by page. */
  Flux<List<Watched>> lost() {
    return pages(database.sql(LOST));
  }

  private static Flux<List<Watched>> pages(Query query) {
    return page(query, "")
        .expand(page -> page.size() < PAGE ? Mono.empty() : page(query, page.getLast().id()));
  }

  private static Mono<List<Watched>> page(Query query, String after) {
    return query.bind("after", after).bind("page", PAGE).map(HostRepository::watched).list();
  }

  private static Watched watched(Row row) {
    return new Watched(
        row.text("id"),
        row.text("host_id"),
        row.flag("host_joined"),
        row.flag("lost"),
        row.flag("over"));
  }

  /** Records that hosts are present: an earlier loss is over. */
  Mono<Void> present(Collection<String> streamIds) {
    return mark(THERE, streamIds);
  }

  /** Records that hosts who had joined are missing from now on. */
  Mono<Void> missing(Collection<String> streamIds) {
    return mark(GONE, streamIds);
  }

  private Mono<Void> mark(String sql, Collection<String> streamIds) {
    return streamIds.isEmpty()
        ? Mono.empty()
        : database.sql(sql).bindTexts("ids", streamIds).then();
  }
}
