package dev.realtime.gateway.protocol;

import java.time.Instant;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A message of 200 characters on its way in and out. */
@State(Scope.Benchmark)
public class EnvelopeCodecBenchmark {

  private static final String CONTENT = "0123456789".repeat(20);
  private static final String TEMP_ID = "0197a0b0-0000-7000-8000-000000000001";

  private final EnvelopeCodec codec = new EnvelopeCodec();
  private final String command =
      """
      {"event":"chat:message","id":"17","data":{"chatId":"c1","content":"%s","tempId":"%s"}}\
      """
          .formatted(CONTENT, TEMP_ID);
  private final Message message =
      new Message(
          "0197a0b0-0000-7000-8000-000000000002",
          "c1",
          41,
          42,
          40,
          "alice",
          CONTENT,
          null,
          TEMP_ID,
          null,
          null,
          null,
          Instant.parse("2026-01-02T03:04:05.678Z"),
          null,
          null,
          null,
          null,
          null);

  /** What a client sent becomes a command. */
  @Benchmark
  public Inbound decodeCommand() {
    return codec.decode(command);
  }

  /** A message becomes what is pushed. */
  @Benchmark
  public byte[] encodeMessage() {
    return codec.encode(message);
  }
}
