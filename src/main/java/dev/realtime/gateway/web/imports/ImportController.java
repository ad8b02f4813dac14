package dev.realtime.gateway.web.imports;

import dev.realtime.gateway.chat.imports.ChatImport;
import dev.realtime.gateway.chat.imports.ImportedChat;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Failures;
import dev.realtime.gateway.web.Described;
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

/** The API call that imports the platform's existing chats; section 10 of the protocol. */
@RestController
final class ImportController {

  /** Transactions at a time; the rest of the pool stays free for live traffic. */
  private static final int LANES = 4;

  /** Lines read ahead of the lanes; each may have a mebibyte. */
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
   * A line after parsing.
   *
   * @param chatId null if the line is too broken to contain a readable id
   * @param work imports the chat; fails if the line could not be read
   */
  private record Parsed(int number, @Nullable String chatId, Mono<ChatImport.Outcome> work) {

    /** Lines of one chat share a lane, which keeps their order. */
    int lane() {
      return Math.floorMod(Objects.hashCode(chatId), LANES);
    }
  }

  /**
   * Imports each line in a transaction of its own, and the lines of one chat in their order. After
   * a refused line the import refuses the later lines of the same chat, and continues with other
   * chats. A caller who sends the same file again completes what is missing; callers do so after an
   * interruption and after {@code unavailable}: the store is down, the instance is stopping, or it
   * is running another import.
   */
  @Described(
      value = "Imports existing chats with their history, one chat per line.",
      refusals = ErrorCode.UNAVAILABLE)
  @io.swagger.v3.oas.annotations.parameters.RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_NDJSON_VALUE,
              schema = @Schema(implementation = ImportLine.class)))
  @PostMapping(path = "/api/v1/chats:import", consumes = MediaType.APPLICATION_NDJSON_VALUE)
  Mono<ImportSummary> importChats(@RequestBody Flux<DataBuffer> body) {
    return slot.hold(Mono.defer(() -> importLines(body)));
  }

  private Mono<ImportSummary> importLines(Flux<DataBuffer> body) {
    ImportSummary.Counter counter = new ImportSummary.Counter();
    RefusedChats refused = new RefusedChats();
    return NdjsonLines.of(body)
        .takeUntilOther(slot.stopping())
        // Parsing a line of a mebibyte takes milliseconds, which the event loops do not have.
        .publishOn(Schedulers.parallel(), 1)
        .map(line -> parse(line, refused))
        .groupBy(Parsed::lane, AHEAD)
        .flatMap(
            lane ->
                lane.takeWhile(_ -> slot.isRunning())
                    .concatMap(line -> perform(line, counter, refused), 1),
            LANES)
        .then(Mono.fromSupplier(counter::summary));
  }

  private static Mono<Void> perform(
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
      throw GatewayException.of(ErrorCode.TOO_LARGE, "A line may have at most 1 MiB.");
    }
    ImportLine read = json.readValue(line.json(), ImportLine.class);
    if (read == null) {
      throw GatewayException.of(ErrorCode.BAD_REQUEST, "A line must be a JSON object.");
    }
    return read.checked(clock.instant());
  }

  private Mono<ChatImport.Outcome> add(ImportedChat chat, RefusedChats refused) {
    return Mono.defer(() -> {
      refused.requireNone(chat);
      return chats.add(chat);
    });
  }

  /** Returns whether the other lines would fail in the same way now, and may succeed later. */
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
