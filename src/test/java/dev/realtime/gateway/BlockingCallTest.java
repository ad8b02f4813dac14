package dev.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.NonBlocking;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/** BlockHound is at work in every test: whatever blocks an event loop fails there. */
class BlockingCallTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  @Test
  void isCaughtOnAnEventLoopOfTheServer() throws Exception {
    LoopResources loops = LoopResources.create("caught", 1, true);
    try {
      var outcome = new CompletableFuture<Throwable>();
      loops
          .onServer(LoopResources.DEFAULT_NATIVE)
          .next()
          .execute(() -> outcome.complete(blockHere()));

      assertThat(outcome.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
          .isInstanceOf(BlockingOperationError.class);
    } finally {
      loops.disposeLater(Duration.ZERO, LIMIT).block(LIMIT);
    }
  }

  @Test
  void isCaughtOnAParallelThread() {
    Mono<String> blocking =
        Mono.fromCallable(
                () -> Thread.currentThread() instanceof NonBlocking ? wasted() : "blocking thread")
            .subscribeOn(Schedulers.parallel());

    assertThatThrownBy(() -> blocking.block(LIMIT))
        .hasRootCauseInstanceOf(BlockingOperationError.class);
  }

  @Test
  void isPermittedElsewhere() throws Exception {
    assertThat(wasted()).isEqualTo("waited");
  }

  private static Throwable blockHere() {
    try {
      wasted();
      return new AssertionError("was not caught");
    } catch (BlockingOperationError caught) {
      return caught;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return interrupted;
    }
  }

  private static String wasted() throws InterruptedException {
    boolean released = new CountDownLatch(1).await(1, TimeUnit.MILLISECONDS);
    return released ? "released" : "waited";
  }
}
