package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.realtime.gateway.support.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.netty.resources.LoopResources;

@Timeout(60)
class QueryIT {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final LoopResources loops = LoopResources.create("query-it", 1, true);
  private final Database database =
      new Database(
          ConnectionFactoryOptions.parse(
              TestDatabase.fresh().url().replace("postgresql:", "r2dbc:postgresql:")),
          loops,
          2,
          new SimpleMeterRegistry());

  private record Word(String text, int length) {}

  @AfterEach
  void close() {
    database.close();
    loops.dispose();
  }

  private Query numbers(long from) {
    return database
        .sql("select n from generate_series(:from, 5) n limit :limit")
        .bind("from", from);
  }

  @Test
  void bindsColumnsWithNullsAndAnswersInTheOrderAsked() {
    List<String> words = List.of("three", "", "a");

    List<Long> lengths =
        database
            .sql(
                """
                select w.ord, coalesce(length(w.word), -1) as length
                from unnest(:words::text[]) with ordinality as w (word, ord) order by w.ord desc
                """)
            .bindColumn("words", words, String.class, word -> word.isEmpty() ? null : word)
            .map(row -> row.number("length"))
            .inOrder(3)
            .block(LIMIT);

    assertThat(lengths).containsExactly(5L, -1L, 1L);
  }

  @Test
  void failsWhereAQuestionHasNoAnswer() {
    var answers = database.sql("select 2 as ord").map(row -> row.number("ord")).inOrder(2);

    assertThatIllegalStateException().isThrownBy(() -> answers.block(LIMIT));
  }

  @Test
  void readsPages() {
    assertThat(numbers(3).page(2, row -> row.number("n")).block(LIMIT))
        .isEqualTo(new Page<>(List.of(3L, 4L), true));
    assertThat(numbers(4).page(2, row -> row.number("n")).block(LIMIT))
        .isEqualTo(new Page<>(List.of(4L, 5L), false));
  }

  @Test
  void readsRowsByTypedColumns() {
    UUID id = UUID.randomUUID();
    Map<UUID, Word> words =
        database
            .sql("select :id as id, :word::jsonb as word, null::jsonb as none, :none::text as text")
            .bind("id", id)
            .bind("word", StoredJson.write(new Word("hello", 5)))
            .bind("none", null, String.class)
            .<UUID, Word>toMap(
                row -> row.id("id"),
                row -> {
                  assertThat(row.optionalText("text")).isNull();
                  assertThat(row.optionalJson("none", Word.class)).isNull();
                  return Objects.requireNonNull(row.optionalJson("word", Word.class));
                })
            .block(LIMIT);

    assertThat(words).containsExactly(Map.entry(id, new Word("hello", 5)));
  }

  @Test
  void readsTimesToTheMicrosecond() {
    Instant at =
        database
            .sql("select :at::timestamptz as at")
            .bind("at", Instant.parse("2026-01-02T03:04:05.123456Z"))
            .map(row -> row.instant("at"))
            .one()
            .block(LIMIT);

    assertThat(at).isEqualTo("2026-01-02T03:04:05.123456Z");
  }

  @Test
  void refusesWhatIsMissing() {
    assertThatIllegalStateException()
        .isThrownBy(() -> database.sql("select :a").then().block(LIMIT))
        .withMessageContaining(":a");
    assertThatIllegalStateException()
        .isThrownBy(() ->
            database.sql("select null::text as a").map(row -> row.text("a")).one().block(LIMIT))
        .withMessageContaining("column a");
  }
}
