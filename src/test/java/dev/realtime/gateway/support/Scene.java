package dev.realtime.gateway.support;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.CreateChat;
import dev.realtime.gateway.protocol.ChatType;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What one test plays on: two nodes that all tests share, users nobody else has, and clients that
 * are closed at its end.
 */
public final class Scene implements AutoCloseable {

  private static final AtomicInteger LAST = new AtomicInteger();

  private final String suffix = "-" + LAST.incrementAndGet();
  private final TestGateway first;
  private final TestGateway second;
  private final Queue<GatewayClient> clients = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** On the shared nodes. */
  public Scene() {
    this(Gateways.nodes().first(), Gateways.nodes().second());
  }

  /** On nodes that stay the caller's. */
  public Scene(TestGateway first, TestGateway second) {
    this.first = first;
    this.second = second;
  }

  public TestGateway first() {
    return first;
  }

  public TestGateway second() {
    return second;
  }

  /** The id of a user of this test. */
  public String user(String name) {
    return name + suffix;
  }

  /** A connection of a user to the first node. */
  public GatewayClient onFirst(String name) {
    return on(first, name);
  }

  /** A connection of a user to the second node. */
  public GatewayClient onSecond(String name) {
    return on(second, name);
  }

  /** A connection of a user to any node. */
  public GatewayClient on(TestGateway node, String name) {
    GatewayClient client = node.connect(user(name));
    clients.add(client);
    return client;
  }

  /** A group chat with this admin and these other users. */
  public String group(GatewayClient admin, String... others) {
    List<String> userIds = Arrays.stream(others).map(this::user).toList();
    return admin.call(new CreateChat(ChatType.GROUP, userIds, null, null)).get("chatId").asString();
  }

  /** Runs something beside the test; what it throws comes out of {@link #finish}. */
  public <T> Future<T> beside(Callable<T> task) {
    return threads.submit(task);
  }

  /** Waits for what runs beside the test. */
  public static <T> T finish(Future<T> task) {
    try {
      return task.get(60, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError(interrupted);
    } catch (ExecutionException failed) {
      throw new AssertionError(failed.getCause());
    } catch (TimeoutException late) {
      throw new AssertionError("It did not end within a minute", late);
    }
  }

  /** What a client has been pushed about a chat, in the order it came. */
  public static List<Received> pushes(GatewayClient client, String chatId) {
    return client.received().stream().filter(frame -> isAbout(frame, chatId)).toList();
  }

  /** Whether a frame is a push about a chat. */
  public static boolean isAbout(Received frame, String chatId) {
    return !frame.isReply() && frame.text("chatId").equals(chatId);
  }

  @Override
  public void close() {
    threads.shutdownNow();
    clients.forEach(GatewayClient::abort);
  }
}
