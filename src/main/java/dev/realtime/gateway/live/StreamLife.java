package dev.realtime.gateway.live;

import dev.realtime.gateway.live.StreamTransactions.LockedStream;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.StreamPlan;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.security.Caller;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The status of a stream, which only goes forward: from created to started to ended. */
@Component
public final class StreamLife {

  private final StreamTransactions transactions;
  private final StreamRepository repository;
  private final Moderation moderation;
  private final Viewers viewers;
  private final StreamAnnouncer announcer;

  StreamLife(
      StreamTransactions transactions,
      StreamRepository repository,
      Moderation moderation,
      Viewers viewers,
      StreamAnnouncer announcer) {
    this.transactions = transactions;
    this.repository = repository;
    this.moderation = moderation;
    this.viewers = viewers;
    this.announcer = announcer;
  }

  /**
   * The changes that the platform asks for; null keeps the stored value.
   *
   * @param moderatorIds the new moderators, who replace all earlier ones
   */
  public record Change(
      @Nullable String title,
      @Nullable String playbackUrl,
      @Nullable StreamStatus status,
      @Nullable List<String> moderatorIds) {

    public Change {
      if (title != null) {
        StreamPlan.checkTitle(title);
      }
      StreamPlan.checkPlaybackUrl(playbackUrl);
      moderatorIds = moderatorIds == null ? null : StreamPlan.moderators(moderatorIds);
    }

    static Change to(StreamStatus status) {
      return new Change(null, null, status, null);
    }
  }

  /**
   * Moves a stream to a status and publishes the change to its room; does nothing if the stream has
   * this status already.
   *
   * @return the stream as it is now; fails with {@code not_found}, and with {@code conflict} if the
   *     status may not follow the present one
   */
  public Mono<Stream> move(String id, StreamStatus to) {
    return change(id, Change.to(to));
  }

  /**
   * Changes a stream as the platform asks, all or nothing. Fails with {@code not_found}, and with
   * {@code conflict} if the new status may not follow the present one.
   */
  public Mono<Stream> change(String id, Change change) {
    return figures(id, change.status())
        .flatMap(figures ->
            transactions.in(
                id,
                Caller.PLATFORM,
                locked ->
                    repository
                        .setFacts(id, change.title(), change.playbackUrl())
                        .then(moderators(locked, change.moderatorIds()))
                        .then(step(locked, change.status(), figures.orElse(null)))
                        .then(Mono.defer(() -> repository.find(id)))));
  }

  /**
   * Reads the viewers to store at a stream's end, before the transaction: no lock may wait for
   * Redis.
   */
  private Mono<Optional<Viewers.Figures>> figures(String id, @Nullable StreamStatus to) {
    return to == StreamStatus.ENDED
        ? viewers.figures(id).map(Optional::of).defaultIfEmpty(Optional.empty())
        : Mono.just(Optional.empty());
  }

  private Mono<Void> moderators(LockedStream locked, @Nullable List<String> userIds) {
    return userIds == null ? Mono.empty() : moderation.appoint(locked, userIds, Caller.PLATFORM);
  }

  private Mono<Void> step(
      LockedStream locked, @Nullable StreamStatus to, Viewers.@Nullable Figures figures) {
    Stream stream = locked.stream();
    if (to == null || stream.status() == to) {
      return Mono.empty();
    }
    if (!stream.status().mayBecome(to)) {
      return Mono.error(
          GatewayException.field(
              ErrorCode.CONFLICT,
              "status",
              "A stream goes from created to started to ended; this one is "
                  + stream.status().wireName()
                  + "."));
    }
    return repository
        .setStatus(stream.id(), to, figures)
        .then(Mono.defer(() -> repository.find(stream.id())))
        .doOnNext(moved -> locked.tellAll(moved.statusChanged()))
        .flatMap(announcer::moved);
  }
}
