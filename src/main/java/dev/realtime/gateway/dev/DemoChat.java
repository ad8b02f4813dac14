package dev.realtime.gateway.dev;

import dev.realtime.gateway.chat.ChatCreation;
import dev.realtime.gateway.chat.ChatPlan;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.security.Caller;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;

/** A group chat of alice and bob to try things in; a second start changes nothing. */
final class DemoChat implements ApplicationRunner {

  static final String ID = "demo";

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final ChatCreation creation;

  DemoChat(ChatCreation creation) {
    this.creation = creation;
  }

  @Override
  public void run(ApplicationArguments arguments) {
    ChatPlan demo =
        new ChatPlan(
            ID,
            ChatType.GROUP,
            "Demo",
            null,
            ChatPlan.roles(List.of("alice", "bob"), List.of("alice")));
    // Blocks the main thread, which may wait until the application is ready.
    creation.create(Caller.PLATFORM, demo).block(LIMIT);
  }
}
