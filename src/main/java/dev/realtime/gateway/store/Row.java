package dev.realtime.gateway.store;

import io.r2dbc.postgresql.codec.Json;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A row of what a query finds, column by column. A column that may be null is read by a method
 * whose name begins with {@code optional}; the others fail with an {@code IllegalStateException}
 * where there is no value, for then the statement and its reader disagree.
 */
public final class Row {

  private final Readable columns;

  Row(Readable columns) {
    this.columns = columns;
  }

  public String text(String column) {
    return required(column, String.class);
  }

  public @Nullable String optionalText(String column) {
    return columns.get(column, String.class);
  }

  /**
   * A column with the name of an enum's constant in lower case, such as {@code not_found}. An
   * unknown word fails: the database has a function of another release.
   */
  public <E extends Enum<E>> E word(String column, Class<E> words) {
    return constant(text(column), words);
  }

  static <E extends Enum<E>> E constant(String word, Class<E> words) {
    try {
      return Enum.valueOf(words, word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException unknown) {
      throw new IllegalStateException(
          "The database has a word that " + words.getName() + " lacks: " + word, unknown);
    }
  }

  /** An array of text; no array is an empty one, and none of its members is null. */
  public List<String> texts(String column) {
    String[] texts = columns.get(column, String[].class);
    return texts == null ? List.of() : List.of(texts);
  }

  public long number(String column) {
    return required(column, Long.class);
  }

  public @Nullable Long optionalNumber(String column) {
    return columns.get(column, Long.class);
  }

  /** Fails with an {@code ArithmeticException} where the number is no {@code int}. */
  public int integer(String column) {
    return Math.toIntExact(number(column));
  }

  public boolean flag(String column) {
    return required(column, Boolean.class);
  }

  public UUID id(String column) {
    return required(column, UUID.class);
  }

  public @Nullable UUID optionalId(String column) {
    return columns.get(column, UUID.class);
  }

  public Instant instant(String column) {
    return required(column, Instant.class);
  }

  public @Nullable Instant optionalInstant(String column) {
    return columns.get(column, Instant.class);
  }

  /** A JSON column as a type; see {@link StoredJson}. */
  public <T> T json(String column, Class<T> type) {
    return StoredJson.read(required(column, Json.class).asString(), type);
  }

  /** A JSON column as a type, or no value. */
  public <T> @Nullable T optionalJson(String column, Class<T> type) {
    Json json = columns.get(column, Json.class);
    return json == null ? null : StoredJson.read(json.asString(), type);
  }

  /** The bytes of a JSON column, in UTF-8; a column of type {@code json} keeps what was stored. */
  public byte[] jsonBytes(String column) {
    return required(column, Json.class).asArray();
  }

  /** The bytes of a JSON column, in UTF-8, or no value. */
  public byte @Nullable [] optionalJsonBytes(String column) {
    Json json = columns.get(column, Json.class);
    return json == null ? null : json.asArray();
  }

  /** A JSON column of any shape. */
  public JsonNode tree(String column) {
    return StoredJson.tree(required(column, Json.class).asString());
  }

  /** A JSON column of any shape, or no value. */
  public @Nullable JsonNode optionalTree(String column) {
    Json json = columns.get(column, Json.class);
    return json == null ? null : StoredJson.tree(json.asString());
  }

  /** A column of a type that has no method of its own here. */
  public <T> T required(String column, Class<T> type) {
    T value = columns.get(column, type);
    if (value == null) {
      throw new IllegalStateException("The column " + column + " is null");
    }
    return value;
  }
}
