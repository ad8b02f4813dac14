package dev.realtime.gateway.load.setting;

import java.util.Arrays;
import java.util.Locale;

/** Every option of the command line; {@code docs/load-testing.md} has the same list. */
public enum Option {
  MODE("fanout|rooms|connect|idle|writes", "fanout", "What to measure."),
  URL("ws://host:port/ws", "ws://127.0.0.1:3001/ws", "The gateway; `wss` for TLS."),
  ALLOW_REMOTE("", "off", "Permits a target that is not this machine."),
  SECRET(
      "S or @FILE",
      "none",
      "The access token secret, to mint tokens with; of a file: its `JWT_ACCESS_TOKEN_SECRET`,"
          + " else all of it."),
  TOKENS("FILE", "none", "One user's access token a line, instead of `--secret`."),
  SERVICE_TOKEN("T or @FILE", "minted", "Creates streams and chats where there is no secret."),
  CONNECTIONS(1, 100_000, "1000", "Sockets; in mode `writes` as many as the chats need."),
  ROOMS(1, 100_000, "fanout and connect 1, others 100", "Streams or chats."),
  MEMBERS(1, 1_000, "2", "Sockets that join each chat, in mode `writes`."),
  PUBLISHERS(1, 100_000, "fanout 1, rooms one each, writes 200", "Connections that speak."),
  RATE(
      0,
      1_000_000,
      "fanout 20, rooms one each",
      "Messages (or connects) per second in all, at fixed times; latency counts from when each"
          + " was due."),
  WINDOW(
      0,
      10_000,
      "writes 1",
      "Instead of a rate: messages under way per room, or per sender in mode `writes`; the next"
          + " one waits for an earlier one."),
  THINK_TIME(0, 60_000, "0", "Milliseconds before the next one of a window, give or take half."),
  SIZE(64, 4_000, "200", "Characters of a message."),
  RAMP(0, 3_600, "0", "Seconds over which the connects are spread."),
  IN_FLIGHT(1, 10_000, "200", "Connects under way at once."),
  WARMUP(0, 600, "connect 0, others 2", "Seconds before measuring begins."),
  DURATION(1, 3_600, "10", "Seconds that are measured."),
  DRAIN(0, 60, "5", "Seconds that late deliveries get at the end."),
  SOURCE_ADDRESSES(
      1, 250, "1", "Connects from 127.0.0.1 to 127.0.0.N: each has about 28,000 ports."),
  THREADS(1, 64, "half the cores", "Event loops of this program."),
  SEED(0, Integer.MAX_VALUE, "1", "Makes padding and think times the same again."),
  SERVER_PID("P[,P]", "none", "Processes on this machine whose CPU time and memory to report."),
  JSON("FILE", "none", "Writes the result as JSON."),
  HTML("FILE", "none", "Writes the latency plot."),
  STRICT("", "off", "Exits with 1 when anything was lost or failed."),
  HELP("", "off", "Prints this list.");

  private final String accepts;
  private final String fallback;
  private final String meaning;
  private final long least;
  private final long most;

  Option(String accepts, String fallback, String meaning) {
    this(accepts, fallback, meaning, 0, 0);
  }

  Option(long least, long most, String fallback, String meaning) {
    this(least + ".." + most, fallback, meaning, least, most);
  }

  Option(String accepts, String fallback, String meaning, long least, long most) {
    this.accepts = accepts;
    this.fallback = fallback;
    this.meaning = meaning;
    this.least = least;
    this.most = most;
  }

  /** As it is typed: {@code --think-time}. */
  public String flag() {
    return "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What may follow it; empty for a switch. */
  public String accepts() {
    return accepts;
  }

  public String fallback() {
    return fallback;
  }

  public String meaning() {
    return meaning;
  }

  boolean isSwitch() {
    return accepts.isEmpty();
  }

  long least() {
    return least;
  }

  long most() {
    return most;
  }

  static Option of(String flag) {
    return Arrays.stream(values())
        .filter(option -> option.flag().equals(flag))
        .findFirst()
        .orElseThrow(() -> new UsageException("There is no option " + flag));
  }
}
