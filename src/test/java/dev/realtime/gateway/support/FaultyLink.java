package dev.realtime.gateway.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A TCP way to a server that can be made slow, and cut in the middle of what is said on it. */
public final class FaultyLink implements AutoCloseable {

  private static final int CHUNK = 4_096;

  private final ServerSocket entrance;
  private final InetSocketAddress server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
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
    server = new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort);
    Thread.startVirtualThread(this::accept);
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
        Thread.startVirtualThread(() -> pump(client, onward));
        Thread.startVirtualThread(() -> pump(onward, client));
      } catch (IOException ended) {
        // The server refuses, or the link is closed: the client sees its connection end.
      }
    }
  }

  private void pump(Socket from, Socket to) {
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
        out.write(chunk, 0, read);
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
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      entrance.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
  }
}
