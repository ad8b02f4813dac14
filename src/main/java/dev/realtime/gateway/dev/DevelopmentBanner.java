package dev.realtime.gateway.dev;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/** Prints what a developer needs to try the gateway, at the end of the start. */
final class DevelopmentBanner implements ApplicationListener<ApplicationReadyEvent>, Ordered {

  private final DevelopmentTokens tokens;
  private final Environment environment;

  DevelopmentBanner(DevelopmentTokens tokens, Environment environment) {
    this.tokens = tokens;
    this.environment = environment;
  }

  @Override
  public int getOrder() {
    return LOWEST_PRECEDENCE;
  }

  @Override
  public void onApplicationEvent(ApplicationReadyEvent event) {
    // Printed for a terminal, not logged: it has tokens, and lines to copy.
    System.out.println(text());
    System.out.flush();
  }

  String text() {
    String place = "127.0.0.1:" + environment.getProperty("local.server.port", "3001");
    String alice = tokens.mint("alice").token();
    String bob = tokens.mint("bob").token();
    return """

    The gateway is ready: http://%s (open it to chat as alice and bob), ws://%s/ws

    alice's token, 12 hours:  %s
    bob's token, 12 hours:    %s

    Open a socket, send a message to the demo chat and see what comes back:

    %s docs/examples/Chat.java ws://%s/ws %s %s
    """
        .formatted(place, place, alice, bob, java(), place, alice, DemoChat.ID);
  }

  // Name the JDK of this process: the one on the PATH may be missing or too old.
  private static String java() {
    String command = ProcessHandle.current().info().command().orElse("java");
    return command.contains(" ") ? "\"" + command + "\"" : command;
  }
}
