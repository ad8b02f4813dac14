package dev.realtime.gateway.support;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** A gateway's database seen from beside the gateway, to hold it up or break it. */
public final class TestDatabase {

  private final String url;

  private TestDatabase(String url) {
    this.url = url;
  }

  /** An empty one. */
  public static TestDatabase fresh() {
    return new TestDatabase(Backends.freshDatabase());
  }

  /** The {@code DATABASE_URL} of the gateway. */
  public String url() {
    return url;
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
  public long number(String query) {
    try (Connection connection = open(name());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
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
    try {
      Connection connection = open(name());
      connection.setAutoCommit(false);
      try (PreparedStatement lock =
          connection.prepareStatement("select 1 from chats where id = ? for update")) {
        lock.setString(1, chatId);
        lock.execute();
      }
      return new Lock(connection);
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
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
