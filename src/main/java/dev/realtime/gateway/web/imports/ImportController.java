package dev.realtime.gateway.web.imports;

import dev.realtime.gateway.chat.imports.ChatImport;
import dev.realtime.gateway.chat.imports.ImportedChat;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Failures;
import dev.realtime.gateway.web.Call;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Clock;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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

  /** Lines read ahead; each may be large. */
  private static final int AHEAD = 8;

  private static final Logger log = LoggerFactory.getLogger(ImportController.class);

  private final ChatImport chats;
  private final ImportSlot slot;
  private final JsonMapper json;
  private final Clock clock;

  ImportController(ChatImport chats, ImportSlot slot, JsonMapper json, Clock clock) {
    this.chats = chats;
    this.slot = slot;
    this.json = json;
    this.clock = clock;
  }

  /**
   * A line that could be read, or why it could not.
   *
   * @param chatId null where it cannot be told
   */
  private record Parsed(int number, @Nullable String chatId, Mono<ChatImport.Outcome> work) {

    /** Lines of one chat stay in their order. */
    int lane() {
      return Math.floorMod(Objects.hashCode(chatId), LANES);
    }
  }

  /**
   * A chat a line, each in a transaction of its own; lines of one chat in their order. A line that
   * is refused stops those of its chat behind it, and no others. The same file again does what has
   * not been done yet; so it is repeated after a break, or after {@code unavailable}: the store is
   * away, the instance stops, or it is busy with another import.
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
    return slot.hold(Mono.defer(() -> bring(body)));
  }

  private Mono<ImportSummary> bring(Flux<DataBuffer> body) {
    ImportSummary.Counter counter = new ImportSummary.Counter();
    RefusedChats refused = new RefusedChats();
    return NdjsonLines.of(body)
        .takeUntilOther(slot.stopping())
        // Reading a line of a mebibyte must hold up no socket.
        .publishOn(Schedulers.parallel(), 1)
        .map(line -> parse(line, refused))
        .groupBy(Parsed::lane, AHEAD)
        .flatMap(
            lane ->
                lane.takeWhile(_ -> slot.isRunning())
                    .concatMap(line -> carryOut(line, counter, refused), 1),
            LANES)
        .then(Mono.fromSupplier(counter::summary));
  }

  private static Mono<Void> carryOut(
      Parsed line, ImportSummary.Counter counter, RefusedChats refused) {
    return line.work()
        .doOnNext(counter::count)
        .then()
        .onErrorResume(
            failure -> !isEnd(failure),
            failure -> {
              refused.add(line.chatId(), line.number());
              counter.failed(line.number(), refusal(line.number(), failure));
              return Mono.empty();
            });
  }

  private Parsed parse(NdjsonLines.Line line, RefusedChats refused) {
    try {
      ImportedChat chat = read(line);
      return new Parsed(line.number(), chat.id(), add(chat, refused));
    } catch (RuntimeException failure) {
      String chatId = ImportLine.chatOf(line.json(), json);
      return new Parsed(line.number(), chatId, Mono.error(failure));
    }
  }

  private ImportedChat read(NdjsonLines.Line line) {
    if (line.tooLong()) {
      throw GatewayException.of(ErrorCode.TOO_LARGE, "A line has at most 1 MiB.");
    }
    ImportLine read = json.readValue(line.json(), ImportLine.class);
    if (read == null) {
      throw GatewayException.of(ErrorCode.BAD_REQUEST, "A line is a JSON object.");
    }
    return read.checked(clock.instant());
  }

  private Mono<ChatImport.Outcome> add(ImportedChat chat, RefusedChats refused) {
    return Mono.defer(() -> {
      refused.requireNone(chat);
      return chats.add(chat);
    });
  }

  /** Whether the rest would fail alike, and may succeed later. */
  private static boolean isEnd(Throwable failure) {
    return Failures.isTransient(failure);
  }

  private static GatewayException refusal(int line, Throwable failure) {
    return switch (failure) {
      case GatewayException refusal -> refusal;
      case JacksonException misfit -> WireJson.refusal(misfit);
      default -> {
        log.error("Line {} of an import failed", line, failure);
        yield GatewayException.of(ErrorCode.INTERNAL);
      }
    };
  }
}
