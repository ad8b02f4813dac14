package dev.realtime.gateway.protocol;

import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.jdk.StringDeserializer;
import tools.jackson.databind.module.SimpleModule;

/** A JSON module that reads text unchanged but refuses U+0000 and lone surrogates. */
final class SoundText extends SimpleModule {

  private static final long serialVersionUID = 1L;

  SoundText() {
    super("sound text");
    addDeserializer(String.class, new Reader());
  }

  private static final class Reader extends StringDeserializer {

    @Override
    public String deserialize(JsonParser parser, DeserializationContext context) {
      String text = super.deserialize(parser, context);
      return text != null && UnicodeCheck.isBroken(text)
          ? context.reportInputMismatch(this, UnicodeCheck.SENTENCE)
          : text;
    }
  }
}
