package dev.realtime.gateway.handoff;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.chat.ChatTransactions;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.handoff.HandOffRepository.Due;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookOutbox.Entry;
import dev.realtime.gateway.webhook.WebhookType;
import dev.realtime.gateway.work.Running;
import dev.realtime.gateway.work.RunningPart;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Hands members who are offline and are missing messages off to push: publishes a webhook event to
 * the platform, once per chat and absence. The chats to check are rows written with the messages,
 * so they survive the death of an instance; any instance may claim them.
 */
@Component
final class MessageHandOff implements RunningPart {

  private static final Logger log = LoggerFactory.getLogger(MessageHandOff.class);
  private static final Duration LOOK = Duration.ofMillis(500);

  /** The number of chats that are checked concurrently. */
  private static final int CHATS = 4;

  private static final Duration HOLD = Duration.ofSeconds(30);

  /** The delay after a failure, usually because Redis or the database is unavailable. */
  private static final Duration AGAIN = Duration.ofSeconds(3);

  private static final RoomId ANYBODY = RoomId.cluster("all");

  /** The number of members per transaction, which locks the chat. */
  private static final int MEMBERS = 100;

  private final HandOffRepository handOffs;
  private final ChatTransactions transactions;
  private final RoomBus bus;
  private final WebhookOutbox outbox;
  private final Duration silence;
  private final Running running = new Running(this::begin);

  MessageHandOff(
      HandOffRepository handOffs,
      ChatTransactions transactions,
      RoomBus bus,
      WebhookOutbox outbox,
      GatewayProperties properties) {
    this.handOffs = handOffs;
    this.transactions = transactions;
    this.bus = bus;
    this.outbox = outbox;
    GatewayProperties.Session session = properties.session();
    this.silence = session.heartbeat().plus(session.heartbeatGrace()).plusSeconds(5);
  }

  /**
   * Starts polling only if the platform subscribed to the webhook; otherwise no row is ever due.
   */
  @Override
  public void start() {
    if (outbox.wants(WebhookType.MESSAGE_UNDELIVERED)) {
      RunningPart.super.start();
    }
  }

  private Disposable begin() {
    return Flux.interval(LOOK)
        .onBackpressureDrop()
        .concatMap(_ -> look(), 1)
        .flatMap(this::handOff, CHATS)
        .subscribe();
  }

  /**
   * Claims chats that are due. While the bus does not know which users are online, no chat is
   * claimed, since all of them would fail.
   */
  private Flux<Due> look() {
    return bus.listeners(List.of(ANYBODY))
        .thenMany(claim())
        .onErrorResume(failure -> {
          log.warn("Could not poll for undelivered messages: {}", failure.toString());
          return Mono.delay(AGAIN).thenMany(Flux.empty());
        });
  }

  private Flux<Due> claim() {
    return handOffs
        .claim(CHATS, HOLD)
        .repeatWhen(rounds -> rounds.takeWhile(found -> found == CHATS));
  }

  /**
   * Hands off the members of one chat. A failed chat is retried by any instance, at the latest when
   * its claim expires.
   */
  private Mono<Void> handOff(Due due) {
    return handOffs
        .ripeSeq(due.chatId())
        .flatMap(seq -> handOffs.missing(due.chatId(), seq).flatMap(users -> tell(due, seq, users)))
        .timeout(HOLD)
        .onErrorResume(failure -> {
          log.warn("Could not hand off chat {}: {}", due.chatId(), failure.toString());
          return handOffs.later(due.chatId(), AGAIN).onErrorComplete();
        });
  }

  private Mono<Void> tell(Due due, long seq, List<String> users) {
    // This fails while the bus does not know who is online: the hand-off then waits instead of
    // guessing.
    return bus.listeners(users.stream().map(RoomId::user).toList())
        .flatMap(online -> {
          List<String> offline =
              users.stream().filter(user -> !online.containsKey(RoomId.user(user))).toList();
          // A member who is online has not acknowledged: the connection may be dead, which the
          // gateway detects only after a missed heartbeat, so check a second time.
          boolean doubtful = offline.size() < users.size() && !due.again();
          return Flux.fromIterable(offline)
              .sort()
              .buffer(MEMBERS)
              .concatMap(some -> write(due.chatId(), seq, some))
              .then(plan(due.chatId(), seq, doubtful ? silence : Duration.ZERO));
        });
  }

  private Mono<Void> write(String chatId, long seq, List<String> users) {
    return transactions.in(chatId, _ -> markAndTell(chatId, seq, users).thenReturn(true)).then();
  }

  private Mono<Void> markAndTell(String chatId, long seq, List<String> users) {
    return handOffs
        .mark(chatId, seq, users)
        .flatMap(undelivered ->
            outbox.addAll(
                WebhookType.MESSAGE_UNDELIVERED,
                undelivered.stream().map(one -> new Entry(one.userId(), one)).toList()));
  }

  private Mono<Void> plan(String chatId, long seq, Duration second) {
    return transactions
        .in(chatId, _ -> handOffs.plan(chatId, seq, second).thenReturn(true))
        .switchIfEmpty(handOffs.forget(chatId).thenReturn(true))
        .then();
  }

  @Override
  public Running running() {
    return running;
  }
}
