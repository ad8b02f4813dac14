package dev.realtime.gateway.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.room.Frame;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What waits for a slow connection makes room for what is worth more. */
class OutboundQueueTest {

  private static final int FRAMES = 4;
  private static final int BYTES = 100;

  private final EnvelopeCodec codec = new EnvelopeCodec();
  private final Map<Class<? extends Delivery>, Integer> dropped = new HashMap<>();
  private OutboundQueue queue = queue(BYTES);

  private OutboundQueue queue(int bytes) {
    return new OutboundQueue(
        new OutboundQueue.Bounds(
            FRAMES,
            bytes,
            (delivery, frames) -> dropped.merge(delivery.getClass(), frames, Integer::sum),
            codec));
  }

  @Test
  void keepsDurableFramesInOrderAndRefusesOneTooMany() {
    for (String text : List.of("1", "2", "3", "4")) {
      assertThat(offer(durable(text))).isTrue();
    }
    assertThat(taken()).containsExactly("1", "2", "3", "4");

    for (String text : List.of("5", "6", "7", "8")) {
      offer(durable(text));
    }
    assertThat(offer(durable("9"))).isFalse();
    assertThat(taken()).containsExactly("5", "6", "7", "8");
  }

  @Test
  void countsBytesToo() {
    assertThat(offer(durable("x".repeat(60)))).isTrue();
    assertThat(offer(durable("y".repeat(40)))).isTrue();
    taken();

    assertThat(offer(durable("x".repeat(BYTES)))).as("counted anew").isTrue();
    assertThat(offer(durable("z"))).isFalse();
  }

  @Test
  void dropsWhatIsWorthNothingLater() {
    assertThat(offer(typing("typing"))).isTrue();
    assertThat(offer(durable("a"))).isTrue();
    assertThat(dropped).containsExactlyEntriesOf(Map.of(Delivery.Ends.class, 1));

    assertThat(taken()).containsExactly("a");
  }

  @Test
  void replacesTheOlderByTheNewestOfItsKey() {
    offer(latest("alice", "alice 1"));
    offer(latest("bob", "bob 1"));
    for (int i = 2; i < 100; i++) {
      assertThat(offer(latest("alice", "alice " + i))).isTrue();
    }
    assertThat(offer(durable("a"))).isTrue();
    assertThat(offer(durable("b"))).isTrue();

    assertThat(taken()).containsExactly("bob 1", "alice 99", "a", "b");
  }

  @Test
  void countsTheBytesOfTheNewest() {
    offer(latest("alice", "x".repeat(90)));
    offer(latest("alice", "y"));

    assertThat(offer(durable("z".repeat(BYTES - 1)))).isTrue();
  }

  @Test
  void samplesWhileItIsSlow() {
    for (int i = 0; i < 10; i++) {
      assertThat(offer(sampled("s" + i))).isTrue();
    }

    assertThat(dropped).containsExactlyEntriesOf(Map.of(Delivery.Sampled.class, 8));
    assertThat(taken()).as("the latest").containsExactly("s8", "s9");
    offer(sampled("s10"));
    assertThat(taken()).containsExactly("s10");
  }

  @Test
  void makesRoomForDurableFrames() {
    offer(latest("alice", "alice"));
    offer(sampled("s"));
    offer(durable("a"));
    offer(durable("b"));
    assertThat(offer(durable("c"))).isTrue();
    assertThat(dropped).containsEntry(Delivery.Sampled.class, 1);

    assertThat(taken()).containsExactly("alice", "a", "b", "c");
  }

  @Test
  void addsUpCountsThatWait() {
    queue = queue(1_000);
    for (int i = 0; i < 100; i++) {
      assertThat(offer(cheers("+", 99))).isTrue();
      assertThat(offer(cheers("-", 1))).isTrue();
    }

    assertThat(taken()).containsExactly(text(cheers("+", 9_900)), text(cheers("-", 100)));
  }

  /** A newer instance may publish an event that this one cannot read. */
  @Test
  void keepsTheNewestOfCountsItCannotAddUp() {
    offer(frame(new Delivery.Counted("k", 3), "{\"event\":\"new:sum\",\"data\":{\"n\":3}}"));
    String newest = "{\"event\":\"new:sum\",\"data\":{\"n\":4}}";
    offer(frame(new Delivery.Counted("k", 4), newest));

    assertThat(taken()).containsExactly(newest);
  }

  @Test
  void keepsTheWordsOfTheHostLongest() {
    for (int i = 0; i < 100; i++) {
      assertThat(offer(sampled("viewer"))).isTrue();
      assertThat(offer(frame(new Delivery.SampledLast(), "host " + i))).isTrue();
    }

    assertThat(taken()).doesNotContain("viewer").startsWith("host 0", "host 1");
  }

  @Test
  void dropsNoMoreThanItMust() {
    offer(sampled("s0"));
    offer(sampled("s1"));
    offer(durable("a"));
    offer(durable("b"));

    assertThat(offer(durable("c"))).isTrue();

    assertThat(dropped).containsExactlyEntriesOf(Map.of(Delivery.Sampled.class, 1));
    assertThat(taken()).containsExactly("s1", "a", "b", "c");
  }

  @Test
  void dropsForACountNeitherTheWordsOfTheHostNorTheConnection() {
    for (int i = 0; i < FRAMES; i++) {
      offer(frame(new Delivery.SampledLast(), "host " + i));
    }

    assertThat(offer(latest("count", "1"))).isTrue();

    assertThat(dropped).containsExactlyEntriesOf(Map.of(Delivery.Latest.class, 1));
    assertThat(taken()).containsExactly("host 0", "host 1", "host 2", "host 3");
  }

  @Test
  void fillsHalfOfTheBytesAtMostWithLongWords() {
    offer(sampled("a".repeat(30)));
    offer(sampled("b".repeat(30)));

    assertThat(dropped).containsExactlyEntriesOf(Map.of(Delivery.Sampled.class, 1));
    assertThat(taken()).containsExactly("b".repeat(30));
  }

  @Test
  void countsEveryReactionThatIsLost() {
    for (int i = 0; i < FRAMES; i++) {
      offer(durable("d" + i));
    }
    offer(cheers("+", 99));

    assertThat(dropped).containsExactlyEntriesOf(Map.of(Delivery.Counted.class, 99));
  }

  /** A full queue must not cost the event loop more per frame than an almost empty one. */
  @Test
  void replacesAndAddsUpWithoutWalkingThroughWhatWaits() {
    long few = fastestRound(8);
    long many = fastestRound(512);

    assertThat(many).isLessThan(6 * few);
  }

  private long fastestRound(int waiting) {
    long fastest = Long.MAX_VALUE;
    for (int round = 0; round < 12; round++) {
      queue =
          new OutboundQueue(new OutboundQueue.Bounds(waiting + 3, 1 << 20, (_, _) -> {}, codec));
      for (int i = 0; i < waiting; i++) {
        offer(durable("d"));
      }
      long begun = System.nanoTime();
      for (int i = 0; i < 5_000; i++) {
        offer(latest("alice", "a"));
        offer(sampled("s"));
      }
      fastest = Math.min(fastest, System.nanoTime() - begun);
    }
    return fastest;
  }

  private boolean offer(Frame frame) {
    return queue.offer(frame);
  }

  private static Frame durable(String text) {
    return frame(Delivery.durable(), text);
  }

  private static Frame latest(String key, String text) {
    return frame(new Delivery.Latest(key), text);
  }

  private static Frame sampled(String text) {
    return frame(new Delivery.Sampled(), text);
  }

  private static Frame typing(String text) {
    return frame(new Delivery.Ends("typing"), text);
  }

  private static Frame frame(Delivery delivery, String text) {
    return new Frame(delivery, text.getBytes(UTF_8));
  }

  private Frame cheers(String emoji, int count) {
    LiveEvent.Reacted event = new LiveEvent.Reacted("s1", emoji, List.of("alice"), count);
    return new Frame(event.delivery(), codec.encode(event));
  }

  private static String text(Frame frame) {
    return new String(frame.json(), UTF_8);
  }

  /** The payloads that wait, in the order in which they leave. */
  private List<String> taken() {
    List<String> texts = new ArrayList<>();
    for (Frame frame = queue.poll(); frame != null; frame = queue.poll()) {
      texts.add(text(frame));
    }
    return texts;
  }
}
