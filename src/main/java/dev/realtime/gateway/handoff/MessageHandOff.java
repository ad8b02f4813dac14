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
 * Hands members who are offline and are missing messages off to push: tells the platform, once per
 * chat and absence. The chats to look at are rows written with the messages, so nothing is
 * forgotten when an instance dies; any instance looks.
 */
@Component
final class MessageHandOff implements RunningPart {

  private static final Logger log = LoggerFactory.getLogger(MessageHandOff.class);
  private static final Duration LOOK = Duration.ofMillis(500);

  /** Chats that are looked at side by side, and how long one may take. */
  private static final int CHATS = 4;

  private static final Duration HOLD = Duration.ofSeconds(30);

  /** After a failure: mostly Redis or the database is away. */
  private static final Duration AGAIN = Duration.ofSeconds(3);

  private static final RoomId ANYBODY = RoomId.cluster("all");

  /** Members of one transaction, which holds the chat. */
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

  /** Where nobody asked for the webhook nothing is due, and nobody need look. */
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

  /** While the bus cannot tell who is there nobody looks, for all chats would fail the same. */
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

  /** What fails is tried again, by whichever instance; at the latest when its time is up. */
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
    // Fails while the bus cannot tell who is online: then it is waited for, not guessed.
    return bus.listeners(users.stream().map(RoomId::user).toList())
        .flatMap(online -> {
          List<String> offline =
              users.stream().filter(user -> !online.containsKey(RoomId.user(user))).toList();
          // Somebody there has not acknowledged: a lost connection shows after a while.
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
