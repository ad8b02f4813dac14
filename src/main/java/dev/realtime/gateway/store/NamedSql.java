package dev.realtime.gateway.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement whose parameters have names, as PostgreSQL takes it: {@code :chatId} becomes {@code
 * $1} at every place where it stands. Casts ({@code ::text}), quoted text and comments stay as they
 * are.
 *
 * @param text with {@code $1}, {@code $2} …
 * @param names of the parameters, in the order of their numbers
 */
record NamedSql(String text, List<String> names) {

  /** The statements of the code are constants, so there are as many entries as statements. */
  private static final Map<String, NamedSql> KNOWN = new ConcurrentHashMap<>();

  private static final Pattern TOKEN =
      Pattern.compile("'(?:[^']|'')*'|\"[^\"]*\"|--[^\\n]*|::|:(?<name>[A-Za-z]\\w*)");

  static NamedSql of(String sql) {
    NamedSql known = KNOWN.get(sql);
    return known == null ? KNOWN.computeIfAbsent(sql, NamedSql::parse) : known;
  }

  private static NamedSql parse(String sql) {
    List<String> names = new ArrayList<>();
    Matcher token = TOKEN.matcher(sql);
    String text =
        token.replaceAll(found -> {
          String name = found.group(1);
          return Matcher.quoteReplacement(name == null ? found.group() : "$" + number(names, name));
        });
    return new NamedSql(text, List.copyOf(names));
  }

  private static int number(List<String> names, String name) {
    if (!names.contains(name)) {
      names.add(name);
    }
    return names.indexOf(name) + 1;
  }

  /**
   * Where a parameter stands among the others, from 0.
   *
   * @throws IllegalArgumentException if the statement has no such parameter
   */
  int indexOf(String name) {
    int index = names.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException("No parameter :" + name + " in: " + text);
    }
    return index;
  }
}
