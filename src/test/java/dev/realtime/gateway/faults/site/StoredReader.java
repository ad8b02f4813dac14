package dev.realtime.gateway.faults.site;

import dev.realtime.gateway.faults.checker.Copy;
import dev.realtime.gateway.faults.checker.Stored;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads what the database has, by SQL of its own. */
public final class StoredReader {

  private final Servers servers;
  private final SortedMap<String, Stored.Chat> chats = new TreeMap<>();

  private StoredReader(Servers servers) {
    this.servers = servers;
  }

  public static Stored read(Servers servers, List<String> chats, List<String> streams) {
    StoredReader reader = new StoredReader(servers);
    chats.forEach(reader::chat);
    return new Stored(reader.chats, StreamReader.read(servers, streams), notices(servers));
  }

  private static Map<String, List<Stored.Notice>> notices(Servers servers) {
    Map<String, List<Stored.Notice>> notices = new HashMap<>();
    servers.rows(
        """
        select user_id, n.id, n.position, coalesce(n.data->>'messageId', n.title), n.collapse_key,
          n.read_at is not null or n.position <= c.read_up_to, n.withdrawn_at is not null
        from notifications n join notification_counters c using (user_id)
        order by user_id, n.position\
        """,
        row ->
            notices
                .computeIfAbsent(row.getString(1), _ -> new ArrayList<>())
                .add(
                    new Stored.Notice(
                        row.getString(2),
                        row.getLong(3),
                        row.getString(4),
                        row.getString(5),
                        row.getBoolean(6),
                        row.getBoolean(7))));
    return notices;
  }

  private void chat(String chat) {
    String here = " where chat_id = '" + chat + "'";
    SortedMap<Long, Copy> messages = new TreeMap<>();
    Map<String, List<Long>> ids = new HashMap<>();
    servers.rows(
        "select seq, id, sender_id, temp_id, content from messages" + here,
        row -> {
          long seq = row.getLong(1);
          messages.put(
              seq, new Copy(row.getString(2), row.getString(3), row.getString(5), new TreeMap<>()));
          ids.computeIfAbsent(row.getString(2), _ -> new ArrayList<>()).add(seq);
          ids.computeIfAbsent(row.getString(4), _ -> new ArrayList<>()).add(seq);
          return seq;
        });
    Set<String> reactions = new HashSet<>();
    servers.rows(
        "select seq, user_id, reaction from message_reactions" + here,
        row -> {
          long seq = row.getLong(1);
          String reaction = row.getString(3);
          messages.computeIfPresent(
              seq,
              (_, copy) -> copy.reacted(reaction, copy.reactions().getOrDefault(reaction, 0L) + 1));
          Copy message = messages.get(seq);
          String id = message == null ? "none" : message.id();
          return reactions.add(id + " " + row.getString(2) + " " + reaction);
        });
    SortedMap<String, String> roles = new TreeMap<>();
    Map<String, Long> read = new HashMap<>();
    servers.rows(
        "select user_id, role, read_seq from chat_members" + here,
        row -> {
          read.put(row.getString(1), row.getLong(3));
          roles.put(row.getString(1), row.getString(2));
          return row.getString(1);
        });
    List<Stored.Chat> found =
        servers.rows(
            "select last_seq, last_rev from chats where id = '" + chat + "'",
            row ->
                new Stored.Chat(
                    row.getLong(1), row.getLong(2), messages, ids, reactions, roles, read));
    found.forEach(each -> chats.put(chat, each));
  }
}
