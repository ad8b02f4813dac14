package dev.realtime.gateway.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class RawSocketTest {

  private static final Duration SOON = Duration.ofSeconds(5);

  /** RFC 6455, section 5.7: a single-frame unmasked text message. */
  @Test
  void writesTheFrameOfTheStandard() {
    assertThat(RawFrame.text("Hello").unmasked().bytes())
        .isEqualTo(HexFormat.of().parseHex("810548656c6c6f"));
  }

  @Test
  void writesFramesThatBreakTheStandard() {
    assertThat(RawFrame.text("a").unfinished().reserved(4).unmasked().bytes())
        .isEqualTo(HexFormat.of().parseHex("410161"));
    assertThat(RawFrame.text("a").unmasked().declaring(200_000).bytes())
        .isEqualTo(HexFormat.of().parseHex("817f0000000000030d4061"));
    assertThat(RawFrame.of(11, new byte[0]).bytes())
        .isEqualTo(HexFormat.of().parseHex("8b8012345678"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 65_535, 65_536})
  void readsWhatItWrites(int length) throws IOException {
    byte[] payload = new byte[length];
    java.util.Arrays.fill(payload, (byte) 'x');
    RawFrame sent = RawFrame.of(RawFrame.BINARY, payload);

    RawFrame read = RawFrame.read(new DataInputStream(new ByteArrayInputStream(sent.bytes())));

    assertThat(read).isNotNull();
    Objects.requireNonNull(read);
    assertThat(read.isMasked()).isTrue();
    assertThat(read.isFinal()).isTrue();
    assertThat(read.opcode()).isEqualTo(RawFrame.BINARY);
    assertThat(read.payload()).isEqualTo(payload);
  }

  @Test
  void seesPingsAndCloses() throws IOException {
    try (TinyGateway gateway = new TinyGateway(RawSocketTest::pingThenClose);
        RawSocket socket = RawSocket.connect(gateway.uri(), "jwt")) {
      socket.answerPings(true);
      assertThat(gateway.request()).contains("Authorization: Bearer jwt");
      assertThat(socket.awaitPing(SOON).text()).isEqualTo("p");
      assertThat(socket.awaitText("p", SOON)).isEqualTo("ponged p");
      assertThat(socket.awaitClose(SOON)).isEqualTo(new Closed(4010, "heartbeat missed"));
    }
  }

  private static void pingThenClose(TinyGateway.Peer peer) throws IOException {
    peer.accept();
    peer.send(RawFrame.ping("p"));
    RawFrame pong = peer.read();
    peer.send(pong == null ? "nothing" : "ponged " + pong.text());
    peer.send(RawFrame.close(4010, "heartbeat missed"));
  }

  @Test
  void callsACutConnectionAbnormal() throws IOException {
    try (TinyGateway gateway = new TinyGateway(TinyGateway.Peer::accept);
        RawSocket socket = RawSocket.connect(gateway.uri(), Map.of())) {
      assertThat(socket.awaitClose(SOON).code()).isEqualTo(Closed.ABNORMAL);
    }
  }

  @Test
  void tellsStatusAndBodyOfARefusedUpgrade() throws IOException {
    try (TinyGateway gateway =
        new TinyGateway(peer ->
            peer.raw(
                """
                HTTP/1.1 403 Forbidden\r
                Transfer-Encoding: chunked\r
                \r
                3\r
                for\r
                6\r
                bidden\r
                0\r
                \r
                """))) {
      assertThatThrownBy(() -> RawSocket.connect(gateway.uri(), Map.of("Origin", "null")))
          .isInstanceOfSatisfying(
              UpgradeRefusedException.class,
              refused -> {
                assertThat(refused.status()).isEqualTo(403);
                assertThat(refused.body()).isEqualTo("forbidden");
              });
    }
  }

  @Test
  void givesUpAtTheDeadline() throws IOException {
    try (TinyGateway gateway =
            new TinyGateway(peer -> {
              peer.accept();
              peer.drain();
            });
        RawSocket socket = RawSocket.connect(gateway.uri(), Map.of())) {
      assertThatThrownBy(() -> socket.read(Duration.ofMillis(50)))
          .isInstanceOf(ClientException.class);
    }
  }
}
