package dev.realtime.gateway.socket;

import dev.realtime.gateway.support.Bystander;
import dev.realtime.gateway.support.Gateways;
import dev.realtime.gateway.support.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** A gateway for clients that misbehave; after each of them somebody else is still served. */
abstract class AttackedGateway {

  static final TestGateway gateway = Gateways.shared();
  static Bystander bystander;

  @BeforeAll
  static void start() {
    bystander = new Bystander(gateway);
  }

  @AfterEach
  void harmsNobody() {
    bystander.assertUnharmed();
  }

  @AfterAll
  static void stop() {
    bystander.close();
  }
}
