package dev.realtime.gateway.chat;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Failures;
import dev.realtime.gateway.store.HeldRows;
import dev.realtime.gateway.store.Lanes;
import dev.realtime.gateway.store.Query;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import io.r2dbc.spi.Parameters;
import io.r2dbc.spi.Readable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Gives messages their number: membership, seq, rev and insert in one commit, in groups. */
@Component
public final class MessageAppender {

  private static final int GROUP = 256;
  private static final int WAITING = 20_000;
  private static final String APPEND =
      "select ord, outcome, id, seq, rev, created_at"
          + " from append_messages($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
  private static final String APPEND_AND_TELL =
      "select ord, outcome, id, seq, rev, created_at"
          + " from append_messages_and_tell($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
          + " $12)";

  /**
   * What became of a draft.
   *
   * @param duplicate it had been accepted before, under this id and number
   */
  record Appended(UUID id, long seq, long rev, Instant createdAt, boolean duplicate) {}

  private record Row(
      int ord,
      String outcome,
      @Nullable UUID id,
      @Nullable Long seq,
      @Nullable Long rev,
      @Nullable Instant createdAt) {

    boolean isHeld() {
      return outcome.equals("held");
    }
  }

  private record Key(String chatId, String senderId, String tempId) {}

  private final Database database;
  private final EnvelopeCodec codec;
  private final WebhookOutbox outbox;
  private final boolean created;
  private final @Nullable Long undeliveredAfter;
  private final Batcher<Draft, Row> writer =
      new Batcher<>(
          "messages", GROUP, WAITING, MessageAppender::key, drafts -> write(drafts, false));
  private final HeldRows<Draft, Row> held;

  MessageAppender(
      Database database,
      EnvelopeCodec codec,
      WebhookOutbox outbox,
      Lanes rowLanes,
      GatewayProperties properties) {
    this.database = database;
    this.codec = codec;
    this.outbox = outbox;
    this.held =
        new HeldRows<>(rowLanes, GROUP, MessageAppender::key, drafts -> write(drafts, true));
    this.created = outbox.wants(WebhookType.MESSAGE_CREATED);
    this.undeliveredAfter =
        outbox.wants(WebhookType.MESSAGE_UNDELIVERED)
            ? properties.webhook().undeliveredAfter().toMillis()
            : null;
  }

  private static Key key(Draft draft) {
    return new Key(draft.chatId(), draft.senderId(), draft.uniqueTempId());
  }

  /**
   * Appends a message; completes after the commit. Idempotent by sender, chat and tempId.
   *
   * <p>Fails with {@code forbidden} (not a member, or no such chat), {@code conflict} (other
   * content under the same tempId), {@code bad_request} (plain content in an encrypted chat),
   * {@code unavailable} (too much is waiting).
   */
  Mono<Appended> append(Draft draft) {
    return writer
        .submit(draft)
        .flatMap(row -> row.isHeld() ? held.submit(draft.chatId(), draft) : Mono.just(row))
        .map(MessageAppender::outcome);
  }

  private static Appended outcome(Row row) {
    return switch (row.outcome()) {
      case "appended", "duplicate" ->
          new Appended(
              present(row.id()),
              present(row.seq()),
              present(row.rev()),
              present(row.createdAt()),
              row.outcome().equals("duplicate"));
      case "conflict" ->
          throw GatewayException.field(
              ErrorCode.CONFLICT, "tempId", "This tempId has been used for another message.");
      case "encryption_required" ->
          throw GatewayException.badRequest("content", "This chat takes encrypted messages only.");
      case "not_found" -> throw GatewayException.of(ErrorCode.NOT_FOUND);
      case "held" -> throw Failures.unavailable();
      default -> throw Roster.notAMember();
    };
  }

  private static <T> T present(@Nullable T value) {
    return Objects.requireNonNull(value);
  }

  /**
   * @param wait for chats whose row somebody else holds; else they are passed over
   */
  private Mono<List<Row>> write(List<Draft> drafts, boolean wait) {
    // Where the platform asked for nothing, nothing is added: not even a parameter.
    return created || undeliveredAfter != null
        ? appendAndTell(drafts, wait)
        : rows(drafts, bind(database.sql(APPEND), drafts, wait));
  }

  private Mono<List<Row>> appendAndTell(List<Draft> drafts, boolean wait) {
    UUID[] events = drafts.stream().map(_ -> Identifiers.next()).toArray(UUID[]::new);
    Query call =
        bind(database.sql(APPEND_AND_TELL), drafts, wait)
            .bind("$11", created ? Parameters.in(events) : Parameters.in(UUID[].class))
            .bind(
                "$12",
                undeliveredAfter == null
                    ? Parameters.in(Long.class)
                    : Parameters.in(undeliveredAfter));
    return rows(drafts, call).doOnNext(_ -> outbox.announce());
  }

  private Query bind(Query call, List<Draft> drafts, boolean wait) {
    return call.bind("$1", column(drafts, String[]::new, Draft::chatId))
        .bind("$2", column(drafts, UUID[]::new, Draft::id))
        .bind("$3", column(drafts, String[]::new, Draft::senderId))
        .bind("$4", column(drafts, String[]::new, Draft::uniqueTempId))
        .bind("$5", column(drafts, UUID[]::new, this::fingerprint))
        .bind("$6", column(drafts, String[]::new, Draft::content))
        .bind("$7", column(drafts, String[]::new, this::extra))
        .bind("$8", column(drafts, String[]::new, _ -> null))
        .bind("$9", column(drafts, Boolean[]::new, Draft::anySender))
        .bind("$10", wait);
  }

  private static Mono<List<Row>> rows(List<Draft> drafts, Query call) {
    return call.map(MessageAppender::row)
        .all()
        .collectMap(Row::ord)
        .map(rows -> inOrder(drafts.size(), rows));
  }

  private static <V> @Nullable V[] column(
      List<Draft> drafts, IntFunction<@Nullable V[]> array, Function<Draft, @Nullable V> value) {
    return drafts.stream().map(value).toArray(array);
  }

  private static Row row(Readable row) {
    return new Row(
        present(row.get("ord", Integer.class)),
        present(row.get("outcome", String.class)),
        row.get("id", UUID.class),
        row.get("seq", Long.class),
        row.get("rev", Long.class),
        row.get("created_at", Instant.class));
  }

  private static List<Row> inOrder(int size, Map<Integer, Row> rows) {
    return IntStream.rangeClosed(1, size).mapToObj(ord -> present(rows.get(ord))).toList();
  }

  private @Nullable String extra(Draft draft) {
    return draft.extra() == null ? null : codec.writeData(draft.extra());
  }

  /** Tells the same message sent again from another one under the same mark. */
  public UUID fingerprint(Draft draft) {
    MessageDigest digest = sha256();
    digest.update(bytes(draft.content()));
    digest.update((byte) 0);
    digest.update(bytes(extra(draft)));
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    return new UUID(hash.getLong(), hash.getLong());
  }

  private static byte[] bytes(@Nullable String text) {
    return text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
