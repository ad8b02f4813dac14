package dev.realtime.gateway.store;

import io.r2dbc.spi.Parameters;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A statement of {@link Database}; each subscription to what it gives asks once. */
public final class Query {

  private final Database database;
  private final String sql;
  private final Map<String, Object> bound;

  Query(Database database, String sql) {
    this(database, sql, Map.of());
  }

  private Query(Database database, String sql, Map<String, Object> bound) {
    this.database = database;
    this.sql = sql;
    this.bound = bound;
  }

  /**
   * The same with a value.
   *
   * @param name {@code $1}, {@code $2} …
   */
  public Query bind(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(bound);
    more.put(name, value);
    return new Query(database, sql, more);
  }

  /** The same with a value that may be missing; its type is told to the database all the same. */
  public <T> Query bind(String name, @Nullable T value, Class<T> type) {
    return bind(name, value == null ? Parameters.in(type) : value);
  }

  /** Reads rows; the function is called on the connection's thread and must not wait. */
  public <T> Rows<T> map(Function<? super Readable, T> row) {
    return new Rows<>(row);
  }

  /** Completes once it is done. */
  public Mono<Void> then() {
    return rowsUpdated().then();
  }

  /** How many rows it changed. */
  public Mono<Long> rowsUpdated() {
    return database.ask(
        sql,
        connection -> results(connection).concatMap(Result::getRowsUpdated).reduce(0L, Long::sum));
  }

  private Flux<Result> results(StoreConnection connection) {
    return Flux.defer(() -> {
      Statement statement = connection.driver().createStatement(sql);
      bound.forEach(statement::bind);
      return Flux.from(statement.execute());
    });
  }

  /** What a query finds. */
  public final class Rows<T> {

    private final Function<? super Readable, T> row;

    private Rows(Function<? super Readable, T> row) {
      this.row = row;
    }

    /** The rows, in memory: a query has a limit of its own. */
    public Flux<T> all() {
      return list().flatMapIterable(Function.identity());
    }

    /** The only row; empty for none. Fails where there are more. */
    public Mono<T> one() {
      return list().flatMap(rows -> rows.isEmpty() ? Mono.empty() : Mono.just(only(rows)));
    }

    private T only(List<T> rows) {
      if (rows.size() > 1) {
        throw new IllegalStateException(rows.size() + " rows where there is one at most: " + sql);
      }
      return rows.getFirst();
    }

    private Mono<List<T>> list() {
      return database.ask(
          sql,
          connection ->
              results(connection)
                  .concatMap(result -> result.map((Readable found) -> row.apply(found)))
                  .collectList());
    }
  }
}
