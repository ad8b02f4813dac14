package dev.realtime.gateway.notification;

import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.store.StoredJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Stores notifications of several calls with one statement, {@code R__add_notifications.sql}. */
@Component
final class AddStatement {

  private static final String ADD =
      """
      select held, id, position, created_at
      from add_notifications(
        :users, :ids, :contents, :types, :titles, :messages, :data, :collapseKeys, :sources,
        :expiries, :handOffMillis, :wait)
      """;

  /** One notification of one user. The content's number counts from 1, as PostgreSQL does. */
  private record Item(String userId, UUID id, int content) {}

  /** A row of the result: the number of a content that was not stored, or a stored item. */
  private record Found(
      @Nullable Long held, @Nullable UUID id, @Nullable Long position, @Nullable Instant at) {}

  private final Database database;

  AddStatement(Database database) {
    this.database = database;
  }

  /**
   * Stores notifications, in the caller's transaction if there is one: all or none.
   *
   * @param additions the notifications of one user get positions in their order
   * @param handOffMillis the time after which an unacknowledged notification is handed off to the
   *     platform; null for never
   * @param wait whether to wait for users whose notifications another transaction is changing
   * @return the results in the order of the additions. A result is empty if nothing was stored for
   *     that addition, because another transaction is changing notifications of one of its users;
   *     that happens only if the call does not wait
   */
  Mono<List<Optional<Notified>>> run(
      List<Addition> additions, @Nullable Long handOffMillis, boolean wait) {
    List<Item> items = items(additions);
    if (items.isEmpty()) {
      return Mono.just(notified(additions, items, List.of()));
    }
    return database
        .sql(ADD)
        .bindColumn("users", items, String.class, Item::userId)
        .bindColumn("ids", items, UUID.class, Item::id)
        .bindColumn("contents", items, Integer.class, Item::content)
        .bindColumn("types", additions, String.class, of(NewNotification::type))
        .bindColumn("titles", additions, String.class, of(NewNotification::title))
        .bindColumn("messages", additions, String.class, of(NewNotification::message))
        .bindColumn("data", additions, String.class, of(AddStatement::data))
        .bindColumn("collapseKeys", additions, String.class, of(NewNotification::collapseKey))
        .bindColumn("sources", additions, String.class, Addition::source)
        .bindColumn("expiries", additions, Instant.class, of(NewNotification::expiresAt))
        .bind("handOffMillis", handOffMillis, Long.class)
        .bind("wait", wait)
        .map(AddStatement::found)
        .list()
        .map(found -> notified(additions, items, found));
  }

  private static List<Item> items(List<Addition> additions) {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < additions.size(); i++) {
      for (String userId : additions.get(i).userIds()) {
        items.add(new Item(userId, Identifiers.next(), i + 1));
      }
    }
    return items;
  }

  private static <V> Function<Addition, @Nullable V> of(
      Function<NewNotification, @Nullable V> field) {
    return addition -> field.apply(addition.content());
  }

  private static @Nullable String data(NewNotification content) {
    return content.data() == null ? null : StoredJson.write(content.data());
  }

  private static Found found(Row row) {
    return new Found(
        row.optionalNumber("held"),
        row.optionalId("id"),
        row.optionalNumber("position"),
        row.optionalInstant("created_at"));
  }

  private static List<Optional<Notified>> notified(
      List<Addition> additions, List<Item> items, List<Found> found) {
    Set<Integer> held = new HashSet<>();
    Map<UUID, Found> stored = new HashMap<>();
    for (Found each : found) {
      if (each.held() != null) {
        held.add(Math.toIntExact(each.held()));
      } else if (each.id() != null) {
        stored.put(each.id(), each);
      }
    }
    List<List<Notified.Place>> places = new ArrayList<>();
    additions.forEach(_ -> places.add(new ArrayList<>()));
    for (Item item : items) {
      Found own = stored.get(item.id());
      if (own != null && own.position() != null && own.at() != null) {
        places
            .get(item.content() - 1)
            .add(new Notified.Place(item.userId(), item.id(), own.position(), own.at()));
      }
    }
    List<Optional<Notified>> notified = new ArrayList<>();
    for (int i = 0; i < additions.size(); i++) {
      notified.add(
          held.contains(i + 1)
              ? Optional.empty()
              : Optional.of(new Notified(additions.get(i).content(), places.get(i))));
    }
    return notified;
  }
}
