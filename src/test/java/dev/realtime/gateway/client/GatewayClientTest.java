package dev.realtime.gateway.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.realtime.gateway.protocol.ChatCommand.JoinChat;
import dev.realtime.gateway.protocol.SessionCommand.Ping;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(30)
class GatewayClientTest {

  private static final Duration SHORT = Duration.ofMillis(100);
  private static final String WELCOME =
      """
      {"event":"session:welcome","data":{"connectionId":"k1"}}\
      """;

  @Test
  void tellsWhoCallsInTheUpgrade() throws IOException {
    try (TinyGateway gateway = new TinyGateway(TinyGateway.Peer::accept);
        GatewayClient client =
            GatewayClient.builder(gateway.uri())
                .token("jwt")
                .origin("http://localhost:3000")
                .deviceId("my phone")
                .connect()) {
      assertThat(gateway.request())
          .startsWith("GET /ws?deviceId=my+phone HTTP/1.1")
          .containsIgnoringCase("authorization: bearer jwt")
          .containsIgnoringCase("origin: http://localhost:3000")
          .containsIgnoringCase("sec-websocket-protocol: gateway.v1\r\n");
      assertThat(client.subprotocol()).isEqualTo("gateway.v1");
    }
  }

  @Test
  void offersTheTokenAsSubprotocol() throws IOException {
    try (TinyGateway gateway = new TinyGateway(TinyGateway.Peer::accept);
        GatewayClient client =
            GatewayClient.builder(gateway.uri()).tokenInSubprotocol("jwt").connect()) {
      assertThat(gateway.request()).contains("gateway.v1, bearer.jwt");
      assertThat(client.subprotocol()).isEqualTo("gateway.v1");
    }
  }

  @Test
  void tellsStatusAndBodyOfARefusedUpgrade() throws IOException {
    try (TinyGateway gateway =
        new TinyGateway(peer ->
            peer.raw("HTTP/1.1 401 Unauthorized\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}"))) {
      assertThatThrownBy(() -> GatewayClient.builder(gateway.uri()).connect())
          .isInstanceOfSatisfying(
              UpgradeRefusedException.class,
              refused -> {
                assertThat(refused.status()).isEqualTo(401);
                assertThat(refused.body()).isEqualTo("{\"a\":\"b\"}");
              });
    }
  }

  @Test
  void relatesAnswersToCommands() throws IOException {
    try (TinyGateway gateway = new TinyGateway(GatewayClientTest::answerInReverse);
        GatewayClient client = GatewayClient.builder(gateway.uri()).connect()) {
      CompletableFuture<JsonNode> first = client.request(new Ping());
      CompletableFuture<JsonNode> second = client.request(new JoinChat("c1", null));

      assertThat(first.join().path("n").asInt()).isEqualTo(1);
      assertThatThrownBy(second::join)
          .cause()
          .isInstanceOfSatisfying(
              RefusedException.class,
              refused -> {
                assertThat(refused.code()).isEqualTo("rate_limited");
                assertThat(refused.field()).isEqualTo("chatId");
                assertThat(refused.event()).isEqualTo("chat:join");
                assertThat(refused.tempId()).isNull();
                assertThat(refused.retryAfterMs()).isEqualTo(7);
                assertThat(refused.retryable()).isTrue();
                assertThat(refused.sentence()).isEqualTo("no");
              });
      assertThat(client.connectionId()).isEqualTo("k1");
      assertThat(client.received())
          .extracting(Received::event)
          .containsExactly("error", "ack", "session:welcome");
      assertThat(client.next().event()).isEqualTo("session:welcome");
    }
  }

  private static void answerInReverse(TinyGateway.Peer peer) throws IOException {
    peer.accept();
    peer.read();
    peer.read();
    peer.send(
        """
        {"event":"error","id":"2","data":{"code":"rate_limited","message":"no",\
        "field":"chatId","event":"chat:join","retryable":true,"retryAfterMs":7}}\
        """);
    peer.send("{\"event\":\"ack\",\"id\":\"1\",\"data\":{\"n\":1}}");
    peer.send(WELCOME);
    peer.drain();
  }

  @Test
  void failsPendingRequestsWhenTheConnectionEnds() throws IOException {
    try (TinyGateway gateway = new TinyGateway(GatewayClientTest::closeAfterOneFrame);
        GatewayClient client = GatewayClient.builder(gateway.uri()).connect()) {
      assertThatThrownBy(client.request(new Ping())::join)
          .hasCauseInstanceOf(ClientException.class)
          .hasMessageContaining("4008");
      assertThat(client.awaitClose(GatewayClient.DEADLINE)).isEqualTo(new Closed(4008, "slow"));
      assertThatThrownBy(client.request(new Ping())::join)
          .hasCauseInstanceOf(ClientException.class);
      assertThatThrownBy(() -> client.await("chat:message"))
          .isInstanceOf(ClientException.class)
          .hasMessageContaining("chat:message")
          .hasMessageContaining("session:welcome");
    }
  }

  private static void closeAfterOneFrame(TinyGateway.Peer peer) throws IOException {
    peer.accept();
    peer.send(WELCOME);
    peer.read();
    peer.send(RawFrame.close(4008, "slow"));
    peer.drain();
  }

  @Test
  void callsACutConnectionAbnormal() throws IOException {
    try (TinyGateway gateway = new TinyGateway(TinyGateway.Peer::accept);
        GatewayClient client = GatewayClient.builder(gateway.uri()).connect()) {
      assertThat(client.awaitClose(GatewayClient.DEADLINE).code()).isEqualTo(Closed.ABNORMAL);
    }
  }

  @Test
  void abortsWithoutACloseFrame() throws IOException {
    CompletableFuture<Object> seen = new CompletableFuture<>();
    try (TinyGateway gateway =
            new TinyGateway(peer -> {
              peer.accept();
              seen.complete(endOf(peer));
            });
        GatewayClient client = GatewayClient.builder(gateway.uri()).connect()) {
      client.abort();
      assertThat(client.awaitClose(SHORT).code()).isEqualTo(Closed.ABNORMAL);
      assertThat(seen.orTimeout(5, TimeUnit.SECONDS).join()).isEqualTo("end");
    }
  }

  private static Object endOf(TinyGateway.Peer peer) {
    try {
      RawFrame frame = peer.read();
      return frame == null ? "end" : frame.toString();
    } catch (IOException reset) {
      return "end";
    }
  }

  @Test
  void takesEachFrameOnceInAnyOrderOfWaits() throws IOException {
    try (TinyGateway gateway = new TinyGateway(GatewayClientTest::sendThree);
        GatewayClient client = GatewayClient.builder(gateway.uri()).connect()) {
      assertThat(client.await("b").number("n")).isEqualTo(2);
      assertThat(client.await("a").number("n")).isEqualTo(1);
      assertThat(client.await("a").number("n")).isEqualTo(3);
      client.assertSilence("a", SHORT);
      assertThatThrownBy(() -> client.await("a", SHORT)).hasMessageContaining("\"n\":2");
      List<Received> heard = new ArrayList<>();
      client.listen(heard::add);
      assertThat(heard).isEqualTo(client.received()).hasSize(3);
    }
  }

  @Test
  void noticesWhatBreaksSilence() throws IOException {
    try (TinyGateway gateway = new TinyGateway(GatewayClientTest::sendThree);
        GatewayClient client = GatewayClient.builder(gateway.uri()).connect()) {
      assertThatThrownBy(() -> client.assertSilence("b", GatewayClient.DEADLINE))
          .isInstanceOf(AssertionError.class);
      client.await(frame -> frame.number("n") == 3, GatewayClient.DEADLINE);
      client.skip();
      client.assertSilence(frame -> true, SHORT);
    }
  }

  @Test
  void noticesWhatComesBeforeAMarker() throws IOException {
    try (TinyGateway gateway = new TinyGateway(GatewayClientTest::sendThree);
        GatewayClient client = GatewayClient.builder(gateway.uri()).connect()) {
      assertThat(client.assertNothingBefore("b", "c").number("n")).isEqualTo(2);
      assertThatThrownBy(
              () -> client.assertNothingBefore(frame -> frame.number("n") == 3, frame -> true))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("\"n\":1");
    }
  }

  private static void sendThree(TinyGateway.Peer peer) throws IOException {
    peer.accept();
    peer.send("{\"event\":\"a\",\"data\":{\"n\":1}}");
    peer.send(RawFrame.text("{\"event\":\"b\",").unfinished());
    peer.send(RawFrame.continuation("\"data\":{\"n\":2}}"));
    peer.send("{\"event\":\"a\",\"data\":{\"n\":3}}");
    peer.drain();
  }

  @Test
  void sendsFromManyThreadsWithoutOverlap() throws Exception {
    int threads = 8;
    CountDownLatch whole = new CountDownLatch(threads * 50 * 2);
    try (TinyGateway gateway = new TinyGateway(peer -> countWhole(peer, whole));
        GatewayClient client = GatewayClient.builder(gateway.uri()).connect();
        ExecutorService senders = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        senders.execute(() -> sendFifty(client));
      }
      assertThat(whole.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void sendFifty(GatewayClient client) {
    for (int i = 0; i < 50; i++) {
      client.sendText("whole");
      client.sendFragments(List.of("who", "l", "e"));
    }
  }

  private static void countWhole(TinyGateway.Peer peer, CountDownLatch whole) throws IOException {
    peer.accept();
    StringBuilder text = new StringBuilder();
    for (RawFrame frame = peer.read(); frame != null; frame = peer.read()) {
      text.append(frame.text());
      if (frame.isFinal()) {
        if (text.toString().equals("whole")) {
          whole.countDown();
        }
        text.setLength(0);
      }
    }
  }

  @Test
  void leavesFramesUnreadWhilePaused() throws IOException {
    CountDownLatch paused = new CountDownLatch(1);
    try (TinyGateway gateway =
            new TinyGateway(peer -> {
              peer.accept();
              peer.send("{\"event\":\"a\",\"data\":{}}");
              peer.read();
              paused.countDown();
              peer.send("{\"event\":\"b\",\"data\":{}}");
              peer.send("{\"event\":\"b\",\"data\":{}}");
              peer.drain();
            });
        GatewayClient client = GatewayClient.builder(gateway.uri()).connect()) {
      client.await("a");
      client.pauseReading();
      client.sendText("go on");
      client.await("b");
      // A paused client reads no marker, so only time shows that it reads nothing.
      client.assertSilence("b", SHORT);
      client.resumeReading();
      client.await("b");
    }
  }
}
