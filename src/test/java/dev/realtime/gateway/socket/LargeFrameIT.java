package dev.realtime.gateway.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RawFrame;
import dev.realtime.gateway.client.RawSocket;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages around and far above the limit: 1009 is always seen, never a silent cut. */
@Timeout(60)
class LargeFrameIT extends AttackedGateway {

  private static final int LIMIT = 65_536;
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final int MEGABYTE = 1 << 20;

  @Test
  void takesAFrameOfExactlyTheLimit() {
    try (RawSocket socket = welcomed()) {
      socket.sendText(ping(LIMIT));

      assertThat(socket.awaitText("\"ack\"", SOON)).contains("\"id\":\"1\"");
    }
  }

  @Test
  void endsWithOneByteMore() {
    try (RawSocket socket = welcomed()) {
      socket.sendText(ping(LIMIT + 1));

      assertTooLarge(socket);
    }
  }

  @Test
  void takesFragmentsUpToTheLimit() {
    String text = ping(LIMIT);
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.text(text.substring(0, 40_000)).unfinished());
      socket.send(RawFrame.ping("between"));
      socket.send(RawFrame.continuation(text.substring(40_000)));

      socket.awaitText("\"ack\"", SOON);
    }
  }

  @Test
  void addsFragmentsUp() {
    String text = ping(LIMIT + 1);
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.text(text.substring(0, 40_000)).unfinished());
      socket.send(RawFrame.continuation(text.substring(40_000)));

      assertTooLarge(socket);
    }
  }

  @Test
  void countsManySmallFragments() {
    byte[] fragment = RawFrame.continuation("x").unfinished().bytes();
    byte[] many = new byte[fragment.length * (LIMIT + 10)];
    for (int i = 0; i < LIMIT + 10; i++) {
      System.arraycopy(fragment, 0, many, i * fragment.length, fragment.length);
    }
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.text("x").unfinished());
      socket.write(many);

      assertTooLarge(socket);
    }
  }

  @Test
  void isNotFooledByEmptyFragments() {
    byte[] fragment = RawFrame.continuation("").unfinished().bytes();
    byte[] many = new byte[fragment.length * 100_000];
    for (int i = 0; i < 100_000; i++) {
      System.arraycopy(fragment, 0, many, i * fragment.length, fragment.length);
    }
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.text("{\"event\":\"session:ping\",").unfinished());
      socket.write(many);
      socket.send(RawFrame.continuation("\"id\":\"1\"}"));

      socket.awaitText("\"ack\"", SOON);
    }
  }

  @RepeatedTest(20)
  void showsTheCloseToARawClient() {
    try (RawSocket socket = welcomed()) {
      socket.tryWrite(RawFrame.text("x".repeat(200_000)).bytes());

      assertTooLarge(socket);
    }
  }

  @RepeatedTest(20)
  void showsTheCloseToAClient() {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.sendText("x".repeat(200_000));

      assertThat(alice.awaitClose(SOON).code()).isEqualTo(1009);
      Received bye = alice.await("session:bye");
      assertThat(bye.number("code")).isEqualTo(1009);
      assertThat(bye.data().path("reconnect").asBoolean()).isTrue();
    }
  }

  @Test
  void showsTheCloseToAClientThatGoesOnSending() {
    try (GatewayClient alice = gateway.connect("alice")) {
      alice.sendFragments(Collections.nCopies(200, "x".repeat(1_000)));
      alice.sendText("{\"event\":\"session:ping\",\"id\":\"late\"}");

      assertThat(alice.awaitClose(SOON).code()).isEqualTo(1009);
      assertThat(alice.received()).extracting(Received::event).doesNotContain("ack");
    }
  }

  @Test
  void readsOnUntilATenMegabyteFrameHasSeenItsAnswer() {
    byte[] frame = RawFrame.text("x".repeat(10 * MEGABYTE)).bytes();
    try (RawSocket socket = welcomed()) {
      for (int from = 0; from < frame.length; from += MEGABYTE) {
        socket.tryWrite(Arrays.copyOfRange(frame, from, Math.min(frame.length, from + MEGABYTE)));
      }

      assertTooLarge(socket);
    }
  }

  @Test
  void endsAtTheHeaderOfAnEndlessFrame() {
    try (RawSocket socket = welcomed()) {
      socket.send(RawFrame.text("x").declaring(1L << 62));

      assertTooLarge(socket);
    }
  }

  @Test
  void endsWhereverTheHeaderIsCut() {
    byte[] bytes = RawFrame.text("x").declaring(200_000).bytes();
    for (int cut = 1; cut < 10; cut++) {
      try (RawSocket socket = welcomed()) {
        socket.write(Arrays.copyOf(bytes, cut));
        bystander.assertUnharmed();
        socket.tryWrite(Arrays.copyOfRange(bytes, cut, bytes.length));
        assertTooLarge(socket);
      }
    }
  }

  /** A client that never stops is cut all the same, and within the two seconds. */
  @Test
  void doesNotReadForEver() {
    try (RawSocket socket = welcomed()) {
      byte[] endless = new byte[MEGABYTE];
      socket.send(RawFrame.text("x").declaring(1L << 50));
      long start = System.nanoTime();
      while (socket.tryWrite(endless)) {
        assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(6).toNanos());
      }
      assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofSeconds(1).toNanos());
    }
  }

  /** The answer to the close frame ends it at once. */
  @Test
  void endsSoonForAClientThatAnswersTheClose() {
    try (RawSocket socket = welcomed()) {
      socket.sendText(ping(LIMIT + 1));
      assertTooLarge(socket);
      long start = System.nanoTime();
      socket.send(RawFrame.close(1009, ""));

      assertThat(socket.read(SOON)).isNull();
      assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(1).toNanos());
    }
  }

  private static void assertTooLarge(RawSocket socket) {
    assertThat(socket.awaitText("session:bye", SOON)).contains("1009");
    assertThat(socket.awaitClose(SOON).code()).isEqualTo(1009);
  }

  private static RawSocket welcomed() {
    RawSocket socket = RawSocket.connect(gateway.socket(), TestGateway.token("alice"));
    socket.awaitText("session:welcome", SOON);
    return socket;
  }

  /** A ping command of this many bytes. */
  private static String ping(int bytes) {
    String head = "{\"event\":\"session:ping\",\"id\":\"1\",\"pad\":\"";
    String text = head + "x".repeat(bytes - head.length() - 2) + "\"}";
    assertThat(text.getBytes(UTF_8)).hasSize(bytes);
    return text;
  }
}
