package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionReply;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What one feature does in a {@code session:resume}. A feature takes part by a bean of this type
 * and a field each in {@link SessionCommand.Resume} and the reply.
 */
public interface ResumePart {

  /**
   * When a part is prepared, in the order of the constants; what follows the reply runs reversed.
   */
  enum Stage {
    /** Enters rooms whose changes are replayed, and ends the older replays of these rooms. */
    REPLAYED_ROOMS,
    /** Holds the user's own room, once the older replays are over, so that nothing passes it. */
    OWN_ROOM,
    /** Enters rooms of which nothing is replayed; while they do, the user's own room is held. */
    LIVE_ROOMS
  }

  /**
   * A part that has entered and held what the resume names, and waits for the reply.
   *
   * @param told adds to the reply what became of the part; asked on the event loop when it is sent
   * @param follow runs once the reply is on its way: the replays, then what is newer. It completes
   *     soon, since the socket paces what it sends
   */
  record Resumption(UnaryOperator<SessionReply.Resumed> told, Mono<Void> follow) {}

  /** The part's place among the parts of other features. */
  Stage stage();

  /** The kind of rooms that the part enters, whose turn the resume takes; null for none. */
  default RoomId.@Nullable Kind enters() {
    return null;
  }

  /**
   * Enters and holds what the resume names. A part that fails has given back what it took; {@link
   * Resumes} closes the connection then if an earlier part had been prepared.
   *
   * @param sameEpoch whether the client's positions belong to the present data
   * @return empty where the resume names nothing of this part
   */
  Mono<Resumption> prepare(Connection connection, SessionCommand.Resume resume, boolean sameEpoch);
}
