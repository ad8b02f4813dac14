package dev.realtime.gateway.bus;

class LocalRoomBusTest implements RoomBusContract {

  private final LocalRoomBus bus = new LocalRoomBus();

  @Override
  public RoomBus bus() {
    return bus;
  }

  @Override
  public RoomBus other() {
    return bus;
  }
}
