package dev.realtime.gateway.load;

/** How far a connection of the run has come. */
enum ClientState {
  WELCOMING,
  JOINING,
  READY,
  LEAVING,
  GONE
}
