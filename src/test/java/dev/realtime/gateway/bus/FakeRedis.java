package dev.realtime.gateway.bus;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.lettuce.core.RedisURI;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Speaks as much RESP3 as the bus needs, and breaks in ways that a real Redis does not on demand.
 */
final class FakeRedis implements AutoCloseable {

  private static final String HELLO =
      String.join("\r\n", "%3", "+server", "+redis", "+version", "+7.0.15", "+proto", ":3", "");

  private final ServerSocket server;
  private final Set<Peer> peers = ConcurrentHashMap.newKeySet();

  /** Every command as it came, less what opens a connection. */
  final Queue<List<String>> commands = new ConcurrentLinkedQueue<>();

  /** Cuts the connection after the first confirmation of the next SUBSCRIBE. */
  volatile boolean cutsWithinSubscribe;

  /** Cuts the next connection instead of answering the last command of its handshake. */
  volatile boolean cutsWithinHandshake;

  /** Cuts the connection of the next PUBLISH, which is carried out, instead of answering it. */
  volatile boolean cutsBeforeAnswer;

  /** Cuts the connection of the next PUBLISH instead of carrying it out. */
  volatile boolean cutsBeforePublishing;

  /** Brings so many next messages of rooms to nobody, though it answers and counts subscribers. */
  final AtomicInteger losing = new AtomicInteger();

  /** Brings no message to any subscriber, though it answers and counts them. */
  volatile boolean deaf;

  /** Answers nothing at all; its kernel takes whatever is sent. */
  volatile boolean stopped;

  /** Ends new connections at once. */
  volatile boolean refusing;

  /** Subscribers that it has beside those that are connected. */
  volatile int elsewhere;

  FakeRedis() {
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException none) {
      throw new UncheckedIOException(none);
    }
    Thread.startVirtualThread(this::accept);
  }

  RedisURI uri() {
    return RedisURI.builder()
        .withHost("127.0.0.1")
        .withPort(server.getLocalPort())
        .withTimeout(Duration.ofSeconds(2))
        .build();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        if (refusing) {
          socket.close();
        } else {
          Peer peer = new Peer(socket);
          peers.add(peer);
          Thread.startVirtualThread(peer::serve);
        }
      } catch (IOException closed) {
        // The test is over.
      }
    }
  }

  /** How many connections listen to a channel. */
  long subscribers(String channel) {
    return peers.stream().filter(peer -> peer.channels.contains(channel)).count();
  }

  /** Cuts every connection that listens to something. */
  void cutListening() {
    peers.stream().filter(peer -> !peer.channels.isEmpty()).forEach(Peer::close);
  }

  /** Cuts every connection that listens to this channel. */
  void cutListening(String channel) {
    peers.stream().filter(peer -> peer.channels.contains(channel)).forEach(Peer::close);
  }

  /** Cuts every connection that listens to nothing. */
  void cutPublishing() {
    peers.stream().filter(peer -> peer.channels.isEmpty()).forEach(Peer::close);
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    peers.forEach(Peer::close);
  }

  private final class Peer {
    private final Socket socket;
    private final Set<String> channels = ConcurrentHashMap.newKeySet();

    Peer(Socket socket) {
      this.socket = socket;
    }

    void serve() {
      try (DataInputStream in =
          new DataInputStream(new BufferedInputStream(socket.getInputStream()))) {
        while (!socket.isClosed()) {
          carryOut(command(in));
        }
      } catch (IOException gone) {
        // Its client has closed it, or the test.
      } finally {
        close();
      }
    }

    private static List<String> command(DataInputStream in) throws IOException {
      int parts = length(in);
      List<String> command = new ArrayList<>(parts);
      for (int i = 0; i < parts; i++) {
        byte[] part = new byte[length(in)];
        in.readFully(part);
        in.skipNBytes(2);
        command.add(new String(part, ISO_8859_1));
      }
      return command;
    }

    /** After {@code *} or {@code $}. */
    private static int length(DataInputStream in) throws IOException {
      in.readByte();
      int length = 0;
      for (byte next = in.readByte(); next != '\r'; next = in.readByte()) {
        length = 10 * length + next - '0';
      }
      in.readByte();
      return length;
    }

    private void carryOut(List<String> command) throws IOException {
      if (stopped) {
        return;
      }
      String name = command.getFirst().toUpperCase(Locale.ROOT);
      List<String> rest = command.subList(1, command.size());
      switch (name) {
        case "HELLO" -> write(HELLO);
        case "CLIENT" -> configure(rest);
        case "SUBSCRIBE" -> subscribe(note(command, rest));
        case "UNSUBSCRIBE" -> unsubscribe(note(command, rest));
        case "PUBLISH" -> {
          publish(rest.getFirst(), rest.getLast());
          note(command, rest);
        }
        default -> write("-ERR unknown command\r\n");
      }
    }

    private void configure(List<String> settings) throws IOException {
      if (cutsWithinHandshake && settings.getFirst().equals("MAINT_NOTIFICATIONS")) {
        cutsWithinHandshake = false;
        close();
      } else {
        write("+OK\r\n");
      }
    }

    private List<String> note(List<String> command, List<String> rest) {
      commands.add(command);
      return rest;
    }

    private void subscribe(List<String> names) throws IOException {
      for (String channel : names) {
        channels.add(channel);
        push("subscribe", channel, ":" + channels.size());
        if (cutsWithinSubscribe) {
          cutsWithinSubscribe = false;
          close();
          return;
        }
      }
    }

    private void unsubscribe(List<String> names) throws IOException {
      for (String channel : names) {
        channels.remove(channel);
        push("unsubscribe", channel, ":" + channels.size());
      }
    }

    private void publish(String channel, String message) throws IOException {
      boolean ofARoom = channel.startsWith("room:");
      if (cutsBeforePublishing && ofARoom) {
        cutsBeforePublishing = false;
        close();
        return;
      }
      long heardBy = elsewhere;
      boolean loses = (ofARoom && losing.getAndUpdate(left -> Math.max(0, left - 1)) > 0) || deaf;
      for (Peer peer : peers) {
        if (peer.channels.contains(channel)) {
          heardBy++;
          if (!loses) {
            peer.push("message", channel, "$" + message.length() + "\r\n" + message);
          }
        }
      }
      if (cutsBeforeAnswer && ofARoom) {
        cutsBeforeAnswer = false;
        close();
      } else {
        write(":" + heardBy + "\r\n");
      }
    }

    private void push(String kind, String channel, String last) throws IOException {
      write(
          ">3\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n%s\r\n"
              .formatted(kind.length(), kind, channel.length(), channel, last));
    }

    private synchronized void write(String text) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(text.getBytes(ISO_8859_1));
      out.flush();
    }

    void close() {
      peers.remove(this);
      try {
        socket.close();
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }
  }
}
