package dev.realtime.gateway.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.protocol.WireJson;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ChatLogTest {

  private static final String TIME = "2026-01-02T03:04:05.678Z";

  private final ChatLog stayed = ChatLog.of("c1");
  private final ChatLog away = ChatLog.of("c1");

  private static Received frame(String event, String data) {
    JsonNode node = WireJson.mapper().readTree(data);
    return new Received(event, null, node, data);
  }

  private static Received joined(long lastSeq, long lastRev) {
    return frame(
        "ack",
        """
        {"chatId":"c1","type":"group","title":"T","lastSeq":%d,"lastRev":%d,"readSeq":0,"unread":0,
         "memberCount":1,
         "members":[{"userId":"u1","role":"admin","readSeq":0,"deliveredSeq":0}]}\
        """
            .formatted(lastSeq, lastRev));
  }

  private static Received message(long seq, long rev, String rest) {
    return frame(
        "chat:message",
        """
        {"id":"m%d","chatId":"c1","seq":%d,"rev":%d,"prev":%d,"senderId":"u1",
         "createdAt":"%s"%s}\
        """
            .formatted(seq, seq, rev, seq - 1, TIME, rest));
  }

  private static Received message(long seq, long rev) {
    return message(seq, rev, ",\"content\":\"hi\"");
  }

  private static Received replayed(long seq, long rev) {
    return message(seq, rev, ",\"content\":\"hi\",\"replayed\":true");
  }

  private static Received resumed(String outcome, long lastSeq, long lastRev) {
    return frame(
        "ack",
        """
        {"chats":{"c1":{"outcome":"%s","lastSeq":%d,"lastRev":%d,"readSeq":0,"unread":0,
         "members":[{"userId":"u1","role":"admin","readSeq":0,"deliveredSeq":0},
                    {"userId":"u2","role":"member","readSeq":0,"deliveredSeq":0}]}}}\
        """
            .formatted(outcome, lastSeq, lastRev));
  }

  private static Received replayEnded(long seq, long rev) {
    return frame(
        "chat:replayed",
        """
        {"chatId":"c1","seq":%d,"rev":%d}\
        """
            .formatted(seq, rev));
  }

  private static Received edit(long seq, long rev) {
    return frame(
        "chat:edit",
        """
        {"messageId":"m%d","chatId":"c1","seq":%d,"rev":%d,"content":"new","editedAt":"%s",
         "by":"u1"}\
        """
            .formatted(seq, seq, rev, TIME));
  }

  private static Received delete(long seq, long rev) {
    return frame(
        "chat:delete",
        """
        {"messageId":"m%d","chatId":"c1","seq":%d,"rev":%d,"deletedAt":"%s","by":"u1"}\
        """
            .formatted(seq, seq, rev, TIME));
  }

  private static Received reaction(long seq, long rev, String action, long count) {
    return frame(
        "chat:reaction",
        """
        {"messageId":"m%d","chatId":"c1","rev":%d,"userId":"u1","reaction":"+1",
         "action":"%s","count":%d}\
        """
            .formatted(seq, rev, action, count));
  }

  private static Received added(String userId, long rev) {
    return frame(
        "chat:member",
        """
        {"chatId":"c1","rev":%d,"userId":"%s","action":"add","by":"u1"}\
        """
            .formatted(rev, userId));
  }

  private static Received member(String action, long rev) {
    return frame(
        "chat:member",
        """
        {"chatId":"c1","rev":%d,"userId":"u1","action":"%s","by":"u2"}\
        """
            .formatted(rev, action));
  }

  private static void feed(ChatLog log, Received... frames) {
    for (Received frame : frames) {
      log.apply(frame);
    }
  }

  @Test
  void endsWhereTheOtherStayed() {
    feed(stayed, joined(0, 1), message(1, 2), message(2, 3));
    feed(away, joined(0, 1), message(1, 2), message(2, 3));
    feed(stayed, edit(1, 4), reaction(1, 5, "added", 1), message(3, 6), delete(2, 7));
    feed(stayed, added("u2", 8), reaction(3, 9, "added", 2), reaction(3, 10, "removed", 0));

    feed(away, resumed("recovered", 3, 10), replayed(3, 10));
    feed(
        away,
        frame(
            "chat:changed",
            """
            {"chatId":"c1","rev":5,"replayed":true,"message":{"id":"m1","chatId":"c1","seq":1,
             "rev":5,"prev":0,"senderId":"u1","content":"new","createdAt":"%s","editedAt":"%s",
             "reactions":[{"reaction":"+1","count":1,"mine":false}]}}\
            """
                .formatted(TIME, TIME)),
        frame(
            "chat:changed",
            """
            {"chatId":"c1","rev":7,"replayed":true,"message":{"id":"m2","chatId":"c1","seq":2,
             "rev":7,"prev":1,"senderId":"u1","createdAt":"%s","deletedAt":"%s"}}\
            """
                .formatted(TIME, TIME)));

    assertThat(away.state()).isEqualTo(stayed.state());
    assertThat(away.state().members()).containsEntry("u2", Role.MEMBER);
    assertThat(away.violations()).isEmpty();
    assertThat(away.position()).isEqualTo(new Position(2, 3L));
    feed(away, replayEnded(3, 10));
    assertThat(away.position()).isEqualTo(new Position(3, 10L)).isEqualTo(stayed.position());
    feed(away, message(4, 11));
    feed(stayed, message(4, 11));
    assertThat(away.position()).isEqualTo(new Position(4, 11L)).isEqualTo(stayed.position());
    assertThat(stayed.violations()).isEmpty();
  }

  @Test
  void resumesBehindWhatItGotWithinAReplay() {
    feed(away, joined(0, 1), message(1, 2), resumed("recovered", 5, 9), replayed(2, 8));

    assertThat(away.position()).isEqualTo(new Position(1, 2L));
  }

  /** What is told without the room says nothing of what lies before it. */
  @Test
  void movesNoPositionAtItsOwnRemoval() {
    feed(away, frame("session:welcome", "{\"userId\":\"u1\"}"));
    feed(away, joined(0, 1), message(1, 2), resumed("recovered", 5, 9), replayed(2, 8));

    feed(away, member("remove", 30), member("add", 31), member("promote", 32));

    assertThat(away.position()).isEqualTo(new Position(1, 2L));
    assertThat(away.violations()).isEmpty();
    feed(away, resumed("recovered", 3, 32), replayed(2, 8), replayed(3, 9));
    feed(away, replayEnded(3, 32), message(4, 33));
    assertThat(away.position()).isEqualTo(new Position(4, 33L));
    assertThat(away.violations()).isEmpty();
  }

  @Test
  void startsAfreshAtASnapshot() {
    feed(away, joined(0, 1), message(1, 2), resumed("snapshot", 700, 900), message(701, 901));

    assertThat(away.state().messages()).containsOnlyKeys(701L);
    assertThat(away.position()).isEqualTo(new Position(701, 901L));
    assertThat(away.violations()).isEmpty();
  }

  @Test
  void replaysFromTheBeginningSinceZero() {
    ChatLog log = ChatLog.from("c1", new Position(0, null));

    feed(log, joined(2, 5), replayed(1, 4), replayed(2, 5), replayEnded(2, 5), message(3, 6));

    assertThat(log.violations()).isEmpty();
    assertThat(log.state().messages()).containsOnlyKeys(1L, 2L, 3L);
    assertThat(log.position()).isEqualTo(new Position(3, 6L));
  }

  @Test
  void notesWhatBreaksTheOrder() {
    feed(stayed, joined(0, 1), message(1, 2));

    feed(stayed, message(1, 3), edit(1, 3), message(3, 4), reaction(1, 9, "added", 1));

    assertThat(stayed.violations())
        .containsExactly(
            "duplicate: message 1 after 1",
            "edit, rev 3, came after rev 3",
            "gap: message 3 after 1",
            "reaction, rev 9, leaves a gap after rev 4");
  }

  @Test
  void notesWhatBreaksAReplay() {
    feed(stayed, joined(0, 1), message(1, 2), resumed("recovered", 5, 9));

    feed(stayed, replayed(2, 3), replayed(2, 3), replayed(4, 5), message(6, 10));

    assertThat(stayed.violations())
        .containsExactly(
            "replayed twice: message 2",
            "replay leaves a gap: 4 after 2",
            "message 6, rev 10, came before the replay of 5",
            "gap: message 6 after 1");
  }

  @Test
  void notesWhatBreaksTheEndOfAReplay() {
    feed(stayed, joined(0, 1), message(1, 2), resumed("recovered", 3, 9));

    feed(stayed, replayed(2, 3), replayEnded(3, 9), replayEnded(4, 11), replayed(3, 9));
    feed(stayed, message(4, 10), replayEnded(3, 9));

    assertThat(stayed.violations())
        .containsExactly(
            "replay ends before message 3",
            "replay ends at 4, rev 11, which the ack did not tell",
            "message 4, rev 10, came before the end of the replay",
            "gap: message 4 after 1",
            "replay ends after rev 10");
  }

  @Test
  void ignoresOtherChatsAndSignals() {
    feed(stayed, joined(0, 1));
    feed(
        stayed,
        frame("chat:typing", "{\"chatId\":\"c1\",\"userId\":\"u2\",\"isTyping\":true}"),
        frame("chat:delete", "{\"chatId\":\"c2\",\"rev\":77}"),
        frame("session:draining", "{\"afterMs\":1}"));

    assertThat(stayed.position()).isEqualTo(new Position(0, 1L));
    assertThat(stayed.violations()).isEmpty();
  }
}
