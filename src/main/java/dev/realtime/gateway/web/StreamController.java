package dev.realtime.gateway.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.live.Stream;
import dev.realtime.gateway.live.StreamLife;
import dev.realtime.gateway.live.Streams;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.protocol.StreamPlan;
import dev.realtime.gateway.protocol.StreamStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Streams for the platform's backend; section 10 of the protocol. */
@RestController
@RequestMapping("/api/v1/streams")
final class StreamController {

  private final Streams streams;
  private final StreamLife life;

  StreamController(Streams streams, StreamLife life) {
    this.streams = streams;
    this.life = life;
  }

  record NewStream(
      @Nullable String id,
      @Nullable String hostId,
      @Nullable String title,
      @Nullable String playbackUrl,
      @Nullable Boolean endOnHostLoss,
      @Nullable List<String> moderatorIds) {

    StreamPlan plan() {
      return new StreamPlan(
          id == null ? null : Ids.check("id", id),
          Ids.check("hostId", hostId),
          title == null ? "" : title,
          playbackUrl,
          Boolean.TRUE.equals(endOnHostLoss),
          moderatorIds == null ? List.of() : moderatorIds);
    }
  }

  record StreamChange(
      @Nullable String title,
      @Nullable String playbackUrl,
      @Nullable StreamStatus status,
      @Nullable List<String> moderatorIds) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StreamView(
      String id,
      String hostId,
      String title,
      StreamStatus status,
      @Nullable String playbackUrl,
      List<String> moderatorIds) {

    static StreamView of(Stream stream) {
      return new StreamView(
          stream.id(),
          stream.hostId(),
          stream.title(),
          stream.status(),
          stream.playbackUrl(),
          stream.moderators().stream().sorted().toList());
    }
  }

  /** Creates a stream: 201 for a new one; 200, unchanged, if a stream with this id exists. */
  @PostMapping
  @Described(
      value = "Creates a live stream; changes nothing if a stream with this id exists.",
      answers = {200, 201},
      refusals = ErrorCode.UNAVAILABLE)
  Mono<ResponseEntity<StreamView>> create(@RequestBody NewStream body) {
    return Mono.fromSupplier(body::plan)
        .flatMap(streams::create)
        .map(created ->
            ResponseEntity.status(created.duplicate() ? HttpStatus.OK : HttpStatus.CREATED)
                .body(StreamView.of(created.stream())));
  }

  /**
   * Changes the given fields of a stream, all or nothing; 404 for an unknown stream, 409 for a
   * status that may not follow the present one.
   */
  @PatchMapping("/{streamId}")
  @Described(
      value = "Changes a stream; fields that are left out keep their values.",
      refusals = {ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.UNAVAILABLE})
  Mono<StreamView> change(@PathVariable String streamId, @RequestBody StreamChange body) {
    String id = Ids.check("streamId", streamId);
    StreamStatus status = body.status();
    if (status == StreamStatus.CREATED) {
      return Mono.error(GatewayException.badRequest("status", "status must be started or ended."));
    }
    return Mono.fromSupplier(() ->
            new StreamLife.Change(body.title(), body.playbackUrl(), status, body.moderatorIds()))
        .flatMap(change -> life.change(id, change))
        .map(StreamView::of);
  }
}
