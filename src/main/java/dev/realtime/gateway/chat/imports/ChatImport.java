package dev.realtime.gateway.chat.imports;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.chat.Chats;
import dev.realtime.gateway.chat.Draft;
import dev.realtime.gateway.chat.MessageAppender;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Failures;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Brings chats of another system with their history: numbered without gaps, at their own times.
 *
 * <p>Nothing is published. Who has the chat's room open sees what came when positions are next
 * compared, within 15 s.
 */
@Component
public class ChatImport {

  /** What became of it. */
  public enum Outcome {
    /** The chat was not there. */
    CREATED,
    /** It was there, and has got more of its history. */
    EXTENDED,
    /** Everything was there. */
    UNCHANGED
  }

  /** What {@code import_chat} reads; see {@code R__import_chat.sql}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Parameters(
      String id,
      @Nullable String type,
      @Nullable String title,
      @Nullable String encryption,
      @Nullable String directKey,
      @Nullable Instant createdAt,
      List<MemberRow> members,
      List<MessageRow> messages,
      Map<String, Integer> unread) {}

  private record MemberRow(int ord, String userId, String role) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record MessageRow(
      int ord,
      UUID id,
      String senderId,
      String tempId,
      UUID fingerprint,
      @Nullable String content,
      Draft.@Nullable Extra extra,
      Instant createdAt,
      @Nullable Instant editedAt,
      @Nullable String replyTo) {}

  private final Database database;
  private final EnvelopeCodec codec;
  private final MessageAppender appender;

  ChatImport(Database database, EnvelopeCodec codec, MessageAppender appender) {
    this.database = database;
    this.codec = codec;
    this.appender = appender;
  }

  /**
   * Imports a chat in one transaction: all of it or nothing. Idempotent.
   *
   * <p>Fails with {@code conflict} (the pair has another chat, or messages would have to stand
   * before one that is there), {@code not_found} (no such chat to go on, or nothing with the mark
   * in {@code replyTo}) or {@code bad_request}.
   */
  public Mono<Outcome> add(ImportedChat chat) {
    return Mono.fromSupplier(() -> codec.writeData(parameters(chat)))
        .flatMap(json ->
            database
                .sql("select import_chat($1::jsonb) as outcome")
                .bind("$1", json)
                .map(row -> Objects.requireNonNull(row.get("outcome", String.class)))
                .one())
        .onErrorMap(Failures::isDuplicate, _ -> Chats.stillBeingDeleted())
        .map(ChatImport::outcome);
  }

  private Parameters parameters(ImportedChat chat) {
    Chats.Plan plan = chat.plan();
    return new Parameters(
        chat.id(),
        plan == null ? null : plan.type().wireName(),
        plan == null ? null : plan.title(),
        plan == null || plan.encryption() == null ? null : plan.encryption().wireName(),
        plan == null ? null : plan.directKey(),
        chat.createdAt(),
        members(plan),
        messages(chat),
        chat.unread());
  }

  private static List<MemberRow> members(Chats.@Nullable Plan plan) {
    List<MemberRow> rows = new ArrayList<>();
    if (plan != null) {
      plan.members()
          .forEach((userId, role) -> rows.add(new MemberRow(rows.size(), userId, role.wireName())));
    }
    return rows;
  }

  private List<MessageRow> messages(ImportedChat chat) {
    List<MessageRow> rows = new ArrayList<>();
    Set<String> before = new HashSet<>();
    for (ImportedChat.Line line : chat.messages()) {
      rows.add(message(rows.size(), chat.draft(line), line, before));
      before.add(line.mark());
    }
    return rows;
  }

  private MessageRow message(int ord, Draft draft, ImportedChat.Line line, Set<String> before) {
    Draft.Extra extra = draft.extra();
    boolean repliesElsewhere = line.replyTo() != null && !before.contains(line.replyTo());
    return new MessageRow(
        ord,
        draft.id(),
        draft.senderId(),
        draft.uniqueTempId(),
        appender.fingerprint(draft),
        draft.content(),
        extra,
        line.createdAt(),
        line.editedAt(),
        repliesElsewhere && extra != null ? extra.replyTo() : null);
  }

  private static Outcome outcome(String word) {
    return switch (word) {
      case "created" -> Outcome.CREATED;
      case "extended" -> Outcome.EXTENDED;
      case "unchanged" -> Outcome.UNCHANGED;
      case "other_pair" ->
          throw GatewayException.field(
              ErrorCode.CONFLICT, "memberIds", "This pair has a direct chat under another id.");
      case "not_found" ->
          throw GatewayException.field(
              ErrorCode.NOT_FOUND, "id", "Without type the chat must be there, and is not.");
      case "no_reply" ->
          throw GatewayException.field(
              ErrorCode.NOT_FOUND, "replyTo", "There is no such message before it in the chat.");
      default ->
          throw GatewayException.field(
              ErrorCode.CONFLICT,
              "messages",
              "The chat has gone on: these would have to stand before what is there.");
    };
  }
}
