package dev.realtime.gateway.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.chat.ChatCreation;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.springframework.boot.DefaultApplicationArguments;

class DemoChatIT {

  private static final String MEMBERS = "chat_members where chat_id = 'demo'";

  private final TestDatabase database = TestDatabase.fresh();

  @AutoClose
  private final TestGateway gateway = TestGateway.start(database.url(), Backends.redis());

  @Test
  void isCreatedOnceAndThenLeftAlone() {
    start();
    assertThat(database.count(MEMBERS)).isEqualTo(2);
    assertThat(database.count(MEMBERS + " and user_id = 'alice' and role = 'admin'")).isOne();

    database.run("delete from chat_members where user_id = 'bob'");
    start();
    assertThat(database.count(MEMBERS)).isOne();
  }

  private void start() {
    new DemoChat(gateway.bean(ChatCreation.class)).run(new DefaultApplicationArguments());
  }
}
