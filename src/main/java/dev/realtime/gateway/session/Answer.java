package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.Reply;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The result of a handler for a command. A handler knows no command id and sends nothing: the
 * dispatcher sends the answer to the connection that sent the command.
 */
public sealed interface Answer {

  /** Returns an answer with this reply. A command without an id receives nothing. */
  static Telling of(Reply reply) {
    return new Telling(new Words.Known(reply), null, null, null, Mono.empty());
  }

  /** Returns an answer that confirms that the command is done. */
  static Telling done() {
    return Telling.DONE;
  }

  /** Returns an answer whose reply is computed when it is sent. */
  static Telling whenSent(Words.Current words) {
    return new Telling(words, null, null, null, Mono.empty());
  }

  /**
   * Returns an answer that is computed and sent in the connection's turn for rooms of a kind:
   * commands that enter or leave such rooms run one after the other, whatever their families, until
   * their replies are sent.
   */
  static Answer inTurn(RoomId.Kind rooms, Mono<? extends Answer> work) {
    return new InTurn(rooms, work);
  }

  /** The content of a reply. */
  sealed interface Words {

    /** Returns the reply; null if it has become void. Called on the event loop, once. */
    @Nullable Reply now();

    /** A reply that does not change. */
    record Known(Reply reply) implements Words {
      @Override
      public Reply now() {
        return reply;
      }
    }

    /**
     * A reply that is computed on the event loop in the same task that sends it. It is computed
     * even if the command has no id.
     */
    @FunctionalInterface
    non-sealed interface Current extends Words {}
  }

  /** An answer that is computed in the turn of a kind of rooms. */
  record InTurn(RoomId.Kind rooms, Mono<? extends Answer> work) implements Answer {}

  /**
   * A reply and the steps that go with it.
   *
   * @param push event sent directly after the reply; null for none
   * @param withoutId event pushed instead of reply and push to a command without an id; null for
   *     none
   * @param follow runs once the reply is sent, and the connection is closed if it fails; null for
   *     nothing
   * @param otherwise the answer if {@code words} has become void
   */
  record Telling(
      Words words,
      @Nullable Event push,
      @Nullable Mono<? extends Event> withoutId,
      @Nullable Mono<Void> follow,
      Mono<? extends Answer> otherwise)
      implements Answer {

    private static final Telling DONE = of(Reply.Done.DONE);

    /**
     * Adds an event that is pushed directly after the reply, and another for a command without an
     * id.
     */
    public Telling andPush(Event event, Event alone) {
      return new Telling(words, event, Mono.just(alone), follow, otherwise);
    }

    /** Adds an event that is pushed if the command has no id. */
    public Telling orPush(Mono<? extends Event> alone) {
      return new Telling(words, push, alone, follow, otherwise);
    }

    /** Adds work that runs once the reply is sent, such as a replay. */
    public Telling then(Mono<Void> next) {
      return new Telling(words, push, withoutId, next, otherwise);
    }

    /** Adds the answer that is used if the reply has become void. */
    public Telling otherwise(Mono<? extends Answer> other) {
      return new Telling(words, push, withoutId, follow, other);
    }
  }
}
