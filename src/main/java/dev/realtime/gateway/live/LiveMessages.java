package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Bulkhead;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.HeldRows;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.work.RepeatedWarning;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * The messages of streams. They are published first and stored later, in groups. A message that
 * cannot be stored is counted, and is missing only for users who join later.
 */
@Component
public final class LiveMessages {

  private static final Logger log = LoggerFactory.getLogger(LiveMessages.class);

  /** The number of messages that a joining client receives. */
  public static final int RECENT = 50;

  /** The most rows that are read for them; all but few may be purged and not deleted yet. */
  private static final int LOOKED_AT = 2_000;

  /** The age at which a message has been stored, or never will be. */
  private static final Duration WRITTEN_BY = Duration.ofSeconds(10);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  /** The most polls for a message: two seconds' worth. */
  private static final int LOOKS = 40;

  private static final Duration CLOCKS_DIFFER = Duration.ofSeconds(2);

  private static final int GROUP = 500;

  // Only a deletion of the stream excludes this lock. Moderators do not: writers who follow each
  // other without a pause would never let them in.
  private static final String HOLD =
      "select id from streams where id = any (:streams) order by id for key share";

  private static final String HOLD_FREE = HOLD + " skip locked";

  /** Inserts messages, except those that were deleted or purged while they waited. */
  private static final String WRITE =
      """
      insert into live_messages (id, stream_id, user_id, content, temp_id, created_at, rev)
      select m.id, m.stream_id, m.user_id, m.content, m.temp_id, m.created_at, m.rev
      from unnest(:ids, :streams, :users, :contents, :tempIds, :times, :revs)
        as m (id, stream_id, user_id, content, temp_id, created_at, rev)
      where exists (select 1 from streams s where s.id = m.stream_id)
        and not exists (
          select 1 from live_purges p
          where p.stream_id = m.stream_id and p.user_id = m.user_id and m.rev < p.before_rev)
      on conflict do nothing
      """;

  private static final String READ_RECENT =
      """
      select m.* from (
        select id, stream_id, user_id, content, temp_id, created_at, rev from live_messages
        where stream_id = :streamId and deleted_at is null and content is not null
        order by id desc limit :looked) m
      where not exists (
        select 1 from live_purges p
        where p.stream_id = m.stream_id and p.user_id = m.user_id and m.rev < p.before_rev)
      order by m.id desc limit :limit
      """;

  private static final String READ =
      """
      select m.id, m.stream_id, m.user_id, m.content, m.temp_id, m.created_at from live_messages m
      where m.stream_id = :streamId and m.id = :id and m.deleted_at is null and m.content is not null
        and not exists (
          select 1 from live_purges p
          where p.stream_id = m.stream_id and p.user_id = m.user_id and m.rev < p.before_rev)
      """;

  /** Deletes a message; leaves a tombstone for a message that is not stored yet. */
  private static final String DELETE =
      """
      insert into live_messages (id, stream_id, deleted_at)
      values (:id, :streamId, clock_timestamp())
      on conflict (stream_id, id) do update set deleted_at = clock_timestamp(), content = null
      """;

  /**
   * A message to store.
   *
   * @param rev the {@code rev} of the stream at which its instance published it
   */
  private record Kept(LiveMessage message, long rev) {

    String id() {
      return message.id();
    }

    String streamId() {
      return message.streamId();
    }

    boolean isOf(String stream, String userId) {
      return streamId().equals(stream) && message.userId().equals(userId);
    }
  }

  private final RepeatedWarning unstored =
      new RepeatedWarning(log, "Could not store a message of a stream");
  private final Database database;
  private final Clock clock;
  private final Counter unwritten;
  private final PurgedMessages purges;
  private final Map<String, Kept> waiting = new ConcurrentHashMap<>();
  private final Batcher<Kept, Boolean> writer =
      Batcher.named("live messages")
          .groupsOf(GROUP)
          .calling(Kept::id, messages -> write(HOLD_FREE, messages));
  private final HeldRows<Kept, Boolean> held;

  LiveMessages(
      Database database,
      PurgedMessages purges,
      Bulkhead rowBulkhead,
      Clock clock,
      MeterRegistry meters) {
    this.purges = purges;
    this.held = new HeldRows<>(rowBulkhead, GROUP, Kept::id, messages -> write(HOLD, messages));
    this.database = database;
    this.clock = clock;
    this.unwritten =
        Counter.builder("gateway.live.messages.unwritten")
            .description("Messages of streams that were delivered and could not be stored")
            .register(meters);
  }

  /**
   * Queues a message to be stored; returns at once.
   *
   * @param rev the {@code rev} of the stream at which it was published
   */
  void keep(LiveMessage published, long rev) {
    Kept message = new Kept(published, rev);
    waiting.put(message.id(), message);
    // The writer owns this subscription, and bounds how many messages wait and for how long.
    writer
        .submit(message)
        .flatMap(written -> written ? Mono.just(true) : held.submit(message.streamId(), message))
        .doFinally(_ -> waiting.remove(message.id()))
        .subscribe(
            _ -> {},
            failure -> {
              unwritten.increment();
              unstored.log(failure);
            });
  }

  /**
   * Stores the messages whose streams it could lock; returns for each message whether it is done.
   */
  private Mono<List<Boolean>> write(String hold, List<Kept> messages) {
    Set<String> streams = messages.stream().map(Kept::streamId).collect(Collectors.toSet());
    return database
        .sql(hold)
        .bindTexts("streams", streams)
        .map(row -> row.text("id"))
        .all()
        .collect(Collectors.toSet())
        .flatMap(got -> insert(those(messages, got)).thenReturn(got))
        .as(database::inTransaction)
        // A deleted stream has no row to lock, and its messages are not stored.
        .map(got ->
            messages.stream()
                .map(each -> hold.equals(HOLD) || got.contains(each.streamId()))
                .toList());
  }

  private static List<Kept> those(List<Kept> messages, Set<String> streams) {
    return messages.stream().filter(each -> streams.contains(each.streamId())).toList();
  }

  private Mono<Void> insert(List<Kept> messages) {
    return messages.isEmpty()
        ? Mono.empty()
        : database
            .sql(WRITE)
            .bindColumn("ids", messages, UUID.class, message -> UUID.fromString(message.id()))
            .bindColumn("streams", messages, String.class, Kept::streamId)
            .bindColumn("users", messages, String.class, kept -> kept.message().userId())
            .bindColumn("contents", messages, String.class, kept -> kept.message().content())
            .bindColumn("tempIds", messages, String.class, kept -> kept.message().tempId())
            .bindColumn("times", messages, Instant.class, kept -> kept.message().createdAt())
            .bindColumn("revs", messages, Long.class, Kept::rev)
            .then();
  }

  /**
   * Returns the last stored messages in no particular order, and those of this instance that are
   * not stored yet.
   */
  public Mono<List<LiveMessage>> recent(String streamId) {
    List<LiveMessage> unwritten =
        waiting.values().stream()
            .filter(kept -> kept.streamId().equals(streamId))
            .map(Kept::message)
            .toList();
    return database
        .sql(READ_RECENT)
        .bind("streamId", streamId)
        .bind("limit", RECENT)
        .bind("looked", LOOKED_AT)
        .map(LiveMessages::message)
        .list()
        .map(written -> Stream.concat(written.stream(), unwritten.stream()).distinct().toList());
  }

  /** Returns a message; empty if it does not exist or was deleted. */
  Mono<LiveMessage> find(String streamId, UUID id) {
    Kept unwritten = waiting.get(id.toString());
    if (unwritten != null && unwritten.streamId().equals(streamId)) {
      return Mono.just(unwritten.message());
    }
    return database
        .sql(READ)
        .bind("streamId", streamId)
        .bind("id", id)
        .map(LiveMessages::message)
        .one();
  }

  /**
   * Completes once a message is stored that another instance has published. Completes at once if no
   * instance can still be storing it, and after two seconds if it does not appear.
   */
  Mono<Void> settled(String streamId, UUID id) {
    return Mono.defer(() -> find(streamId, id))
        .repeatWhenEmpty(
            looks -> looks.take(LOOKS).takeWhile(_ -> mayBeOnItsWay(id)).delayElements(LOOK_AGAIN))
        .then();
  }

  /**
   * Returns whether an instance may still be storing a message; their clocks may differ a little.
   */
  private boolean mayBeOnItsWay(UUID id) {
    Duration age = Duration.between(Identifiers.madeAt(id), clock.instant());
    return id.version() == 7
        && age.compareTo(WRITTEN_BY) < 0
        && age.compareTo(CLOCKS_DIFFER.negated()) > 0;
  }

  Mono<Void> delete(String streamId, UUID id) {
    return database
        .sql(DELETE)
        .bind("streamId", streamId)
        .bind("id", id)
        .then()
        .doOnSuccess(_ -> waiting.remove(id.toString()));
  }

  /**
   * Deletes all messages of a user in a stream that were published before the stream's {@code rev}
   * reached this one: from the commit on nobody reads them, and their rows go later.
   */
  Mono<Void> purge(String streamId, String userId, long rev) {
    return purges
        .mark(streamId, userId, rev)
        .doOnSuccess(_ ->
            waiting.values().removeIf(kept -> kept.isOf(streamId, userId) && kept.rev() < rev));
  }

  private static LiveMessage message(Row row) {
    return new LiveMessage(
        row.id("id").toString(),
        row.text("stream_id"),
        row.text("user_id"),
        row.text("content"),
        row.optionalText("temp_id"),
        row.instant("created_at"));
  }
}
