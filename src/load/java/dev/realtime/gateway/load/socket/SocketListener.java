package dev.realtime.gateway.load.socket;

/** What happens to a WebSocket; called on its event loop. */
public interface SocketListener {

  /** A whole text frame; the bytes are good during the call only. */
  void text(byte[] frame, int length);

  /** A ping was answered. */
  void pinged();

  /**
   * The connection is gone; the last call.
   *
   * @param upgradeStatus the HTTP status when the upgrade was refused, else 0
   * @param closeCode the server's close code; 1006 when it sent none
   */
  void gone(int upgradeStatus, int closeCode);
}
