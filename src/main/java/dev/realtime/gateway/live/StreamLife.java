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

/** A stream's way from created to started to ended; it only goes forward. */
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
   * What the platform changes; null leaves what is there.
   *
   * @param moderatorIds these, and nobody else, are its moderators then
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
   * Moves a stream on and tells everyone in it. The status it has already changes nothing.
   *
   * @return the stream as it is now; fails with {@code not_found}, and with {@code conflict} for a
   *     step that is none
   */
  public Mono<Stream> move(String id, StreamStatus to) {
    return change(id, Change.to(to));
  }

  /** Changes a stream as the platform wants it: all of it, or nothing. Fails as {@link #move}. */
  public Mono<Stream> change(String id, Change change) {
    return figures(id, change.status())
        .flatMap(figures ->
            transactions.in(
                id,
                locked ->
                    repository
                        .setFacts(id, change.title(), change.playbackUrl())
                        .then(moderators(locked, change.moderatorIds()))
                        .then(step(locked, change.status(), figures.orElse(null)))
                        .then(Mono.defer(() -> repository.find(id)))));
  }

  /** They are stored at the end; asked before, since nothing may wait for Redis under a lock. */
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
