package dev.realtime.gateway.live;

import dev.realtime.gateway.config.GatewayProperties;
import java.text.Normalizer;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The words that nobody may use in a stream. A term is one word or several; it matches as a whole
 * word, whatever its case and however its letters are encoded (NFKC). A star at its beginning or
 * end lets it also begin or end inside a word.
 */
@Component
final class BlockedTerms {

  private static final String NO_WORD_BEFORE = "(?<![\\p{L}\\p{N}])";
  private static final String NO_WORD_AFTER = "(?![\\p{L}\\p{N}])";

  private final @Nullable Pattern any;

  BlockedTerms(GatewayProperties properties) {
    List<String> terms = properties.live().blockedTerms();
    String choice =
        terms.stream()
            .flatMap(term -> Stream.ofNullable(pattern(term)))
            .collect(Collectors.joining("|"));
    this.any =
        choice.isEmpty()
            ? null
            : Pattern.compile(choice, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  }

  private static @Nullable String pattern(String term) {
    boolean openBefore = term.startsWith("*");
    boolean openAfter = term.length() > 1 && term.endsWith("*");
    String word = term.substring(openBefore ? 1 : 0, term.length() - (openAfter ? 1 : 0)).strip();
    return word.isEmpty()
        ? null
        : (openBefore ? "" : NO_WORD_BEFORE)
            + Pattern.quote(normal(word))
            + (openAfter ? "" : NO_WORD_AFTER);
  }

  private static String normal(String text) {
    return Objects.requireNonNull(Normalizer.normalize(text, Normalizer.Form.NFKC));
  }

  /** Returns whether a text contains a blocked term. */
  boolean isIn(String text) {
    return any != null && any.matcher(normal(text)).find();
  }
}
