package dev.realtime.gateway.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.bus.BusMessage.Kind;
import dev.realtime.gateway.bus.Hearing.Arrival;
import org.junit.jupiter.api.Test;

class HearingsTest {

  private static final RoomId ROOM = RoomId.chat("42");
  private static final String CHANNEL = ROOM.channel();

  private final Hearings hearings = new Hearings();

  private Arrival hear(String channel, long instance, long number, long previous) {
    return hearings.heard(
        channel, new BusMessage(Kind.PUBLISHED, instance, number, previous, new byte[0]));
  }

  @Test
  void takesTheFirstNumberOfAnInstanceForGranted() {
    hearings.begin(CHANNEL);

    assertThat(hear(CHANNEL, 1, 900, 850)).isInstanceOf(Arrival.InOrder.class);
    assertThat(hear(CHANNEL, 2, 3, 0)).isInstanceOf(Arrival.InOrder.class);
  }

  @Test
  void dropsWhatComesTwice() {
    hearings.begin(CHANNEL);
    hear(CHANNEL, 1, 5, 0);
    hear(CHANNEL, 1, 6, 5);

    assertThat(hear(CHANNEL, 1, 6, 5)).isInstanceOf(Arrival.Repeated.class);
    assertThat(hear(CHANNEL, 1, 5, 0)).isInstanceOf(Arrival.Repeated.class);
    assertThat(hear(CHANNEL, 1, 7, 6)).isInstanceOf(Arrival.InOrder.class);
  }

  @Test
  void noticesAGapAndNotWhatWentToOtherChannels() {
    hearings.begin(CHANNEL);
    hear(CHANNEL, 1, 5, 0);

    assertThat(hear(CHANNEL, 1, 99, 5)).isInstanceOf(Arrival.InOrder.class);
    assertThat(hear(CHANNEL, 1, 120, 110)).isInstanceOf(Arrival.AfterGap.class);
    assertThat(hear(CHANNEL, 1, 121, 120)).isInstanceOf(Arrival.InOrder.class);
    assertThat(hear(CHANNEL, 1, 130, 0)).as("forgotten").isInstanceOf(Arrival.InOrder.class);
  }

  @Test
  void noticesGapsOfUsersToo() {
    String user = RoomId.user("7").channel();
    hear(user, 1, 5, 0);

    assertThat(hear(user, 1, 9, 7)).isInstanceOf(Arrival.AfterGap.class);
  }

  @Test
  void isAloneWhereOneHearsWhatComesBack() {
    hearings.begin(CHANNEL);
    hearings.answered(CHANNEL, 1, 1);
    assertThat(hearings.isAlone(ROOM)).as("another may be the one").isFalse();

    hearings.echoed(CHANNEL, 1);
    assertThat(hearings.isAlone(ROOM)).isTrue();
  }

  @Test
  void isAloneInWhateverOrderTheAnswerComes() {
    hearings.begin(CHANNEL);
    hearings.echoed(CHANNEL, 1);
    hearings.answered(CHANNEL, 1, 1);

    assertThat(hearings.isAlone(ROOM)).isTrue();
  }

  @Test
  void isNotAloneWhereTwoHear() {
    hearings.begin(CHANNEL);
    hearings.echoed(CHANNEL, 1);
    hearings.answered(CHANNEL, 1, 2);

    assertThat(hearings.isAlone(ROOM)).isFalse();
  }

  @Test
  void isNotAloneAfterAHello() {
    hearings.begin(CHANNEL);
    hearings.echoed(CHANNEL, 1);
    hearings.answered(CHANNEL, 1, 1);
    hearings.greeted(CHANNEL);
    assertThat(hearings.isAlone(ROOM)).isFalse();

    hearings.echoed(CHANNEL, 2);
    hearings.greeted(CHANNEL);
    hearings.answered(CHANNEL, 2, 1);
    assertThat(hearings.isAlone(ROOM)).as("an answer from before the hello").isFalse();
  }

  @Test
  void isNotAloneOnceTheSubscriptionEnds() {
    hearings.begin(CHANNEL);
    hearings.echoed(CHANNEL, 1);
    hearings.answered(CHANNEL, 1, 1);
    hearings.end(CHANNEL);
    assertThat(hearings.isAlone(ROOM)).isFalse();

    hear(CHANNEL, 1, 5, 0);
    hearings.echoed(CHANNEL, 2);
    hearings.answered(CHANNEL, 2, 1);
    assertThat(hearings.isAlone(ROOM)).as("the end is on its way to Redis").isFalse();
  }

  @Test
  void isAloneNowhereWithoutAConnection() {
    hearings.begin(CHANNEL);
    hearings.echoed(CHANNEL, 1);
    hearings.answered(CHANNEL, 1, 1);

    assertThat(hearings.endAll()).isTrue();
    assertThat(hearings.isAlone(ROOM)).isFalse();
    assertThat(hearings.endAll()).isFalse();
  }

  @Test
  void isNeverAloneWithAUser() {
    RoomId user = RoomId.user("7");
    hearings.begin(user.channel());
    hear(user.channel(), 9, 1, 0);
    hearings.echoed(user.channel(), 1);
    hearings.answered(user.channel(), 1, 1);

    assertThat(hearings.isAlone(user)).isFalse();
  }
}
