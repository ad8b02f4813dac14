package dev.realtime.gateway.room;

import static dev.realtime.gateway.room.Listener.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A large room takes the event loop in pieces, and each member still gets every frame in order. */
@Timeout(60)
class LargeRoomTest {

  private static final int MEMBERS = 3 * Burst.SLICE + 1;

  private final TestRoom room = new TestRoom();
  private final EventLoop loop = room.loops.getFirst();
  private final List<Listener> members = new ArrayList<>();
  private final List<Place> places = new ArrayList<>();

  @AfterEach
  void stop() {
    room.stop();
  }

  private void fill() {
    for (int i = 0; i < MEMBERS; i++) {
      Listener member = new Listener("member " + i, loop);
      members.add(member);
      places.add(room.follow(member));
    }
  }

  /** Lets the loop carry out what is queued only when the test has queued all of it. */
  private CountDownLatch holdLoop() {
    CountDownLatch free = new CountDownLatch(1);
    CountDownLatch held = new CountDownLatch(1);
    loop.execute(() -> {
      held.countDown();
      awaitQuietly(free);
    });
    awaitQuietly(held);
    return free;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void servesOnlySomeBeforeTheLoopTurnsToOthers() {
    fill();
    CountDownLatch free = holdLoop();
    room.change(true);
    CompletableFuture<Long> served = CompletableFuture.supplyAsync(this::served, loop);
    free.countDown();

    assertThat(served.join()).isPositive().isLessThanOrEqualTo(Burst.SLICE);
    await().until(() -> served() == MEMBERS);
  }

  private long served() {
    return members.stream().filter(member -> !member.revs.isEmpty()).count();
  }

  @Test
  void givesEveryMemberEveryFrameInOrderWhileOthersComeAndGo() {
    fill();
    Listener late = new Listener("late", loop);
    CountDownLatch free = holdLoop();
    room.change(true);
    loop.execute(() -> places.getFirst().leave());
    loop.execute(() -> places.get(2 * Burst.SLICE).leave());
    for (int i = 0; i < 5; i++) {
      loop.execute(() -> room.change(true));
    }
    free.countDown();
    room.follow(late);
    room.change(true);

    List<Listener> stayed = new ArrayList<>(members);
    stayed.remove(2 * Burst.SLICE);
    stayed.removeFirst();
    await().until(() -> stayed.stream().allMatch(member -> member.revs.size() == 7));
    assertThat(stayed)
        .allSatisfy(member -> assertThat(member.revs).containsExactlyElementsOf(range(1, 7)));
    await().until(() -> !late.revs.isEmpty());
    assertThat(late.settled()).as("who came late").endsWith(7L).doesNotHaveDuplicates();
    assertThat(members.getFirst().settled()).isSubsetOf(range(1, 7)).isSorted();
  }
}
