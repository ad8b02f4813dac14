package dev.realtime.gateway.room;

import static dev.realtime.gateway.room.Listener.range;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.work.Mailbox;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What fails for one member or in one step takes nothing else along. */
@Timeout(60)
class RoomFailuresTest {

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final TestRoom room = new TestRoom();
  private final EventLoop loop = room.loops.get(0);
  private final Listener broken = new Listener("broken", loop);
  private final Listener behind = new Listener("behind", loop);

  @AfterEach
  void stop() {
    room.stop();
  }

  @Test
  void putsOutTheMemberThatFailsAndGoesOnWithTheOthers() {
    room.follow(room.alice);
    Place place = room.follow(broken);
    room.follow(behind);
    room.change(true);
    assertThat(broken.settled()).isEqualTo(range(1, 1));

    broken.fails = true;
    room.change(true);
    room.change(true);

    assertThat(room.alice.settled()).isEqualTo(range(1, 3));
    assertThat(behind.settled()).isEqualTo(range(1, 3));
    assertThat(broken.settled()).isEqualTo(range(1, 1));
    assertThat(place.isEnded()).isTrue();
  }

  @Test
  void hasTheMemberResumeThatCouldNotBeGivenAFrame() {
    Place place = room.follow(broken);
    broken.fails = true;
    room.change(true);
    broken.settled();
    broken.fails = false;

    assertThat(place.isEnded()).isTrue();
    assertThat(broken.outdated).containsExactly(place);
    assertThat(room.registry.size()).isZero();
  }

  @Test
  void evictsTheOthersWhereOneFails() {
    Listener other = new Listener("broken", loop);
    room.follow(broken);
    Place place = room.follow(other);
    room.follow(behind);
    broken.fails = true;

    room.publish(TestRoom.removal(room.log.position.incrementAndGet(), "broken"));
    room.change(true);

    assertThat(behind.settled()).isEqualTo(range(1, 2));
    assertThat(other.settled()).isEqualTo(range(1, 1));
    assertThat(other.evictions).containsExactly(place);
    assertThat(room.registry.size()).isEqualTo(1);
  }

  @Test
  void carriesOutTheStepsBehindOneThatFails() {
    RoomShard shard = new RoomShard(loop, _ -> {}, _ -> {});
    List<String> done = new ArrayList<>();

    shard.run(() -> done.add("before"));
    shard.run(() -> {
      throw new OutOfMemoryError("on purpose");
    });
    shard.run(() -> done.add("behind"));

    room.alice.settled();
    assertThat(done).containsExactly("before", "behind");
  }

  @Test
  void runsTheTasksOfAMailboxBehindOneThatFails() {
    Mailbox mailbox = new Mailbox(room.time);
    List<String> done = new ArrayList<>();

    mailbox.run(() -> {
      mailbox.run(() -> done.add("behind"));
      throw new OutOfMemoryError("on purpose");
    });
    mailbox.run(() -> done.add("later"));

    assertThat(done).containsExactly("behind", "later");
  }

  /** Nobody waits for the steps of an event loop that takes no more. */
  @Test
  void answersThoughTheEventLoopOfTheMemberHasEnded() {
    Place place = room.follow(room.alice);
    assertThat(loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(10_000))
        .isTrue();

    assertThat(place.hold().position().block(DEADLINE)).isZero();
    assertThat(place.goLive(0).block(DEADLINE)).isTrue();
    place.leave();
    assertThat(room.registry.size()).isZero();
  }
}
