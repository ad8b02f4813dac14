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
 * A real PostgreSQL from a jar, on 127.0.0.1, as durable as one in production.
 *
 * <p>A folder has at most one server. A process that starts while the server runs attaches to it,
 * even if the process that started it was killed. The owner stops the server when it ends, also if
 * other processes are attached; an attached process stops it only if the owner is dead.
 *
 * <p>Not thread-safe.
 */
public final class DevelopmentPostgres implements AutoCloseable {

  private static final String DATABASE = "gateway";
  private static final Duration START = Duration.ofSeconds(60);

  // The library logs every step of a start, and logs an error if a server that it stops is dead.
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
   * Starts the server of a folder, or attaches to the running one; the data stays.
   *
   * @param folder has the data and the unpacked binaries; created if missing
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

  /** Starts a temporary server on a free port; it ends with this JVM and leaves nothing behind. */
  public static DevelopmentPostgres startTemporary() {
    var postgres = new DevelopmentPostgres(Folders.temporary("gateway-postgres"), true, 0);
    // Spring's shutdown handlers run only if an application has run.
    Runtime.getRuntime().addShutdownHook(new Thread(postgres::close, "stop-postgres"));
    postgres.launch();
    postgres.owner.claim();
    postgres.ensureDatabase(DATABASE);
    return postgres;
  }

  /** The {@code DATABASE_URL} of the default database. */
  public String databaseUrl() {
    return urlOf(DATABASE);
  }

  public int port() {
    return port;
  }

  /**
   * Creates an empty database.
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

  /** Kills the server, as kill -9 does; acknowledged transactions survive. */
  public void kill() {
    runningProcess().ifPresent(Processes::kill);
    release();
  }

  /** Restarts a killed server on the same port with the same data. */
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

  /** Stops a server that this process started, and releases the library's lock on its data. */
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
              // The library switches durability off, but an acknowledged message must survive a
              // crash.
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

  /** Attaches to a server that runs on this data, or kills it if it does not answer. */
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
        // After a reboot another process may have the same id.
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
    // The server accepts any password: it trusts 127.0.0.1 and listens nowhere else.
    return "postgresql://postgres:postgres@127.0.0.1:" + port + "/" + database;
  }

  /** The file of a running server: its process id on line 1, its port on line 4. */
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
