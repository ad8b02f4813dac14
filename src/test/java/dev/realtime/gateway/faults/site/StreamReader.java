package dev.realtime.gateway.faults.site;

import dev.realtime.gateway.faults.checker.Stored;
import dev.realtime.gateway.faults.checker.StreamChange;
import dev.realtime.gateway.faults.checker.StreamFacts;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads what the database has of live streams, by SQL of its own. */
final class StreamReader {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private StreamReader() {}

  static Map<String, Stored.Stream> read(Servers servers, List<String> streams) {
    Map<String, Stored.Stream> found = new TreeMap<>();
    for (String stream : streams) {
      read(servers, stream).ifPresent(there -> found.put(stream, there));
    }
    return found;
  }

  private static Optional<Stored.Stream> read(Servers servers, String stream) {
    String here = " where stream_id = '" + stream + "'";
    List<Long> revs =
        servers.rows(
            "select rev from live_changes" + here + " order by rev", row -> row.getLong(1));
    List<StreamChange> changes =
        servers
            .rows(
                "select envelope from live_changes"
                    + here
                    + " and envelope is not null order by rev",
                row -> change(row.getString(1)))
            .stream()
            .flatMap(Optional::stream)
            .toList();
    Set<String> banned =
        texts(
            servers,
            "select user_id from live_sanctions" + here + " and kind = 'ban' and until > now()");
    Set<String> deleted =
        texts(servers, "select id from live_messages" + here + " and deleted_at is not null");
    return servers
        .rows(
            """
            select status, slow_mode, pinned->>'id', pinned->>'userId', last_rev
            from streams where id = '%s'\
            """
                .formatted(stream),
            row ->
                new Stored.Stream(
                    new StreamFacts(
                        row.getString(1), row.getLong(2), row.getString(3), row.getString(4)),
                    row.getLong(5),
                    revs,
                    changes,
                    banned,
                    deleted))
        .stream()
        .findFirst();
  }

  private static Set<String> texts(Servers servers, String query) {
    return new HashSet<>(servers.rows(query, row -> row.getString(1)));
  }

  private static Optional<StreamChange> change(String envelope) {
    JsonNode frame = JSON.readTree(envelope);
    return StreamChange.of(frame.path("event").asString(""), frame.path("data"));
  }
}
