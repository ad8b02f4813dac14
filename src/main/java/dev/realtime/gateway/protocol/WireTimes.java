package dev.realtime.gateway.protocol;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/** Times as the protocol writes them: RFC 3339, UTC, always three digits of milliseconds. */
final class WireTimes extends SimpleModule {

  private static final long serialVersionUID = 1L;

  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  WireTimes() {
    addSerializer(Instant.class, new InstantSerializer());
  }

  private static final class InstantSerializer extends StdSerializer<Instant> {

    InstantSerializer() {
      super(Instant.class);
    }

    @Override
    public void serialize(Instant value, JsonGenerator json, SerializationContext context) {
      json.writeString(MILLISECONDS.format(value));
    }
  }
}
