package dev.realtime.gateway.support;

import dev.realtime.gateway.dev.DevelopmentRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A Redis seen from beside the gateway, to hold it up and to look into it. */
public final class RedisAdministration implements AutoCloseable {

  /** Which commands a stall holds up. */
  public enum Held {
    ALL,
    /** Publishing and scripts among them. */
    WRITE
  }

  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;

  /** Connects. */
  public RedisAdministration(DevelopmentRedis redis) {
    client = RedisClient.create(RedisURI.create(redis.host(), redis.port()));
    connection = client.connect();
  }

  /** Holds up commands for a while; they are carried out then. */
  public void stall(Duration duration, Held held) {
    dispatch(arguments("PAUSE").add(duration.toMillis()).add(held.name()));
  }

  /** Ends a stall. */
  public void goOn() {
    dispatch(arguments("UNPAUSE"));
  }

  private static CommandArgs<String, String> arguments(String subcommand) {
    return new CommandArgs<>(StringCodec.UTF8).add(subcommand);
  }

  private void dispatch(CommandArgs<String, String> arguments) {
    connection.sync().dispatch(CommandType.CLIENT, new StatusOutput<>(StringCodec.UTF8), arguments);
  }

  /** Makes it a replica of another Redis, which passes its messages on to it, and not back. */
  public void replicate(DevelopmentRedis master) {
    connection.sync().replicaof(master.host(), master.port());
  }

  /** Publishes to a channel, as somebody who has no part in the gateway. */
  public void publish(String channel, String message) {
    connection.sync().publish(channel, message);
  }

  /** The channels that somebody listens to. */
  public List<String> channels(String pattern) {
    return connection.sync().pubsubChannels(pattern);
  }

  /** How many listen to a channel. */
  public long listeners(String channel) {
    return Objects.requireNonNull(listeners(List.of(channel)).get(channel));
  }

  /** How many listen to each of these channels. */
  public Map<String, Long> listeners(Collection<String> channels) {
    return connection.sync().pubsubNumsub(channels.toArray(String[]::new));
  }

  @Override
  public void close() {
    connection.close();
    client.close();
  }
}
