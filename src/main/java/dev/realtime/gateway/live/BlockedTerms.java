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
 * Words nobody may say in a stream. A term is a word or several: it is found where it stands by
 * itself, whatever its case and however its letters are encoded (NFKC); a star at its beginning or
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

  /** Whether a text holds any of them. */
  boolean isIn(String text) {
    return any != null && any.matcher(normal(text)).find();
  }
}
