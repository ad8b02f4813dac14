package dev.realtime.gateway.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A TCP way to a server that can be made slow, and cut in the middle of what is said on it. */
public final class FaultyLink implements AutoCloseable {

  private static final int CHUNK = 4_096;

  private final ServerSocket entrance;
  private volatile InetSocketAddress server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<Socket> swallowed = ConcurrentHashMap.newKeySet();
  private final AtomicReference<@Nullable String> astray = new AtomicReference<>();
  private volatile boolean swallowing;
  private volatile long slowestNanos;
  private volatile int cutOneIn;
  private volatile boolean closed;

  /** From a free port to a server on this machine. */
  public FaultyLink(int serverPort) {
    try {
      entrance = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
    server = address(serverPort);
    Thread.startVirtualThread(this::accept);
  }

  private static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Connections lead to another server from now on; those that exist stay where they are. */
  public void leadTo(int serverPort) {
    server = address(serverPort);
  }

  /** Ends all connections. */
  public void cutAll() {
    try {
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /**
   * Connections are accepted and carry nothing until {@link #heal}, as if the server's machine had
   * vanished; those that exist now or begin meanwhile never carry anything again.
   */
  public void swallow() {
    swallowing = true;
    swallowed.addAll(sockets);
  }

  /** New connections work again. */
  public void heal() {
    swallowing = false;
  }

  /** The next time that this text is sent to the server, its last letter is another one. */
  public void misspell(String word) {
    astray.set(word);
  }

  /** Returns whether the text of the last {@link #misspell} has been sent. */
  public boolean hasMisspelt() {
    return astray.get() == null;
  }

  private void misspell(byte[] chunk, int length) {
    String word = astray.get();
    if (word != null) {
      int at = new String(chunk, 0, length, StandardCharsets.ISO_8859_1).indexOf(word);
      if (at >= 0 && astray.compareAndSet(word, null)) {
        chunk[at + word.length() - 1]++;
      }
    }
  }

  public int port() {
    return entrance.getLocalPort();
  }

  /** Each piece takes up to so long from now on. */
  public void slow(long slowestMillis) {
    slowestNanos = TimeUnit.MILLISECONDS.toNanos(slowestMillis);
  }

  /** One in so many pieces ends its connection by a reset, after it was passed on; 0 for none. */
  public void cutOneIn(int pieces) {
    cutOneIn = pieces;
  }

  private void accept() {
    while (!closed) {
      try {
        Socket client = entrance.accept();
        Socket onward = new Socket();
        onward.connect(server);
        client.setTcpNoDelay(true);
        onward.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(onward);
        if (swallowing) {
          swallowed.add(client);
          swallowed.add(onward);
        }
        Thread.startVirtualThread(() -> pump(client, onward, true));
        Thread.startVirtualThread(() -> pump(onward, client, false));
      } catch (IOException ended) {
        // The server refuses, or the link is closed: the client sees its connection end.
      }
    }
  }

  private void pump(Socket from, Socket to, boolean toServer) {
    byte[] chunk = new byte[CHUNK];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        long slowest = slowestNanos;
        if (slowest > 0) {
          LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(slowest));
        }
        if (toServer) {
          misspell(chunk, read);
        }
        if (!swallowed.contains(from)) {
          out.write(chunk, 0, read);
        }
        int oneIn = cutOneIn;
        if (oneIn > 0 && ThreadLocalRandom.current().nextInt(oneIn) == 0) {
          from.setSoLinger(true, 0);
          to.setSoLinger(true, 0);
          return;
        }
      }
    } catch (IOException ended) {
      // Either side has gone; the other one follows.
    } finally {
      sockets.remove(from);
      sockets.remove(to);
      swallowed.remove(from);
      swallowed.remove(to);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      entrance.close();
      cutAll();
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
  }
}
