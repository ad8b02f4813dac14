package dev.realtime.gateway.support;

import dev.realtime.gateway.store.Database;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/** A gateway's database seen from beside the gateway, to hold it up or break it. */
public final class TestDatabase {

  private static final LoopResources LOOPS = LoopResources.create("test-database", 1, true);

  private final String url;

  /** Stays open, since some tests ask thousands of questions. */
  private @Nullable Connection questions;

  private TestDatabase(String url) {
    this.url = url;
  }

  /** One with the schema and no data. */
  public static TestDatabase fresh() {
    return new TestDatabase(Backends.freshDatabase());
  }

  /** One without the schema. */
  public static TestDatabase empty() {
    return new TestDatabase(Backends.emptyDatabase());
  }

  /** A copy of this one, to which nobody is connected, on the same server; but for its epoch. */
  String copy(String other) {
    runIn("postgres", "create database " + other + " template " + name());
    runIn(other, "update epoch set id = gen_random_uuid()");
    return URI.create(url).resolve("/" + other).toString();
  }

  /** One that exists, by its {@code DATABASE_URL}. */
  public static TestDatabase of(String url) {
    return new TestDatabase(url);
  }

  /** The {@code DATABASE_URL} of the gateway. */
  public String url() {
    return url;
  }

  /** The gateway's own way to it, with two connections that end with the JVM. */
  public Database open() {
    return new Database(
        ConnectionFactoryOptions.parse(url.replace("postgresql:", "r2dbc:postgresql:")),
        LOOPS,
        2,
        new SimpleMeterRegistry());
  }

  /** Runs statements, each on its own, on a connection of this database's server. */
  public void run(String... statements) {
    runIn(name(), statements);
  }

  private void runIn(String database, String... statements) {
    try (Connection connection = open(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** How many rows a table has; a condition may follow its name. */
  public long count(String table) {
    return number("select count(*) from " + table);
  }

  /** The one number a query gives. */
  public synchronized long number(String query) {
    try (Statement statement = questions().createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private Connection questions() throws SQLException {
    Connection open = questions;
    if (open == null || !open.isValid(1)) {
      open = open(name());
      questions = open;
    }
    return open;
  }

  /** Cuts every connection and admits no new one, until {@link #admit}. */
  public void shut() {
    runIn(
        "postgres",
        "alter database " + name() + " allow_connections false",
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + name() + "'");
  }

  /** Ends {@link #shut}. */
  public void admit() {
    runIn("postgres", "alter database " + name() + " allow_connections true");
  }

  /** Holds the row of a chat: what changes the chat waits until the lock is closed. */
  public Lock lockChat(String chatId) {
    return lock("chats where id = '" + chatId.replace("'", "''") + "'");
  }

  /** Holds rows of a table; a condition may follow its name. */
  public Lock lock(String table) {
    return hold("select 1 from " + table + " for update");
  }

  /** Runs a statement in a transaction that stays open until the lock is closed. */
  public Lock hold(String statement) {
    try {
      Connection connection = open(name());
      connection.setAutoCommit(false);
      try (Statement lock = connection.createStatement()) {
        lock.execute(statement);
      }
      return new Lock(connection);
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** Stops all processes of the server, which then answer nothing and keep what they hold. */
  public Stopped stopServer() {
    try (Connection connection = open("postgres");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select pg_backend_pid()")) {
      rows.next();
      ProcessHandle server =
          ProcessHandle.of(rows.getLong(1)).flatMap(ProcessHandle::parent).orElseThrow();
      return new Stopped(server);
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** Sessions of the gateways in which a transaction waits for longer than a time. */
  public long idleInTransaction(Duration longer) {
    return count(
        "pg_stat_activity where datname = current_database()"
            + " and application_name = 'realtime-gateway' and state like 'idle in transaction%'"
            + " and clock_timestamp() - state_change > interval '"
            + longer.toMillis()
            + " ms'");
  }

  private String name() {
    return URI.create(url).getPath().substring(1);
  }

  private Connection open(String database) throws SQLException {
    URI uri = URI.create(url);
    List<String> user = List.of(uri.getUserInfo().split(":", 2));
    return DriverManager.getConnection(
        "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + "/" + database,
        user.getFirst(),
        user.getLast());
  }

  /** A server that is stopped. */
  public static final class Stopped implements AutoCloseable {

    private final ProcessHandle server;

    private Stopped(ProcessHandle server) {
      this.server = server;
      Signals.stop(Stream.concat(Stream.of(server), server.descendants()));
    }

    /** Lets it go on. */
    @Override
    public void close() {
      Signals.goOn(Stream.concat(server.descendants(), Stream.of(server)));
    }
  }

  /** A row that is held. */
  public static final class Lock implements AutoCloseable {

    private final Connection connection;

    private Lock(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void close() {
      release();
    }

    /** Lets go. A second call does nothing. */
    public void release() {
      try (connection) {
        if (!connection.isClosed()) {
          connection.rollback();
        }
      } catch (SQLException failed) {
        throw new IllegalStateException(failed);
      }
    }
  }
}
