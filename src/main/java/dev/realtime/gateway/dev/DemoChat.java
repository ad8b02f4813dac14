package dev.realtime.gateway.dev;

import dev.realtime.gateway.store.Database;
import java.time.Duration;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import reactor.core.publisher.Mono;

/** A group chat of alice and bob to try things in; a second start changes nothing. */
final class DemoChat implements ApplicationRunner {

  static final String ID = "demo";

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private static final String TABLES =
      """
      select to_regclass('chats') is not null and to_regclass('chat_members') is not null as found
      """;
  private static final String INSERT =
      """
      with chat as (
        insert into chats (id, type, title) values ('demo', 'group', 'Demo')
        on conflict do nothing returning id)
      insert into chat_members (chat_id, user_id, role)
      select chat.id, member.user_id, member.role
      from chat, (values ('alice', 'admin'), ('bob', 'member')) as member (user_id, role)
      on conflict do nothing
      """;

  private final Database database;

  DemoChat(Database database) {
    this.database = database;
  }

  @Override
  public void run(ApplicationArguments arguments) {
    // Blocks the main thread, which may wait until the application is ready.
    database
        .sql(TABLES)
        .map(row -> row.flag("found"))
        .one()
        .flatMap(there -> there ? insert() : Mono.empty())
        .block(LIMIT);
  }

  private Mono<Void> insert() {
    return database.sql(INSERT).rowsUpdated().then();
  }
}
