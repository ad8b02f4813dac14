package dev.realtime.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sentence of a refusal names what is wrong, also if that is a part of the field. */
class RefusalSentencesTest {

  private static final EnvelopeCodec CODEC = new EnvelopeCodec();

  private static String sentence(String frame) {
    return ((Inbound.Refused) CODEC.decode(frame)).why().sentence();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                      | An attachment's url is required.",
        "{'url':'http://a.example'}              | An attachment's url must begin with https://.",
        "{'url':'https://'}                      | An attachment's url must have 9 to 2048"
            + " characters.",
        "{'url':'https://a'}                     | An attachment's mime is required.",
        "{'url':'https://a','mime':'a'}          | An attachment's size is required.",
        "{'url':'https://a','mime':'a','size':-1}| An attachment's size must not be negative."
      })
  void namesThePartOfAnAttachment(String attachment, String sentence) {
    assertThat(sentence(message("'attachments':[" + attachment + "]"))).isEqualTo(sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                        | algorithm of encrypted is required.",
        "{'algorithm':'a','senderDeviceId':'d'}    | ciphertext of encrypted is required.",
        "{'algorithm':'a','senderDeviceId':'d','ciphertext':'c'} | keys of encrypted is required.",
        "{'algorithm':'a','senderDeviceId':'d','ciphertext':'c','keys':{'b':''}}"
            + "| A key in keys must have 1 to 256 characters."
      })
  void namesThePartOfAnEncryptedBody(String encrypted, String sentence) {
    assertThat(sentence(message("'encrypted':" + encrypted))).isEqualTo(sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'id':'1'}                                  | event is required.",
        "{'id':'1','event':5}                        | event must be a string.",
        "{'id':{},'event':'session:ping'}            | id must be a string or a whole number.",
        "{'id':'','event':'session:ping'}            | id must have 1 to 64 characters.",
        "{'event':'chat:message','data':{'chatId':'c'}} | content or encrypted is required."
      })
  void tellsWhatTheFrameLacks(String frame, String sentence) {
    assertThat(sentence(frame.replace('\'', '"'))).isEqualTo(sentence);
  }

  private static String message(String fields) {
    String data = "{'chatId':'c','content':'x'," + fields + "}";
    return ("{'event':'chat:message','data':" + data + "}").replace('\'', '"');
  }
}
