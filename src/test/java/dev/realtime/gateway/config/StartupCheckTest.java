package dev.realtime.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

@ExtendWith(OutputCaptureExtension.class)
class StartupCheckTest {

  private static final String ACCESS_SECRET = "access-0123456789-0123456789-0123456789";

  private static final Map<String, String> SOUND =
      Map.of(
          "DATABASE_URL", "postgresql://app:password@localhost:5432/chat",
          "JWT_ACCESS_TOKEN_SECRET", ACCESS_SECRET,
          "JWT_REFRESH_TOKEN_SECRET", "refresh-0123456789-0123456789-0123456789");

  private static final String BEGINS = "A test begins.";

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(GatewayProperties.class)
  static class Settings {}

  // The logging system hands the format on through a system property, which outlives a context.
  @BeforeEach
  @AfterEach
  void forgetConsoleFormat() {
    System.clearProperty("CONSOLE_LOG_STRUCTURED_FORMAT");
  }

  /** What was logged before is written late, by a thread of its own. */
  @BeforeEach
  void writeWhatWasLoggedBefore(CapturedOutput output) {
    LoggerFactory.getLogger(StartupCheckTest.class).warn(BEGINS);
    written(() -> assertThat(output).contains(BEGINS));
  }

  /** What this test has written, as far as it is written yet. */
  private static String from(CapturedOutput output) {
    String all = output.getAll();
    return all.substring(all.indexOf('\n', all.indexOf(BEGINS)) + 1);
  }

  @Test
  void startsWithTheRequiredOnes(CapturedOutput output) {
    try (var context = start(SOUND)) {
      var properties = context.getBean(GatewayProperties.class);
      assertThat(properties.environment()).isEqualTo(GatewayProperties.Environment.PRODUCTION);
      assertThat(properties.redis().port()).isEqualTo(6379);
    }
    written(() ->
        assertThat(from(output))
            .contains(
                "Not configured: MANAGEMENT_PORT", "REDIS_PASSWORD (the gateway sends Redis no")
            .doesNotContain("ignored"));
  }

  @Test
  void namesIgnoredParametersOfTheDatabase(CapturedOutput output) {
    start(with("DATABASE_URL", "postgresql://a:b@h/n?schema=s&connection_limit=3")).close();

    written(() ->
        assertThat(from(output)).contains("DATABASE_URL that are ignored: connection_limit."));
  }

  @Test
  void logsJsonInProduction(CapturedOutput output) {
    start(SOUND).close();
    written(() ->
        assertThat(from(output))
            .contains("\"service\":{\"name\":\"realtime-gateway\"")
            .doesNotContain("INFO "));
  }

  @Test
  void logsTextInDevelopment(CapturedOutput output) {
    start(with("NODE_ENV", "Development")).close();
    written(() -> assertThat(from(output)).contains(" INFO ").doesNotContain("\"service\""));
  }

  @Test
  void readsChoicesInAnyCase() {
    try (var context = start(with("NODE_ENV", "DEVELOPMENT"))) {
      assertThat(context.getBean(GatewayProperties.class).environment())
          .isEqualTo(GatewayProperties.Environment.DEVELOPMENT);
    }
  }

  @Test
  void permitsWhatIsOptionalToBeEmpty() {
    Map<String, String> variables = new HashMap<>(SOUND);
    variables.put("MANAGEMENT_PORT", "");
    variables.put("REDIS_PASSWORD", "");
    variables.put("JWT_REFRESH_TOKEN_SECRET", "");
    variables.put("ALLOWED_ORIGINS", "");
    try (var context = start(variables)) {
      assertThat(context.getBean(GatewayProperties.class).allowedOrigins()).isEmpty();
    }
  }

  @Test
  void tellsEverythingAtOnce(CapturedOutput output) {
    assertThatThrownBy(() -> start(Map.of("PORT", "http")))
        .isInstanceOf(ConfigurationException.class);

    written(() ->
        assertThat(from(output))
            .contains(
                "APPLICATION FAILED TO START",
                "  - DATABASE_URL is not set.",
                "  - JWT_ACCESS_TOKEN_SECRET is not set.",
                "  - PORT is 'http', which is not a whole number from 0 to 65535.",
                "  - DATABASE_URL: postgresql://user:password@host:5432/name",
                "  - JWT_ACCESS_TOKEN_SECRET: at least 32 random bytes",
                ".env")
            .doesNotContain("\tat ", "\"service\""));
  }

  @Test
  void refusesEqualSecrets() {
    assertRefused(
        with("JWT_REFRESH_TOKEN_SECRET", ACCESS_SECRET),
        "JWT_REFRESH_TOKEN_SECRET is the same as JWT_ACCESS_TOKEN_SECRET");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DATABASE_URL | '' | DATABASE_URL is not set.",
        "DATABASE_URL | mysql://u:p@h/n | DATABASE_URL cannot be read: it does not begin with",
        "JWT_ACCESS_TOKEN_SECRET | '' | JWT_ACCESS_TOKEN_SECRET is not set.",
        "JWT_ACCESS_TOKEN_SECRET | short | JWT_ACCESS_TOKEN_SECRET has 5 bytes; HS256 needs at",
        "JWT_REFRESH_TOKEN_SECRET | 0123456789012345678901234567890 | has 31 bytes",
        "NODE_ENV | staging | NODE_ENV is 'staging', which is not production or development.",
        "PORT | '' | PORT is not set.",
        "PORT | 70000 | PORT is '70000', which is not a whole number from 0 to 65535.",
        "MANAGEMENT_PORT | x | MANAGEMENT_PORT is 'x', which is not a whole number",
        "BIND_ADDRESS | nowhere.example | BIND_ADDRESS is 'nowhere.example', which is not an IP",
        "ALLOWED_ORIGINS | https://a.example,b | ALLOWED_ORIGINS holds 'b', which is not scheme",
        "ALLOWED_ORIGINS | https://a.example/ | ALLOWED_ORIGINS holds 'https://a.example/'",
        "ALLOWED_ORIGINS | * | ALLOWED_ORIGINS holds '*'",
        "RATE_LIMITS_ENABLED | maybe | RATE_LIMITS_ENABLED is 'maybe', which is not true or false.",
        "TOKEN_IN_QUERY | 2 | TOKEN_IN_QUERY is '2', which is not true or false.",
        "REDIS_TLS | '' | REDIS_TLS is not set.",
        "REDIS_HOST | '' | REDIS_HOST is not set.",
        "REDIS_PORT | 0 | REDIS_PORT is '0', which is not a whole number from 1 to 65535.",
        "CHAT_CREATE | some | CHAT_CREATE is 'some', which is not anyone or off.",
        "DATABASE_POOL_SIZE | 0 | DATABASE_POOL_SIZE is '0', which is not a whole number from 1",
        "SESSION_AUTH_DEADLINE | 5 | SESSION_AUTH_DEADLINE is '5', which has no unit.",
        "SESSION_HEARTBEAT | soon | SESSION_HEARTBEAT is 'soon', which is not a time.",
        "SESSION_HEARTBEAT_GRACE | 0s | SESSION_HEARTBEAT_GRACE is '0s', which is out of range.",
        "SESSION_READ_PATIENCE | 30 | SESSION_READ_PATIENCE is '30', which has no unit.",
        "SESSION_DRAIN_WINDOW | 2h | SESSION_DRAIN_WINDOW is '2h', which is out of range.",
        "LIMIT_FRAME_BYTES | 64k | LIMIT_FRAME_BYTES is '64k', which is not a whole number",
        "LIMIT_OUTBOUND_FRAMES | 0 | which is not a whole number of at least 1",
        "LIMIT_OUTBOUND_BYTES | -1 | LIMIT_OUTBOUND_BYTES is '-1'",
        "LIMIT_ROOMS_PER_CONNECTION | 0 | LIMIT_ROOMS_PER_CONNECTION is '0'",
        "LIMIT_CONNECTIONS | many | LIMIT_CONNECTIONS is 'many', which is not a whole number",
        "LIMIT_CONNECTIONS_PER_USER | 99999999999 | LIMIT_CONNECTIONS_PER_USER is '99999999999'",
        "LIMIT_REPLAY | 0 | LIMIT_REPLAY is '0', which is not a whole number from 1 to 10000.",
        "WEBHOOK_URL | ftp://h/p | WEBHOOK_URL is not an http:// or https:// URL.",
        "WEBHOOK_URL | https://u:p@h/p | WEBHOOK_URL holds a user or password",
        "WEBHOOK_URL | https://h/p | WEBHOOK_SECRET is not set, but WEBHOOK_URL is.",
        "WEBHOOK_SECRET | short | WEBHOOK_SECRET does not begin with whsec_.",
        "WEBHOOK_SECRET | whsec_- | WEBHOOK_SECRET is not base64 after whsec_.",
        "WEBHOOK_SECRET | whsec_c2hvcnQ= | WEBHOOK_SECRET has a key of 5 bytes, not of 24 to 64.",
        "WEBHOOK_EVENTS | message.created | WEBHOOK_URL is not set, but WEBHOOK_EVENTS is.",
        "WEBHOOK_EVENTS | message.created,x | WEBHOOK_EVENTS names 'x', which is no type of event.",
        "WEBHOOK_TIMEOUT | 0s | WEBHOOK_TIMEOUT is '0s', which is out of range.",
        "WEBHOOK_GIVE_UP_AFTER | 31d | WEBHOOK_GIVE_UP_AFTER is '31d', which is out of range.",
        "WEBHOOK_UNDELIVERED_AFTER | 5 | WEBHOOK_UNDELIVERED_AFTER is '5', which has no unit.",
        "WEBHOOK_FIRST_RETRY | 1ms | WEBHOOK_FIRST_RETRY is '1ms', which is out of range.",
        "WEBHOOK_BATCH | 0 | WEBHOOK_BATCH is '0', which is not a whole number from 1 to 1000.",
        "WEBHOOK_CONCURRENCY | 1 | WEBHOOK_CONCURRENCY is '1', which is not a whole number from 2"
      })
  void refuses(String variable, String value, String message) {
    assertRefused(with(variable, value), message);
  }

  private static void assertRefused(Map<String, String> variables, String message) {
    var refusal = catchThrowableOfType(ConfigurationException.class, () -> start(variables));
    assertThat(refusal).isNotNull();
    FailureAnalysis analysis = new ConfigurationFailureAnalyzer().analyze(refusal, refusal);
    assertThat(analysis.getDescription()).contains(message);
    String variable = refusal.problems().getFirst().variable();
    assertThat(analysis.getAction()).contains("  - " + variable + ": ");
  }

  private static Map<String, String> with(String variable, String value) {
    Map<String, String> variables = new LinkedHashMap<>(SOUND);
    variables.put(variable, value);
    return variables;
  }

  private static ConfigurableApplicationContext start(Map<String, String> variables) {
    var application = new SpringApplication(Settings.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    application.setRegisterShutdownHook(false);
    application.setEnvironment(environmentOf(variables));
    return application.run();
  }

  // Above the real environment, which is the developer's own.
  private static StandardEnvironment environmentOf(Map<String, String> variables) {
    var environment = new StandardEnvironment();
    environment
        .getPropertySources()
        .addFirst(new MapPropertySource("variables", Map.copyOf(variables)));
    return environment;
  }

  /** A thread of its own writes what was logged. */
  private static void written(ThrowingRunnable expected) {
    await().atMost(Duration.ofSeconds(10)).untilAsserted(expected);
  }
}
