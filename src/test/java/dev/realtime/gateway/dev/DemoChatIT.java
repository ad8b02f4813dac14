package dev.realtime.gateway.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.TestDatabase;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.DefaultApplicationArguments;

class DemoChatIT {

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Database database = TestDatabase.fresh().open();

  @Test
  void waitsForItsTables() {
    new DemoChat(database).run(new DefaultApplicationArguments());
  }

  @Test
  void isInsertedOnceAndThenLeftAlone() {
    execute("create table chats (id text primary key, type text, title text)");
    execute(
        "create table chat_members (chat_id text, user_id text, role text,"
            + " primary key (chat_id, user_id))");

    new DemoChat(database).run(new DefaultApplicationArguments());
    assertThat(members()).containsExactly("alice admin", "bob member");

    execute("delete from chat_members where user_id = 'bob'");
    new DemoChat(database).run(new DefaultApplicationArguments());
    assertThat(members()).containsExactly("alice admin");
  }

  private void execute(String sql) {
    database.sql(sql).then().block(LIMIT);
  }

  private List<String> members() {
    List<String> members =
        database
            .sql(
                "select user_id || ' ' || role as line from chat_members where chat_id = 'demo' order by 1")
            .map(row -> row.text("line"))
            .all()
            .collectList()
            .block(LIMIT);
    return members == null ? List.of() : members;
  }
}
