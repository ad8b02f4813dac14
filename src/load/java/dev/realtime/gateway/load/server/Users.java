package dev.realtime.gateway.load.server;

import dev.realtime.gateway.load.setting.Settings;
import dev.realtime.gateway.load.setting.UsageException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The users of a run: one for each connection, or those of a token list in turn. */
public final class Users {

  private static final Pattern SUBJECT = Pattern.compile("\"sub\"\\s*:\\s*\"([^\"\\\\]+)\"");
  private static final Pattern DOT = Pattern.compile("\\.");

  private final IntFunction<String> ids;
  private final IntFunction<String> tokens;
  private final String serviceToken;

  private Users(IntFunction<String> ids, IntFunction<String> tokens, String serviceToken) {
    this.ids = ids;
    this.tokens = tokens;
    this.serviceToken = serviceToken;
  }

  /**
   * The users of a run: those of the given tokens, or new ones with tokens made for them.
   *
   * @param run begins the ids of users that are made for it
   */
  public static Users of(Settings.Access access, String run) {
    TokenMint mint = access.secret() == null ? null : new TokenMint(access.secret());
    String service = serviceToken(access, mint);
    if (!access.tokens().isEmpty()) {
      List<String> tokens = access.tokens();
      List<String> subjects = tokens.stream().map(Users::subject).toList();
      return new Users(
          i -> subjects.get(i % subjects.size()), i -> tokens.get(i % tokens.size()), service);
    }
    TokenMint own = Objects.requireNonNull(mint);
    return new Users(i -> run + "-u" + i, i -> own.mint(run + "-u" + i, null), service);
  }

  private static String serviceToken(Settings.Access access, @Nullable TokenMint mint) {
    String given = access.serviceToken();
    if (given != null) {
      return given;
    }
    return mint == null ? "" : mint.mint("load-test", "gateway:admin");
  }

  /** Whose token it is. */
  static String subject(String token) {
    List<String> parts = DOT.splitAsStream(token).toList();
    if (parts.size() == 3) {
      byte[] claims = Base64.getUrlDecoder().decode(parts.get(1));
      Matcher subject = SUBJECT.matcher(new String(claims, StandardCharsets.UTF_8));
      if (subject.find()) {
        return subject.group(1);
      }
    }
    throw new UsageException("A line of the token file is no access token");
  }

  public String id(int connection) {
    return ids.apply(connection);
  }

  public String token(int connection) {
    return tokens.apply(connection);
  }

  public String serviceToken() {
    return serviceToken;
  }
}
