package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.Reply;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What a handler gives back for a command. A handler knows no command id and sends nothing: the
 * dispatcher sends the answer to the connection that asked.
 */
public sealed interface Answer {

  /** Replies with these data. A command without an id is told nothing. */
  static Telling of(Reply reply) {
    return new Telling(new Words.Known(reply), null, null, null, Mono.empty());
  }

  /** Replies that the command is done. */
  static Telling done() {
    return Telling.DONE;
  }

  /** Replies with what holds at the moment the reply is sent. */
  static Telling whenSent(Words.Current words) {
    return new Telling(words, null, null, null, Mono.empty());
  }

  /**
   * Finds an answer and sends it in the connection's turn for rooms of a kind: commands that enter
   * or leave such rooms do so one after the other, whatever their families, up to their answers.
   */
  static Answer inTurn(RoomId.Kind rooms, Mono<? extends Answer> work) {
    return new InTurn(rooms, work);
  }

  /** What a reply says. */
  sealed interface Words {

    /** The reply; null where there is nothing to tell any more. Asked on the event loop, once. */
    @Nullable Reply now();

    /** Data that do not change. */
    record Known(Reply reply) implements Words {
      @Override
      public Reply now() {
        return reply;
      }
    }

    /**
     * Data that are asked for at the moment of sending, in one go with it. They are asked for also
     * where the command has no id.
     */
    @FunctionalInterface
    non-sealed interface Current extends Words {}
  }

  /** An answer that another one in the same turn has to let pass. */
  record InTurn(RoomId.Kind rooms, Mono<? extends Answer> work) implements Answer {}

  /**
   * A reply and what goes with it.
   *
   * @param push sent directly after the reply; null for none
   * @param withoutId what a command without an id is pushed instead of both; null for nothing
   * @param follow runs once the client has been told, and a connection on which it fails is closed;
   *     null for nothing
   * @param otherwise the answer where {@code words} had nothing to tell any more
   */
  record Telling(
      Words words,
      @Nullable Event push,
      @Nullable Mono<? extends Event> withoutId,
      @Nullable Mono<Void> follow,
      Mono<? extends Answer> otherwise)
      implements Answer {

    private static final Telling DONE = of(Reply.Done.DONE);

    /** Pushes an event directly after the reply, and another one to a command without an id. */
    public Telling andPush(Event event, Event alone) {
      return new Telling(words, event, Mono.just(alone), follow, otherwise);
    }

    /** Pushes an event to a command without an id. */
    public Telling orPush(Mono<? extends Event> alone) {
      return new Telling(words, push, alone, follow, otherwise);
    }

    /** Runs this once the client has been told, such as a replay. */
    public Telling then(Mono<Void> next) {
      return new Telling(words, push, withoutId, next, otherwise);
    }

    /** Answers with this where there was nothing to tell any more. */
    public Telling otherwise(Mono<? extends Answer> other) {
      return new Telling(words, push, withoutId, follow, other);
    }
  }
}
