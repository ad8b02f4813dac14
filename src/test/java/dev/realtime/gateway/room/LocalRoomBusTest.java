package dev.realtime.gateway.room;

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
