package dev.realtime.gateway.faults.site;

import dev.realtime.gateway.dev.DevelopmentPostgres;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.support.Signals;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.resource.ClientResources;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL and a Redis of this run alone, and what an operator could do to them. */
public final class Servers implements AutoCloseable {

  public static final String DATABASE = "faults";

  private static final String OF_THE_GATEWAYS =
      "pg_stat_activity where datname = '" + DATABASE + "' and pid <> pg_backend_pid()";

  private static final String POSTMASTER =
      "select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::bigint";

  private final DevelopmentPostgres postgres = DevelopmentPostgres.startTemporary();
  private final DevelopmentRedis redis = DevelopmentRedis.startTemporary();

  /** Of all clients of Redis: ending threads with each would block one of them now and then. */
  private final ClientResources resources = ClientResources.create();

  private @Nullable ProcessHandle stopped;

  public Servers() {
    postgres.createDatabase(DATABASE);
  }

  public int postgresPort() {
    return postgres.port();
  }

  public int redisPort() {
    return redis.port();
  }

  public void killPostgres() {
    postgres.kill();
  }

  public void restartPostgres() {
    postgres.restart();
  }

  /** Stops all processes of PostgreSQL, which then answer nothing and keep what they hold. */
  public void stopPostgres() {
    // Not by the parent of a backend, which may have ended when its process is looked up.
    ProcessHandle server = ProcessHandle.of(number(POSTMASTER)).orElseThrow();
    stopped = server;
    Signals.stop(Stream.concat(Stream.of(server), server.descendants()));
  }

  public void resumePostgres() {
    ProcessHandle server = stopped;
    stopped = null;
    if (server != null) {
      Signals.goOn(Stream.concat(server.descendants(), Stream.of(server)));
    }
  }

  public void terminateConnections() {
    number("select count(pg_terminate_backend(pid)) from " + OF_THE_GATEWAYS);
  }

  public void killRedis() {
    redis.kill();
  }

  public void restartRedis() {
    redis.restart();
  }

  /** Holds up every command for a while. */
  public void pauseRedis(Duration lasts) {
    ask(connection ->
        connection
            .sync()
            .dispatch(
                CommandType.CLIENT,
                new StatusOutput<>(StringCodec.UTF8),
                new CommandArgs<>(StringCodec.UTF8).add("PAUSE").add(lasts.toMillis()).add("ALL")));
  }

  public List<String> channels() {
    return ask(connection -> connection.sync().pubsubChannels("room:*"));
  }

  /** All keys that fit one of these. */
  public List<String> keys(List<String> patterns) {
    return ask(connection ->
        patterns.stream().flatMap(pattern -> connection.sync().keys(pattern).stream()).toList());
  }

  /** A new connection each time, since the server may have been killed since the last. */
  private <T> T ask(Function<StatefulRedisConnection<String, String>, T> question) {
    RedisURI uri = RedisURI.create(redis.host(), redis.port());
    uri.setTimeout(Duration.ofSeconds(10));
    try (RedisClient client = RedisClient.create(resources, uri)) {
      return question.apply(client.connect());
    }
  }

  public long idleInTransaction() {
    return number(
        "select count(*) from " + OF_THE_GATEWAYS + " and state like 'idle in transaction%'");
  }

  /** How many rows wait for work that an instance does later. */
  public long waiting() {
    return number(
        """
        select (select count(*) from pending_mentions) + (select count(*) from webhook_events)
          + (select count(*) from stream_announcements where finished_at is null)\
        """);
  }

  public long number(String query) {
    return rows(query, row -> row.getLong(1)).getFirst();
  }

  /** Reads one row. */
  public interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** All rows of a query, read on a connection of its own. */
  public <T> List<T> rows(String query, Row<T> reader) {
    String url =
        "jdbc:postgresql://127.0.0.1:"
            + postgres.port()
            + "/"
            + DATABASE
            + "?connectTimeout=10&socketTimeout=60";
    try (Connection connection = DriverManager.getConnection(url, "postgres", "postgres");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      List<T> all = new ArrayList<>();
      while (row.next()) {
        all.add(reader.read(row));
      }
      return all;
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  @Override
  public void close() {
    resumePostgres();
    resources.shutdown().awaitUninterruptibly(5, TimeUnit.SECONDS);
    redis.close();
    postgres.close();
  }
}
