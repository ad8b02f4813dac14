package dev.realtime.gateway.load.server;

import dev.realtime.gateway.load.setting.Target;
import dev.realtime.gateway.load.setting.UsageException;
import dev.realtime.gateway.protocol.WireJson;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import tools.jackson.databind.json.JsonMapper;

/** Makes what a run needs, by section 10 of the protocol. */
public final class ServerApi implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int AT_ONCE = 8;

  private final Target target;
  private final String serviceToken;
  private final JsonMapper mapper = WireJson.mapper();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  public ServerApi(Target target, String serviceToken) {
    this.target = target;
    this.serviceToken = serviceToken;
  }

  /** Creates streams with these ids. */
  public void createStreams(List<String> ids) throws InterruptedException {
    createAll(
        "/api/v1/streams",
        ids.size(),
        i -> Map.of("id", ids.get(i), "hostId", ids.get(i) + "-host", "title", "Load test"));
  }

  /** Creates a chat with each id and the members at the same place. */
  public void createChats(List<String> ids, List<? extends Collection<String>> members)
      throws InterruptedException {
    createAll("/api/v1/chats", ids.size(), i -> chat(ids.get(i), members.get(i)));
  }

  private static Map<String, Object> chat(String id, Collection<String> memberIds) {
    Map<String, Object> chat = new LinkedHashMap<>();
    chat.put("id", id);
    chat.put("type", "group");
    chat.put("title", "Load test");
    chat.put("memberIds", memberIds);
    return chat;
  }

  private void createAll(String path, int count, IntFunction<Map<String, ?>> body)
      throws InterruptedException {
    try (ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<?>> results = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Map<String, ?> each = body.apply(i);
        results.add(
            workers.submit(() -> {
              post(path, each);
              return null;
            }));
      }
      await(results);
    }
  }

  private static void await(List<Future<?>> results) throws InterruptedException {
    try {
      for (Future<?> result : results) {
        result.get();
      }
    } catch (ExecutionException failed) {
      results.forEach(result -> result.cancel(true));
      throw new UsageException("Cannot prepare: " + failed.getCause(), failed);
    }
  }

  private void post(String path, Map<String, ?> body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(target.api(path))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + serviceToken)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(mapper.writeValueAsBytes(body)))
            .build();
    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() / 100 != 2) {
      throw new IOException("POST " + path + ": " + answer.statusCode() + " " + answer.body());
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
