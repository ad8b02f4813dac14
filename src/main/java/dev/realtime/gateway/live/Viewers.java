package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.cluster.Cluster;
import dev.realtime.gateway.live.ViewerScript.Moved;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.work.OneUnderWay;
import dev.realtime.gateway.work.RepeatedWarning;
import dev.realtime.gateway.work.Rounds;
import dev.realtime.gateway.work.Running;
import dev.realtime.gateway.work.RunningPart;
import dev.realtime.gateway.work.ShutdownOrder;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The exact number of users who watch each stream, over all instances. A user with several
 * connections counts once.
 *
 * <p>Every instance keeps its share of a stream's viewers in Redis under a lease that it renews.
 * After an instance dies, the next instance that counts removes its share, at most {@link #LEASE}
 * and one {@link #RENEWAL} after its last call. While Redis is down each instance counts only its
 * own viewers.
 */
@Component
public final class Viewers implements RunningPart {

  /** The time for which a share counts after the last call of its instance. */
  static final Duration LEASE = Duration.ofSeconds(10);

  static final Duration RENEWAL = Duration.ofSeconds(3);

  /**
   * The time between two pushes of one stream's count; more than a second, so that delays on the
   * bus do not make it less.
   */
  static final Duration PUSH_INTERVAL = Duration.ofMillis(1_100);

  /**
   * The pause after a call for a stream: in a storm of joins some ten joins share the next call.
   */
  private static final Duration REST = Duration.ofMillis(5);

  private static final Logger log = LoggerFactory.getLogger(Viewers.class);

  /**
   * What Redis knows of the audience of a stream.
   *
   * @param peak the most viewers at one time; null if nobody watched, or Redis has lost it
   * @param unique the number of all users who ever watched, within 1 %; null if nobody watched, or
   *     Redis has lost some of them
   */
  public record Figures(@Nullable Long peak, @Nullable Long unique) {}

  private final ViewerScript script;
  private final RoomPublisher publisher;
  private final String instanceId;
  private final Scheduler scheduler = Schedulers.parallel();
  private final Map<String, Watched> streams = new ConcurrentHashMap<>();
  private final AtomicLong generations = new AtomicLong();
  private final RepeatedWarning failedCall =
      new RepeatedWarning(log, "Could not count the viewers of a stream");
  private final RepeatedWarning localCount =
      new RepeatedWarning(log, "Counting only the local viewers of a stream");
  private final RepeatedWarning unknownFigures =
      new RepeatedWarning(log, "Could not read the peak and unique viewers of a stream");
  private final Running renewal =
      new Running(() -> new Rounds<>(streams.values(), Watched::renew).begin(RENEWAL, scheduler));

  Viewers(ViewerScript script, RoomPublisher publisher, Cluster cluster) {
    this.script = script;
    this.publisher = publisher;
    this.instanceId = cluster.instanceId();
  }

  /**
   * Counts a user who has joined on this instance, until the place ends.
   *
   * @return the number of viewers now, including this user
   */
  public Mono<Long> joined(String streamId, String userId, Place place) {
    return Mono.create(counted -> {
      Watched stream =
          Objects.requireNonNull(
              streams.compute(
                  streamId,
                  (id, present) -> {
                    Watched own = present == null ? new Watched(id) : present;
                    own.share.join(userId, counted);
                    return own;
                  }));
      place.onEnd(() -> left(streamId, userId));
      stream.calls.request();
    });
  }

  /** Pushes the count of a stream soon, because the last push may have been lost. */
  public void pushAgain(String streamId) {
    Watched stream = streams.get(streamId);
    if (stream != null) {
      stream.share.pushAgain();
      stream.calls.request();
    }
  }

  private void left(String streamId, String userId) {
    Watched stream =
        streams.computeIfPresent(
            streamId,
            (_, own) -> {
              own.share.leave(userId);
              return own;
            });
    if (stream != null) {
      stream.calls.request();
    }
  }

  /**
   * Returns the number of viewers; 0 for a stream without viewers and for an unknown stream. While
   * Redis is down this is the number of viewers on this instance.
   */
  public Mono<Long> count(String streamId) {
    return script
        .count(streamId)
        .onErrorResume(failure -> {
          localCount.log(failure);
          Watched here = streams.get(streamId);
          return Mono.just(here == null ? 0L : here.share.size());
        });
  }

  /**
   * Returns whether a user watches a stream, on any instance that Redis knows to be alive; fails
   * while Redis is down.
   */
  public Mono<Boolean> isWatching(String streamId, String userId) {
    return script.isWatching(streamId, userId);
  }

  /** Returns whether a user watches a stream on this instance. */
  public boolean isHere(String streamId, String userId) {
    Watched here = streams.get(streamId);
    return here != null && here.share.has(userId);
  }

  /** Returns the peak and unique viewers of a stream; empty while Redis is down. */
  Mono<Figures> figures(String streamId) {
    return script
        .figures(streamId)
        .onErrorResume(failure -> {
          unknownFigures.log(failure);
          return Mono.empty();
        });
  }

  /** A stream with viewers on this instance, and the calls that report them to Redis. */
  private final class Watched {

    private final String streamId;
    private final ViewerShare share = new ViewerShare(generations::incrementAndGet);
    private final OneUnderWay calls = new OneUnderWay(this::next, REST, scheduler);

    Watched(String streamId) {
      this.streamId = streamId;
    }

    /** Requests a call even if no viewer has changed, to renew the lease. */
    void renew() {
      share.renew();
      calls.request();
    }

    private @Nullable Mono<Void> next() {
      ViewerShare.Batch batch = share.next(ViewerScript.MOVED_AT_ONCE);
      if (batch == null) {
        streams.computeIfPresent(streamId, (_, own) -> own.share.isOver() ? null : own);
        return null;
      }
      return script
          .move(streamId, instanceId, batch, share.peak())
          .doOnNext(this::moved)
          .then()
          .onErrorResume(this::failed);
    }

    private void moved(Moved answer) {
      if (answer.more()) {
        // The next call removes more; until then Redis serves others.
        share.renew();
      }
      if (answer.lost()) {
        share.lost();
        return;
      }
      if (answer.settled()) {
        share.counted(answer.count());
      }
      share.moved(answer.count(), answer.size());
      if (answer.push()) {
        publisher.publish(
            RoomId.live(streamId), new LiveEvent.ViewersCounted(streamId, answer.count()));
      }
      if (answer.pushIn() > 0 && share.waitToPush()) {
        scheduler.schedule(this::push, answer.pushIn(), TimeUnit.MILLISECONDS);
      }
    }

    private void push() {
      share.pushNow();
      calls.request();
    }

    /** Logs a failed call; the next renewal sends Redis the whole share. */
    private Mono<Void> failed(Throwable failure) {
      failedCall.log(failure);
      share.failed();
      return Mono.empty();
    }
  }

  @Override
  public Running running() {
    return renewal;
  }

  @Override
  public ShutdownOrder order() {
    return ShutdownOrder.VIEWERS;
  }
}
