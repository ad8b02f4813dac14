package dev.realtime.gateway.live.rooms;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.live.LiveMessages;
import dev.realtime.gateway.protocol.EncodedMessage;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import dev.realtime.gateway.protocol.LiveEvent.Moderated;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.store.Failures;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * The latest messages of streams, for the replies to joins. While viewers join a stream on this
 * instance, the instance keeps its messages itself, so that a join need not query the database.
 */
@Component
final class RecentMessages {

  /** The time for which the instance keeps the messages of a stream after the last join. */
  private static final Duration ATTENTION = Duration.ofMinutes(1);

  private static final int STREAMS = 10_000;

  private final LiveMessages messages;
  private final RoomBus bus;
  private final EnvelopeCodec codec;
  private final AsyncCache<String, Listener> listeners =
      Caffeine.newBuilder()
          .expireAfterAccess(ATTENTION)
          .maximumSize(STREAMS)
          .scheduler(Scheduler.systemScheduler())
          .removalListener(RecentMessages::stop)
          .buildAsync();

  RecentMessages(LiveMessages messages, RoomBus bus, EnvelopeCodec codec) {
    this.messages = messages;
    this.bus = bus;
    this.codec = codec;
  }

  /**
   * Returns the latest messages of a stream: at most 50, oldest first. None while the database is
   * down, unless the instance has them.
   */
  Mono<List<EncodedMessage>> of(String streamId) {
    return Mono.fromFuture(listeners.get(streamId, (id, _) -> listen(id).toFuture()), true)
        .map(listener -> listener.last.list())
        .defaultIfEmpty(List.of());
  }

  /**
   * Subscribes before it reads the database, so that it misses no message. Empty while the database
   * is down, so that the cache keeps nothing and logs nothing.
   */
  private Mono<Listener> listen(String streamId) {
    Listener listener = new Listener(streamId);
    return bus.subscribe(RoomId.live(streamId), listener)
        .doOnNext(listener.subscription::update)
        .then(messages.recent(streamId))
        .doOnNext(listener.last::remember)
        .doOnError(_ -> listener.subscription.dispose())
        .thenReturn(listener)
        .onErrorComplete(Failures::isTransient);
  }

  private static void stop(
      @Nullable Object streamId, @Nullable Object listener, RemovalCause cause) {
    if (listener instanceof Listener gone) {
      gone.subscription.dispose();
    }
  }

  private final class Listener implements RoomBus.Subscriber {
    final LastMessages last =
        new LastMessages(
            LiveMessages.RECENT, envelope -> (LiveMessage) codec.decodeEvent(envelope));
    final Disposable.Swap subscription = Disposables.swap();
    private final String streamId;

    Listener(String streamId) {
      this.streamId = streamId;
    }

    @Override
    public void received(RoomBus.Message message) {
      Frame frame = Frame.of(message);
      if (frame.isEvent("live:message")) {
        last.add(frame.json());
      } else if (frame.isEvent("live:moderate")) {
        last.moderate((Moderated) codec.decodeEvent(frame.json()));
      }
    }

    @Override
    public void interrupted() {
      listeners.synchronous().invalidate(streamId);
    }
  }
}
