package dev.realtime.gateway.support;

import dev.realtime.gateway.dev.DevelopmentRedis;
import java.util.List;

/** Two instances on one database and one Redis: two nodes of one gateway. */
public record TwoNodes(TestGateway first, TestGateway second) implements AutoCloseable {

  /** Starts them on a fresh database and the shared Redis. */
  public static TwoNodes start(String... settings) {
    return start(Backends.freshDatabase(), Backends.redis(), List.of(), settings);
  }

  /** Starts them with a bean that takes the place of one of the gateway's own. */
  public static TwoNodes with(Class<?> bean, String... settings) {
    return start(Backends.freshDatabase(), Backends.redis(), List.of(bean), settings);
  }

  /** Starts them on certain servers, with more beans. */
  public static TwoNodes start(
      String databaseUrl, DevelopmentRedis redis, List<Class<?>> beans, String... settings) {
    return new TwoNodes(
        TestGateway.start(databaseUrl, redis, beans, settings),
        TestGateway.start(databaseUrl, redis, beans, settings));
  }

  /** What a test plays on these nodes. */
  public Scene scene() {
    return new Scene(first, second);
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
