package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.work.Mailbox;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Keeps a room in step with its log: a gate orders the lasting changes, the log fills the holes
 * that the bus leaves, and where the log contradicts the room, the log is right. Confined to the
 * room's mailbox, except {@link #look} and methods marked for any thread.
 */
final class Gatekeeper {

  /** How long a hole waits for the bus before the log fills it. */
  static final Duration HOLE_PATIENCE = Duration.ofMillis(20);

  /** Shortest delay before a failed fill is retried; the longest is three times that. */
  static final Duration RETRY = Duration.ofSeconds(1);

  /** Minimum interval between two reads of the log because of duplicates. */
  static final Duration SUSPICION = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(Gatekeeper.class);

  private final RoomId id;
  private final RoomLog changes;
  private final Mailbox mailbox;
  private final RoomExit exit;
  private final Room.Services services;
  // Replaced in the mailbox, read by any thread; null while the room is opening.
  private volatile @Nullable RevGate gate;
  private final RevGate opening;
  private boolean filling;
  private boolean fillDue;
  private boolean suspicious;
  private boolean suspicionRests;
  private boolean closed;

  Gatekeeper(RoomId id, RoomLog changes, Mailbox mailbox, RoomExit exit, Room.Services services) {
    this.id = id;
    this.changes = changes;
    this.mailbox = mailbox;
    this.exit = exit;
    this.services = services;
    this.opening = new RevGate(exit::emit);
  }

  /** Opens the gate at the log's rev, or lets it wait for the log. From any thread. */
  Mono<Void> open() {
    return changes
        .positions(List.of(id))
        .doOnNext(positions -> {
          long position = positions.getOrDefault(id, 0L);
          mailbox.run(() -> openAt(position, position));
        })
        .then()
        .onErrorResume(changes::opensLate, _ -> Mono.fromRunnable(() -> services.late().add(id)));
  }

  /** Opens the gate late, below the first change that has waited for it. From any thread. */
  void openLate(long position) {
    mailbox.run(() -> openAt(opening.below(position), position));
  }

  private void openAt(long from, long position) {
    if (gate == null) {
      gate = opening;
      exit.open(from);
      opening.open(from, position);
      fillSoon();
    }
  }

  void close() {
    closed = true;
  }

  /** Passes or drops a lasting change that the bus has delivered. */
  void pass(Frame frame) {
    RevGate open = gate;
    if (open == null) {
      opening.offer(frame);
    } else if (frame.rev() <= open.position()) {
      suspect();
    } else {
      open.offer(frame);
      fillSoon();
    }
  }

  /**
   * Checks a duplicate, which may be a new change under a rev that was used before the database
   * lost changes. Only the log can tell the two apart, and only until it has overtaken the room, so
   * it is read soon.
   */
  private void suspect() {
    suspicious = true;
    if (!suspicionRests && !closed) {
      suspicious = false;
      suspicionRests = true;
      // The comparison needs no owner: it ends by itself and never fails.
      compareWithLog().subscribe();
      mailbox.after(SUSPICION, this::suspectAgain);
    }
  }

  private void suspectAgain() {
    suspicionRests = false;
    if (suspicious) {
      suspect();
    }
  }

  /** Schedules a read of the log to fill a hole, unless the bus fills it first. */
  private void fillSoon() {
    RevGate open = gate;
    if (open != null && open.hasHole() && !fillDue) {
      fillDue = true;
      mailbox.after(HOLE_PATIENCE, this::fillNow);
    }
  }

  private void fillNow() {
    fillDue = false;
    RevGate open = gate;
    if (open != null && open.hasHole() && !filling && !closed) {
      filling = true;
      open.look();
      Look look = look();
      // The keeper owns the read: at most one runs at a time, and it ends by itself.
      read(look)
          .subscribe(
              answer -> mailbox.run(() -> filled(look, answer)),
              failure -> mailbox.run(() -> failed(failure)));
    }
  }

  /**
   * The answer of the log.
   *
   * @param position read before the page, so that changes up to it which the page lacks exist
   *     nowhere; null if the room has been deleted
   */
  private record Filling(@Nullable Long position, List<Frame> page) {}

  private Mono<Filling> read(Look look) {
    return Mono.defer(() -> changes.positions(List.of(id)))
        .flatMap(positions ->
            changes
                .changesAfter(id, look.passed())
                .collectList()
                .map(page -> new Filling(positions.get(id), page)));
  }

  private void filled(Look look, Filling answer) {
    filling = false;
    RevGate open = gate;
    Long position = answer.position();
    if (open == null || open != look.gate()) {
      fillSoon();
    } else if (position == null || position < look.passed()) {
      compareNow(look, position);
    } else {
      fill(open, position, answer.page());
    }
  }

  private void fill(RevGate open, long position, List<Frame> page) {
    long before = open.position();
    long told = open.highest();
    open.fill(page, changes::skips, this::beginAnew);
    if (open.confirm(position)) {
      services.doubts().unfounded(id, told, position);
    }
    if (page.isEmpty()) {
      open.giveUp(position);
    }
    if (open.position() > before && open.hasHole()) {
      fillDue = true;
      mailbox.after(Duration.ZERO, this::fillNow);
    } else {
      fillSoon();
    }
  }

  private void beginAnew() {
    log.info("{} was deleted and created again; its connections must resume", id);
    exit.expelAll();
  }

  private void failed(Throwable failure) {
    filling = false;
    services.doubts().unread(id, failure);
    fillDue = true;
    // Random, since an outage fails the fills of many rooms at once.
    long more = ThreadLocalRandom.current().nextLong(2 * RETRY.toMillis());
    mailbox.after(RETRY.plusMillis(more), this::fillNow);
  }

  /**
   * The rev that the room had passed when its log was read.
   *
   * @param gate null while the room is opening and nothing has passed yet
   */
  record Look(Gatekeeper keeper, @Nullable RevGate gate, long passed) {

    RoomId id() {
      return keeper.id;
    }

    /**
     * Applies the answer of the log to a read after this look; null if the room has been deleted.
     */
    void answer(@Nullable Long position) {
      keeper.mailbox.run(() -> keeper.compareNow(this, position));
    }
  }

  /** Records the room's current rev; from any thread, before its log is read. */
  Look look() {
    RevGate open = gate;
    return new Look(this, open, open == null ? 0 : open.position());
  }

  /** Returns whether the room's rev is known; from any thread. */
  boolean isOpen() {
    return gate != null;
  }

  /** Returns the {@code rev} up to which everything has passed; from any thread. */
  long passed() {
    return look().passed();
  }

  /**
   * Compares the room with the current rev of its log. Completes when the comparison has taken
   * effect, and never fails; from any thread.
   */
  Mono<Void> compareWithLog() {
    return Mono.fromSupplier(this::look)
        .flatMap(look ->
            changes.positions(List.of(id)).flatMap(positions -> compared(look, positions.get(id))))
        .onErrorResume(failure -> {
          log.warn("Could not compare {}: {}", id, failure.toString());
          return Mono.empty();
        });
  }

  private Mono<Void> compared(Look look, @Nullable Long position) {
    return Mono.create(done ->
        mailbox.run(() -> {
          compareNow(look, position);
          done.success();
        }));
  }

  /**
   * Fills changes that are missing below the log's rev, and discards changes that passed above it.
   */
  private void compareNow(Look look, @Nullable Long position) {
    RevGate open = gate;
    if (open == null || closed || (look.gate() != null && look.gate() != open)) {
      return;
    }
    if (position == null) {
      // The room's owner was deleted, and the bus has lost the dismissal.
      exit.emit(RoomPublisher.dismissal());
    } else if (position < look.passed()) {
      rewind(open, position);
    } else {
      if (position > open.highest()) {
        services.doubts().noteBehind();
      }
      open.expect(position);
      fillSoon();
    }
  }

  /**
   * Rewinds the room to its log: a change passed, and so was committed, that the log no longer has.
   */
  private void rewind(RevGate old, long position) {
    services.doubts().rewound(id, old.position(), position);
    exit.expelAll();
    gate = new RevGate(position, exit::emit);
    // The old gate has dropped the changes that came meanwhile.
    suspect();
  }
}
