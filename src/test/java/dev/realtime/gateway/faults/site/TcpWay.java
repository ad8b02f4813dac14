package dev.realtime.gateway.faults.site;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The way of one gateway to one server, which can be cut, made a black hole or slow, and healed. A
 * hole accepts and says nothing; what was sent into it arrives after healing, as TCP would send it
 * again.
 */
public final class TcpWay implements AutoCloseable {

  private static final int CHUNK = 16_384;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private enum State {
    OPEN,
    HOLE,
    CUT,
    CLOSED
  }

  private final ServerSocket entrance;
  private final int serverPort;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile State state = State.OPEN;
  private volatile long delayNanos;

  public TcpWay(int serverPort) {
    this.serverPort = serverPort;
    try {
      entrance = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
    Thread.startVirtualThread(this::accept);
  }

  public int port() {
    return entrance.getLocalPort();
  }

  /** Ends every connection by a reset, and every new one. */
  public void cut() {
    state = State.CUT;
    sockets.forEach(TcpWay::reset);
  }

  public void swallow() {
    state = State.HOLE;
  }

  /** Each piece takes so long from now on. */
  public void delay(long millis) {
    delayNanos = TimeUnit.MILLISECONDS.toNanos(millis);
  }

  public void heal() {
    delayNanos = 0;
    state = State.OPEN;
  }

  private void accept() {
    while (state != State.CLOSED) {
      try {
        Socket client = entrance.accept();
        sockets.add(client);
        Thread.startVirtualThread(() -> connect(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void connect(Socket client) {
    Socket server = new Socket();
    try {
      awaitOpen();
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort), 5_000);
      sockets.add(server);
      Thread.startVirtualThread(() -> pump(server, client));
      pump(client, server);
    } catch (IOException refused) {
      end(client, server);
    }
  }

  /** Returns when bytes may pass; throws when the connection is to end. */
  private void awaitOpen() throws IOException {
    while (state == State.HOLE) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
    if (state != State.OPEN) {
      throw new IOException("cut");
    }
  }

  private void pump(Socket from, Socket to) {
    byte[] chunk = new byte[CHUNK];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        if (delayNanos > 0) {
          LockSupport.parkNanos(delayNanos);
        }
        awaitOpen();
        out.write(chunk, 0, read);
      }
      awaitOpen();
    } catch (IOException ended) {
      // Either side has gone, or the way was cut; the other side follows.
    } finally {
      end(from, to);
    }
  }

  private void end(Socket one, Socket other) {
    sockets.remove(one);
    sockets.remove(other);
    if (state == State.CUT) {
      reset(one);
      reset(other);
    }
    close(one);
    close(other);
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException gone) {
      // It has ended already.
    }
    close(socket);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException gone) {
      // It has ended already.
    }
  }

  @Override
  public void close() {
    state = State.CLOSED;
    try {
      entrance.close();
    } catch (IOException gone) {
      // It has ended already.
    }
    sockets.forEach(TcpWay::close);
  }
}
