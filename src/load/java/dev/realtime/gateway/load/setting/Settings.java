package dev.realtime.gateway.load.setting;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A run, decided. */
public record Settings(
    Mode mode,
    Target target,
    Access access,
    Layout layout,
    Pace pace,
    Times times,
    Wiring wiring,
    Output output,
    Map<Option, String> shown) {

  private static final Pattern COMMA = Pattern.compile(",");

  /** What opens the door; tokens come before the secret. */
  public record Access(
      @Nullable String secret, List<String> tokens, @Nullable String serviceToken) {

    boolean createsRooms() {
      return secret != null || serviceToken != null;
    }
  }

  /**
   * When publishers speak.
   *
   * @param rate per second in all; 0 for a window
   * @param window under way at once; 0 for a rate
   */
  public record Pace(int rate, int window, Duration thinkTime, int size, long seed) {}

  public record Times(Duration ramp, Duration warmup, Duration duration, Duration drain) {}

  public record Wiring(int sourceAddresses, int inFlight, int threads) {}

  public record Output(
      @Nullable Path json, @Nullable Path html, boolean strict, List<Long> serverPids) {}

  public static Settings of(Arguments arguments) {
    Mode mode = Mode.of(arguments.text(Option.MODE, "fanout"));
    Target target =
        Target.of(
            arguments.text(Option.URL, Option.URL.fallback()), arguments.has(Option.ALLOW_REMOTE));
    Layout layout = layout(mode, arguments);
    Settings settings =
        new Settings(
            mode,
            target,
            access(arguments),
            layout,
            pace(mode, layout, arguments),
            new Times(
                seconds(arguments, Option.RAMP, 0),
                seconds(arguments, Option.WARMUP, mode == Mode.CONNECT ? 0 : 2),
                seconds(arguments, Option.DURATION, 10),
                seconds(arguments, Option.DRAIN, 5)),
            wiring(arguments),
            output(arguments),
            arguments.shown());
    settings.check();
    return settings;
  }

  private static Layout layout(Mode mode, Arguments arguments) {
    int rooms =
        arguments.number(Option.ROOMS, mode == Mode.FANOUT || mode == Mode.CONNECT ? 1 : 100);
    int publishers =
        arguments.number(
            Option.PUBLISHERS,
            switch (mode) {
              case FANOUT, CONNECT, IDLE -> 1;
              case ROOMS -> rooms;
              case WRITES -> 200;
            });
    if (mode == Mode.WRITES) {
      int members = arguments.number(Option.MEMBERS, 2);
      return new Layout(Math.max(rooms * members, publishers), rooms, members, publishers);
    }
    int connections = arguments.number(Option.CONNECTIONS, 1_000);
    return new Layout(connections, rooms, connections, publishers);
  }

  private static Access access(Arguments arguments) {
    Path tokens = arguments.path(Option.TOKENS);
    return new Access(
        arguments.secret(Option.SECRET),
        tokens == null
            ? List.of()
            : Arguments.lines(tokens).stream().filter(line -> !line.isBlank()).toList(),
        arguments.secret(Option.SERVICE_TOKEN));
  }

  private static Pace pace(Mode mode, Layout layout, Arguments arguments) {
    boolean chosen = arguments.has(Option.RATE) || arguments.has(Option.WINDOW);
    int usualRate =
        switch (mode) {
          case FANOUT -> 20;
          case ROOMS -> layout.rooms();
          case CONNECT, IDLE, WRITES -> 0;
        };
    return new Pace(
        arguments.number(Option.RATE, chosen ? 0 : usualRate),
        arguments.number(Option.WINDOW, !chosen && mode == Mode.WRITES ? 1 : 0),
        Duration.ofMillis(arguments.number(Option.THINK_TIME, 0)),
        arguments.number(Option.SIZE, 200),
        arguments.number(Option.SEED, 1));
  }

  private static Wiring wiring(Arguments arguments) {
    int half = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 64);
    return new Wiring(
        arguments.number(Option.SOURCE_ADDRESSES, 1),
        arguments.number(Option.IN_FLIGHT, 200),
        arguments.number(Option.THREADS, half));
  }

  private static Output output(Arguments arguments) {
    return new Output(
        arguments.path(Option.JSON),
        arguments.path(Option.HTML),
        arguments.has(Option.STRICT),
        pids(arguments.text(Option.SERVER_PID)));
  }

  private static List<Long> pids(@Nullable String text) {
    if (text == null) {
      return List.of();
    }
    try {
      return COMMA.splitAsStream(text).map(Long::valueOf).toList();
    } catch (NumberFormatException notANumber) {
      throw new UsageException("--server-pid is " + Option.SERVER_PID.accepts(), notANumber);
    }
  }

  private static Duration seconds(Arguments arguments, Option option, int fallback) {
    return Duration.ofSeconds(arguments.number(option, fallback));
  }

  private void check() {
    require(
        access.secret() != null || !access.tokens().isEmpty(), "--secret or --tokens is needed");
    require(
        mode == Mode.IDLE || access.createsRooms(),
        "--secret or --service-token is needed to create streams and chats");
    require(
        layout.connections() <= Option.CONNECTIONS.most(),
        "That is more than " + Option.CONNECTIONS.most() + " sockets");
    require(
        layout.rooms() <= layout.connections() || mode == Mode.IDLE,
        "--rooms cannot be more than the connections");
    require(
        !mode.hasMessages() || layout.publishers() <= layout.connections(),
        "--publishers are some of the --connections, not more");
    require(
        !mode.hasMessages()
            || layout.rooms() <= layout.publishers()
            || mode == Mode.WRITES
            || pace.window() == 0,
        "With --window each room needs a publisher");
    require(
        !mode.hasMessages() || (pace.rate() > 0) != (pace.window() > 0),
        "Either --rate or --window, above 0");
    require(pace.window() > 0 || pace.thinkTime().isZero(), "--think-time goes with --window only");
    require(
        target.isLoopback() || wiring.sourceAddresses() == 1,
        "--source-addresses are this machine's own, for a target on it");
  }

  private static void require(boolean held, String otherwise) {
    if (!held) {
      throw new UsageException(otherwise);
    }
  }
}
