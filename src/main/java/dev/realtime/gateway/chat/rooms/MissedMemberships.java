package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.room.Audience;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Frame.MemberChange;
import dev.realtime.gateway.room.FrameEncoder;
import dev.realtime.gateway.room.RoomNews;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Query;
import dev.realtime.gateway.store.Row;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds the members who were added to chats or removed from them while the bus was down. These
 * changes go to the users' own rooms, which keep no log of them, so they are read from the logs of
 * the chats.
 */
@Component
final class MissedMemberships implements RoomNews {

  /**
   * The overlap in time: a row has the time at which its transaction began and is published after
   * the commit, so the overlap is longer than any transaction.
   */
  private static final Duration MARGIN = Duration.ofSeconds(25);

  private static final int PAGE = 500;

  private static final MemberChange BEFORE_ALL = new MemberChange(RoomId.chat(""), 0, "");

  // Keep the order of each chat's changes: of an addition and a removal the later one must come
  // last.
  private static final String CHANGED =
      """
      select chat_id, rev, member_id, evicts, envelope from chat_changes
      where member_id = any (:users)
        and changed_at > now() - make_interval(secs => :seconds)
        and (chat_id, rev) > (:afterChat, :afterRev)
      order by chat_id, rev limit :limit
      """;

  // A creation is published with rev 0. Users who were added or removed since then get that change
  // instead.
  private static final String CREATED =
      """
      select c.id as chat_id, m.user_id, c.created_by
      from chats c join chat_members m on m.chat_id = c.id
      where c.created_at > now() - make_interval(secs => :seconds)
        and m.user_id = any (:users) and m.user_id <> c.created_by
        and (c.id, m.user_id) > (:afterChat, :afterUser)
        and not exists (
          select 1 from chat_changes h
          where h.chat_id = c.id and h.member_id = m.user_id
            and h.envelope #>> '{data,action}' in ('add', 'remove'))
      order by c.id, m.user_id limit :limit
      """;

  private final Database database;
  private final FrameEncoder encoder;

  MissedMemberships(Database database, FrameEncoder encoder) {
    this.database = database;
    this.encoder = encoder;
  }

  @Override
  public RoomId.Kind kind() {
    return RoomId.Kind.USER;
  }

  @Override
  public Flux<News> since(Collection<RoomId> rooms, Duration ago) {
    List<String> users = rooms.stream().map(RoomId::id).toList();
    double seconds = ago.plus(MARGIN).toMillis() / 1000.0;
    return Flux.concat(created(users, seconds), changed(users, seconds))
        .map(copy -> new News(RoomId.user(change(copy).userId()), copy));
  }

  // A connection that received the change already, or receives it from the chat's room, drops the
  // copy.
  private Flux<Frame> changed(List<String> users, double seconds) {
    return toTheEnd(after ->
        page(CHANGED, users, seconds, after)
            .bind("afterRev", after.rev())
            .map(row -> ChatLog.change(row).forOwnRoom())
            .list());
  }

  private Flux<Frame> created(List<String> users, double seconds) {
    return toTheEnd(after ->
        page(CREATED, users, seconds, after)
            .bind("afterUser", after.userId())
            .map(this::creation)
            .list());
  }

  private Query page(String sql, List<String> users, double seconds, MemberChange after) {
    return database
        .sql(sql)
        .bindTexts("users", users)
        .bind("seconds", seconds)
        .bind("afterChat", after.room().id())
        .bind("limit", PAGE);
  }

  /**
   * Reads pages until one is not full; each page begins after the last change of the previous one.
   */
  private static Flux<Frame> toTheEnd(Function<MemberChange, Mono<List<Frame>>> page) {
    return page.apply(BEFORE_ALL)
        .expand(found -> found.size() < PAGE ? Mono.empty() : page.apply(change(found.getLast())))
        .concatMapIterable(Function.identity());
  }

  private static MemberChange change(Frame copy) {
    return Objects.requireNonNull(copy.change());
  }

  private Frame creation(Row row) {
    String userId = row.text("user_id");
    ChatEvent.MemberChanged added =
        new ChatEvent.MemberChanged(
            row.text("chat_id"), 0, userId, MemberAction.ADD, row.text("created_by"));
    return encoder.encode(RoomId.user(userId), added, Audience.everyone());
  }
}
