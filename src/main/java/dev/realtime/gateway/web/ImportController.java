package dev.realtime.gateway.web;

import dev.realtime.gateway.chat.ChatImport;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Clock;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Brings the platform's existing chats; section 10 of the protocol. */
@RestController
class ImportController {

  /** Transactions at a time; the live traffic keeps the rest of the pool. */
  private static final int LANES = 4;

  /** Lines read ahead. */
  private static final int AHEAD = 16;

  private final ChatImport chats;
  private final JsonMapper json;
  private final Clock clock;

  ImportController(ChatImport chats, JsonMapper json, Clock clock) {
    this.chats = chats;
    this.json = json;
    this.clock = clock;
  }

  /** A line that could be read, or why it could not. */
  private record Parsed(int number, Mono<ChatImport.Outcome> work, int lane) {}

  /**
   * A chat a line, each in a transaction of its own; lines of one chat in their order. A line that
   * is refused does not stop the others. The same file again does what has not been done yet; so it
   * is repeated after a break, or after {@code unavailable}, which ends it.
   */
  @Call(
      value = "Brings existing chats with their history, a chat a line.",
      refusals = ErrorCode.UNAVAILABLE)
  @io.swagger.v3.oas.annotations.parameters.RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_NDJSON_VALUE,
              schema = @Schema(implementation = ImportLine.class)))
  @PostMapping(path = "/api/v1/chats:import", consumes = MediaType.APPLICATION_NDJSON_VALUE)
  Mono<ImportSummary> importChats(@RequestBody Flux<DataBuffer> body) {
    return Mono.defer(() -> {
      ImportSummary.Counter counter = new ImportSummary.Counter();
      return NdjsonLines.of(body)
          // Reading a line of a mebibyte must hold up no socket.
          .publishOn(Schedulers.parallel(), AHEAD)
          .map(this::parse)
          .groupBy(Parsed::lane, AHEAD)
          .flatMap(lane -> lane.concatMap(line -> carryOut(line, counter), 1), LANES)
          .then(Mono.fromSupplier(counter::summary));
    });
  }

  private Mono<Void> carryOut(Parsed line, ImportSummary.Counter counter) {
    return line.work()
        .doOnNext(counter::count)
        .onErrorResume(
            GatewayException.class,
            refusal -> {
              counter.failed(line.number(), refusal);
              return Mono.empty();
            })
        .then();
  }

  private Parsed parse(NdjsonLines.Line line) {
    byte[] bytes = line.json();
    try {
      if (bytes == null) {
        throw GatewayException.of(ErrorCode.TOO_LARGE, "A line has at most 1 MiB.");
      }
      var chat = json.readValue(bytes, ImportLine.class).checked(clock.instant());
      int lane = Math.floorMod(chat.id().hashCode(), LANES);
      return new Parsed(line.number(), chats.add(chat), lane);
    } catch (GatewayException refusal) {
      return new Parsed(line.number(), Mono.error(refusal), 0);
    } catch (JacksonException misfit) {
      return new Parsed(line.number(), Mono.error(EnvelopeCodec.refusal(misfit)), 0);
    }
  }
}
