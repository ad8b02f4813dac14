package dev.realtime.gateway.store;

import dev.realtime.gateway.store.Database.Purpose;
import io.r2dbc.postgresql.codec.Json;
import io.r2dbc.spi.Parameters;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import java.lang.reflect.Array;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A statement of {@link Database}; each subscription to what it gives asks once. */
public final class Query {

  private static final String LIMIT = "limit";

  private final Database database;
  private final NamedSql sql;
  private final @Nullable Object[] bound;

  Query(Database database, String sql) {
    this.database = database;
    this.sql = NamedSql.of(sql);
    this.bound = new Object[this.sql.names().size()];
  }

  private Query(Query other, int index, Object value) {
    database = other.database;
    sql = other.sql;
    bound = other.bound.clone();
    bound[index] = value;
  }

  /**
   * Gives a parameter its value.
   *
   * @param name as in the statement, without the colon
   */
  public Query bind(String name, Object value) {
    return new Query(this, sql.indexOf(name), value);
  }

  /** Gives a parameter a value that may be missing; the type tells the database what is null. */
  public <T> Query bind(String name, @Nullable T value, Class<T> type) {
    return bind(name, value == null ? Parameters.in(type) : value);
  }

  /** Gives a parameter JSON that may be missing; see {@link StoredJson}. */
  public Query bindJson(String name, @Nullable Object data) {
    return bind(name, data == null ? null : Json.of(StoredJson.write(data)), Json.class);
  }

  /** Gives a parameter an array of text. */
  public Query bindTexts(String name, Collection<String> values) {
    return bind(name, values.toArray(String[]::new));
  }

  /**
   * Gives a parameter an array with one value of each item: a column for {@code unnest}.
   *
   * @param value may give null
   */
  public <T, V> Query bindColumn(
      String name,
      Collection<T> items,
      Class<V> type,
      Function<? super T, ? extends @Nullable V> value) {
    Object[] column = (Object[]) Array.newInstance(type, items.size());
    int next = 0;
    for (T item : items) {
      column[next++] = value.apply(item);
    }
    return bind(name, column);
  }

  /** Reads rows; the function runs on the connection's thread and must not wait. */
  public <T> Rows<T> map(Function<? super Row, ? extends T> row) {
    return new Rows<>(row);
  }

  /**
   * Reads a page. The statement ends in {@code limit :limit}, which is bound here.
   *
   * @param limit of the page
   */
  public <T> Mono<Page<T>> page(int limit, Function<? super Row, ? extends T> row) {
    return bind(LIMIT, limit + 1).<T>map(row).list().map(found -> Page.of(found, limit));
  }

  /** Reads rows into a map; the last of those with one key remains. */
  public <K, V> Mono<Map<K, V>> toMap(
      Function<? super Row, ? extends K> key, Function<? super Row, ? extends V> value) {
    return this.<Map.Entry<K, V>>map(row -> Map.entry(key.apply(row), value.apply(row)))
        .all()
        .collectMap(Map.Entry::getKey, Map.Entry::getValue);
  }

  /** Completes once the statement has run. */
  public Mono<Void> then() {
    return rowsUpdated().then();
  }

  /** How many rows the statement changed. */
  public Mono<Long> rowsUpdated() {
    return database.ask(
        Purpose.CHANGES,
        sql.text(),
        connection -> results(connection).concatMap(Result::getRowsUpdated).reduce(0L, Long::sum));
  }

  private Flux<Result> results(StoreConnection connection) {
    return Flux.defer(() -> {
      Statement statement = connection.driver().createStatement(sql.text());
      for (int i = 0; i < bound.length; i++) {
        statement.bind(i, value(i));
      }
      return Flux.from(statement.execute());
    });
  }

  private Object value(int index) {
    Object value = bound[index];
    if (value == null) {
      throw new IllegalStateException(
          "The parameter :" + sql.names().get(index) + " has no value: " + sql.text());
    }
    return value;
  }

  /** What a query finds. */
  public final class Rows<T> {

    private final Function<? super Row, ? extends T> row;

    private Rows(Function<? super Row, ? extends T> row) {
      this.row = row;
    }

    /** The rows, in memory: a query has a limit of its own. */
    public Flux<T> all() {
      return list().flatMapIterable(Function.identity());
    }

    /** The rows, in memory, in one list. */
    public Mono<List<T>> list() {
      return rows(row);
    }

    /** The only row; empty for none. Fails where there are more. */
    public Mono<T> one() {
      return list().flatMap(rows -> rows.isEmpty() ? Mono.empty() : Mono.just(only(rows)));
    }

    private T only(List<T> rows) {
      if (rows.size() > 1) {
        throw new IllegalStateException(
            rows.size() + " rows where there is one at most: " + sql.text());
      }
      return rows.getFirst();
    }

    /**
     * The answers to several questions of one statement, in the order of the questions.
     *
     * @param size how many questions there were; each row tells in its column {@code ord} which one
     *     it answers, from 1 on. Fails where one has no answer
     */
    public Mono<List<T>> inOrder(int size) {
      return Query.this
          .<Integer, T>toMap(found -> found.integer("ord"), row)
          .map(answers ->
              IntStream.rangeClosed(1, size).mapToObj(ord -> answer(answers, ord)).toList());
    }

    private T answer(Map<Integer, T> answers, int ord) {
      return Optional.ofNullable(answers.get(ord))
          .orElseThrow(() -> new IllegalStateException("No answer " + ord + " of: " + sql.text()));
    }
  }

  private <T> Mono<List<T>> rows(Function<? super Row, ? extends T> row) {
    return database.ask(
        Purpose.READS,
        sql.text(),
        connection ->
            results(connection)
                .concatMap(result -> result.<T>map((Readable found) -> row.apply(new Row(found))))
                .collectList());
  }
}
