package dev.realtime.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Inbound.Accepted;
import dev.realtime.gateway.protocol.Inbound.Refused;
import org.jspecify.annotations.Nullable;

/** Frames of clients, decoded as they should be. */
final class Decoding {

  private static final EnvelopeCodec CODEC = new EnvelopeCodec();

  private Decoding() {}

  static Accepted accepted(String frame) {
    Inbound inbound = CODEC.decode(frame);
    assertThat(inbound).as(frame).isInstanceOf(Accepted.class);
    return (Accepted) inbound;
  }

  static Refused refused(String frame) {
    Inbound inbound = CODEC.decode(frame);
    assertThat(inbound).as(frame).isInstanceOf(Refused.class);
    return (Refused) inbound;
  }

  static void assertRefused(
      String frame,
      @Nullable String field,
      @Nullable String id,
      @Nullable String event,
      @Nullable String tempId) {
    Refused refused = refused(frame);
    assertThat(refused.why().code()).as(frame).isEqualTo(ErrorCode.BAD_REQUEST);
    assertThat(refused.why().field()).as(frame).isEqualTo(field);
    assertThat(refused.id()).as(frame).isEqualTo(id);
    assertThat(refused.event()).as(frame).isEqualTo(event);
    assertThat(refused.tempId()).as(frame).isEqualTo(tempId);
  }
}
