package dev.realtime.gateway.config;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parts of {@code DATABASE_URL}: {@code postgresql://user:password@host:port/name}, with a
 * schema and an SSL mode in its query, as Prisma writes it.
 *
 * @param password empty if the URL has none
 * @param sslMode in libpq's terms; {@code prefer} if the URL names none
 * @param schema null for the server's own search path
 * @param ignored names of query parameters that the gateway ignores
 */
record DatabaseUrl(
    String host,
    int port,
    String user,
    String password,
    String database,
    String sslMode,
    @Nullable String schema,
    List<String> ignored) {

  /** The expected form, for messages. */
  static final String FORM = "postgresql://user:password@host:5432/name";

  private static final int DEFAULT_PORT = 5432;
  private static final Set<String> SSL_MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

  DatabaseUrl {
    ignored = List.copyOf(ignored);
  }

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException saying what is wrong without quoting the URL, which holds the
   *     password
   */
  static DatabaseUrl parse(String url) {
    String rest = withoutScheme(url.strip());
    int question = rest.indexOf('?');
    String address = question < 0 ? rest : rest.substring(0, question);
    Query query = Query.parse(question < 0 ? "" : rest.substring(question + 1));
    int at = address.lastIndexOf('@');
    require(at > 0, "it names no user");
    String credentials = address.substring(0, at);
    String place = address.substring(at + 1);
    int slash = place.indexOf('/');
    require(slash >= 0 && slash < place.length() - 1, "it names no database");
    int colon = credentials.indexOf(':');
    String user = decode(colon < 0 ? credentials : credentials.substring(0, colon));
    require(!user.isEmpty(), "it names no user");
    String hostAndPort = place.substring(0, slash);
    return new DatabaseUrl(
        hostOf(hostAndPort),
        portOf(hostAndPort),
        user,
        colon < 0 ? "" : decode(credentials.substring(colon + 1)),
        decode(place.substring(slash + 1)),
        query.sslMode,
        query.schema,
        query.ignored);
  }

  /** The JDBC URL of this database, without user and password. */
  String jdbcUrl() {
    String url =
        "jdbc:postgresql://%s:%d/%s?sslmode=%s"
            .formatted(
                host.contains(":") ? "[" + host + "]" : host, port, encode(database), sslMode);
    return schema == null ? url : url + "&currentSchema=" + encode(schema);
  }

  @Override
  public String toString() {
    return "%s@%s:%d/%s".formatted(user, host, port, database);
  }

  private static String withoutScheme(String url) {
    for (String scheme : List.of("postgresql://", "postgres://")) {
      if (url.startsWith(scheme)) {
        return url.substring(scheme.length());
      }
    }
    throw new IllegalArgumentException("it does not begin with postgresql://");
  }

  private static int portColon(String hostAndPort) {
    int colon = hostAndPort.lastIndexOf(':');
    return colon > hostAndPort.lastIndexOf(']') ? colon : -1;
  }

  private static String hostOf(String hostAndPort) {
    int colon = portColon(hostAndPort);
    String host = colon < 0 ? hostAndPort : hostAndPort.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    require(!host.isBlank(), "it names no host");
    require(host.indexOf('@') < 0 && host.indexOf(',') < 0, "it must name one host");
    return host;
  }

  private static int portOf(String hostAndPort) {
    int colon = portColon(hostAndPort);
    if (colon < 0) {
      return DEFAULT_PORT;
    }
    String digits = hostAndPort.substring(colon + 1);
    require(digits.matches("[0-9]{1,5}"), "its port is not a number");
    int port = Integer.parseInt(digits);
    require(port >= 1 && port <= 65535, "its port is not between 1 and 65535");
    return port;
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  private static String decode(String text) {
    try {
      // Form decoding would turn a plus sign in a password into a space.
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException(
          "a % in it is not followed by two hexadecimal digits (write % itself as %25)", malformed);
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private record Query(String sslMode, @Nullable String schema, List<String> ignored) {

    static Query parse(String text) {
      String sslMode = "prefer";
      String schema = null;
      List<String> ignored = new ArrayList<>();
      for (String pair : text.split("&", -1)) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
        switch (name) {
          case "sslmode" -> sslMode = sslModeOf(value);
          case "schema" -> schema = value.isEmpty() ? null : value;
          case "" -> {}
          default -> ignored.add(name);
        }
      }
      return new Query(sslMode, schema, ignored);
    }

    private static String sslModeOf(String value) {
      String mode = value.toLowerCase(Locale.ROOT);
      require(
          SSL_MODES.contains(mode),
          "its sslmode is none of disable, allow, prefer, require, verify-ca, verify-full");
      return mode;
    }
  }
}
