package dev.realtime.gateway.web;

import dev.realtime.gateway.live.Streams;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.StreamState;
import dev.realtime.gateway.protocol.StreamStatus;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Streams for the platform's backend; section 10 of the protocol. */
@RestController
@RequestMapping("/api/v1/streams")
class StreamController {

  private static final int TITLE_LENGTH = 200;

  private final Streams streams;

  StreamController(Streams streams) {
    this.streams = streams;
  }

  record NewStream(@Nullable String id, @Nullable String hostId, @Nullable String title) {}

  record Stream(
      String id, @Nullable String hostId, @Nullable String title, @Nullable StreamStatus status) {

    static Stream of(StreamState stream) {
      return new Stream(stream.streamId(), stream.hostId(), stream.title(), stream.status());
    }
  }

  /** 201 for a new stream; 200, unchanged, for an id that is there. */
  @PostMapping
  @Call(
      value = "Creates a live stream; one with this id is left as it is.",
      answers = {200, 201},
      refusals = ErrorCode.UNAVAILABLE)
  Mono<ResponseEntity<Stream>> create(@RequestBody NewStream body) {
    String title = body.title();
    if (title == null || title.isBlank() || title.length() > TITLE_LENGTH) {
      return Mono.error(
          GatewayException.badRequest("title", "title must have 1 to 200 characters."));
    }
    String id = body.id() == null ? null : ChatRequests.id("id", body.id());
    return streams
        .create(id, ChatRequests.id("hostId", body.hostId()), title)
        .map(known ->
            ResponseEntity.status(known.created() ? HttpStatus.CREATED : HttpStatus.OK)
                .body(Stream.of(known.stream())));
  }
}
