package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.SerializedString;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.annotation.JsonSerialize;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * A message of a stream as JSON. It is encoded once, and each of the many replies that carry it
 * copies the bytes.
 */
@JsonSerialize(using = EncodedMessage.Writer.class)
public record EncodedMessage(SerializableString json) {

  /** Encodes a message. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static EncodedMessage of(LiveMessage message) {
    return new EncodedMessage(new SerializedString(WireJson.mapper().writeValueAsString(message)));
  }

  static final class Writer extends StdSerializer<EncodedMessage> {

    Writer() {
      super(EncodedMessage.class);
    }

    @Override
    public void serialize(
        EncodedMessage message, JsonGenerator generator, SerializationContext context) {
      generator.writeRawValue(message.json());
    }
  }
}
