package dev.realtime.gateway.dev;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/**
 * A real PostgreSQL on 127.0.0.1, out of a jar, as durable as one in production.
 *
 * <p>In a kept folder there is at most one: whoever starts while it runs is attached to it, also
 * when the process that started it was killed. It is stopped by its owner; by an attached process
 * only once the owner is dead. An owner that ends takes the server with it, whoever is attached.
 *
 * <p>Not for several threads at once.
 */
public final class DevelopmentPostgres implements AutoCloseable {

  private static final String DATABASE = "gateway";
  private static final Duration START = Duration.ofSeconds(60);

  // The library tells every step of a start, and calls a killed server it cannot stop an error.
  private static final String LIBRARY = "io.zonky.test.db.postgres.embedded";

  static {
    LoggingSystem.get(DevelopmentPostgres.class.getClassLoader())
        .setLogLevel(LIBRARY, LogLevel.OFF);
  }

  private final Path folder;
  private final boolean temporary;
  private final ServerOwner owner;
  private int port;
  private @Nullable EmbeddedPostgres server;

  private DevelopmentPostgres(Path folder, boolean temporary, int port) {
    this.folder = folder;
    this.temporary = temporary;
    this.owner = new ServerOwner(folder.resolve("postgres.owner"));
    this.port = port;
  }

  /**
   * The server of a folder, started or found running; its data stays.
   *
   * @param folder holds the data and the unpacked binaries; made when missing
   */
  public static DevelopmentPostgres start(Path folder) {
    Path absolute = Folders.make(folder.toAbsolutePath());
    var postgres = new DevelopmentPostgres(absolute, false, 0);
    if (!postgres.attach()) {
      postgres.launch();
    }
    postgres.owner.claim();
    postgres.ensureDatabase(DATABASE);
    return postgres;
  }

  /** A server of its own on a free port, which ends with this JVM and leaves nothing behind. */
  public static DevelopmentPostgres startTemporary() {
    var postgres = new DevelopmentPostgres(Folders.temporary("gateway-postgres"), true, 0);
    // Not Spring's handlers: they are heard only where an application has run.
    Runtime.getRuntime().addShutdownHook(new Thread(postgres::close, "stop-postgres"));
    postgres.launch();
    postgres.owner.claim();
    postgres.ensureDatabase(DATABASE);
    return postgres;
  }

  /** The default database as {@code DATABASE_URL} names it. */
  public String databaseUrl() {
    return urlOf(DATABASE);
  }

  public int port() {
    return port;
  }

  /**
   * Makes an empty database.
   *
   * @param name lower-case letters, digits and underscores
   * @return its {@code DATABASE_URL}
   */
  public String createDatabase(String name) {
    if (!name.matches("[a-z][a-z0-9_]{0,62}")) {
      throw new IllegalArgumentException("Not a plain name for a database: " + name);
    }
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("create database " + name);
      return urlOf(name);
    } catch (SQLException failed) {
      throw new IllegalStateException("Cannot create database " + name, failed);
    }
  }

  /** Ends the server at once, as kill -9 does; acknowledged transactions survive it. */
  public void kill() {
    runningProcess().ifPresent(Processes::kill);
    release();
  }

  /** Starts a killed server again: same port, same data. */
  public void restart() {
    if (server != null || runningProcess().isPresent()) {
      throw new IllegalStateException("PostgreSQL is running; kill it first.");
    }
    launch();
  }

  @Override
  public void close() {
    if (owner.isOursToStop()) {
      stop();
    }
    if (temporary) {
      Folders.delete(folder);
    }
  }

  private void stop() {
    if (server == null) {
      runningProcess().ifPresent(Processes::interrupt);
    } else {
      release();
    }
  }

  /** Stops a server that this process started, and lets go of the library's lock on its data. */
  private void release() {
    EmbeddedPostgres started = server;
    server = null;
    if (started != null) {
      try {
        started.close();
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }
  }

  private void launch() {
    try {
      EmbeddedPostgres.Builder builder =
          EmbeddedPostgres.builder()
              .setDataDirectory(data())
              .setCleanDataDirectory(false)
              .setRegisterShutdownHook(false)
              .setPGStartupWait(START)
              .setServerConfig("listen_addresses", "127.0.0.1")
              // The library switches durability off; an acknowledged message must be kept.
              .setServerConfig("fsync", "on")
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("full_page_writes", "on");
      if (!temporary) {
        builder.setOverrideWorkingDirectory(folder.resolve("bin").toFile());
      }
      if (port != 0) {
        builder.setPort(port);
      }
      server = builder.start();
      port = server.getPort();
    } catch (IOException failed) {
      throw new UncheckedIOException("PostgreSQL does not start in " + folder, failed);
    }
  }

  /** Takes over a server that runs on this data, or ends it when it does not answer. */
  private boolean attach() {
    Optional<ProcessHandle> process = runningProcess();
    if (process.isEmpty()) {
      return false;
    }
    port = postmaster().map(Postmaster::port).orElseThrow();
    if (answers()) {
      return true;
    }
    Processes.kill(process.get());
    port = 0;
    return false;
  }

  private boolean answers() {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("show data_directory")) {
      return row.next() && Files.isSameFile(Path.of(row.getString(1)), data());
    } catch (SQLException | IOException silent) {
      return false;
    }
  }

  private Optional<ProcessHandle> runningProcess() {
    return postmaster()
        .flatMap(postmaster -> ProcessHandle.of(postmaster.pid()))
        .filter(ProcessHandle::isAlive)
        // After a reboot the same number may belong to anything.
        .filter(process -> process.info().command().orElse("postgres").contains("postgres"));
  }

  private Optional<Postmaster> postmaster() {
    return Postmaster.read(data().resolve("postmaster.pid"));
  }

  private Path data() {
    return folder.resolve("postgres");
  }

  private void ensureDatabase(String name) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery("select from pg_database where datname = '" + name + "'")) {
      if (found.next()) {
        return;
      }
    } catch (SQLException failed) {
      throw new IllegalStateException("PostgreSQL does not answer", failed);
    }
    createDatabase(name);
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres?connectTimeout=5&socketTimeout=30",
        "postgres",
        "postgres");
  }

  private String urlOf(String database) {
    // Every password is right: the server trusts 127.0.0.1 and listens nowhere else.
    return "postgresql://postgres:postgres@127.0.0.1:" + port + "/" + database;
  }

  /** What a running server writes about itself: its process on line 1, its port on line 4. */
  private record Postmaster(long pid, int port) {

    static Optional<Postmaster> read(Path file) {
      try {
        List<String> lines = Files.readAllLines(file);
        return Optional.of(
            new Postmaster(
                Long.parseLong(lines.get(0).strip()), Integer.parseInt(lines.get(3).strip())));
      } catch (IOException | RuntimeException absent) {
        return Optional.empty();
      }
    }
  }
}
