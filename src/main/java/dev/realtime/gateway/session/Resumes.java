package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionReply;
import dev.realtime.gateway.session.ResumePart.Resumption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Carries out {@code session:resume} with all features that take part: it prepares the parts stage
 * by stage, replies, and runs the parts' further work in the reverse order.
 */
@Component
final class Resumes {

  private final Epoch epoch;
  private final List<ResumePart> parts;
  private final List<RoomId.Kind> turns;

  Resumes(Epoch epoch, List<ResumePart> parts) {
    this.epoch = epoch;
    this.parts = parts.stream().sorted(Comparator.comparing(ResumePart::stage)).toList();
    this.turns =
        parts.stream()
            .map(ResumePart::enters)
            .filter(Objects::nonNull)
            .distinct()
            .sorted(Comparator.reverseOrder())
            .toList();
  }

  /** Resumes in the turn of every kind of rooms, so that the reply is current when it is sent. */
  Mono<? extends Answer> resume(Connection connection, SessionCommand.Resume resume) {
    Mono<? extends Answer> answer = Mono.defer(() -> prepare(connection, resume));
    // Every resume takes the turns in the same order, so that no two wait for each other.
    for (RoomId.Kind kind : turns) {
      answer = Mono.just(Answer.inTurn(kind, answer));
    }
    return answer;
  }

  /**
   * Prepares the parts. If one fails after another has been prepared, the connection is closed,
   * which releases every place and every hold.
   */
  private Mono<Answer> prepare(Connection connection, SessionCommand.Resume resume) {
    List<Resumption> prepared = new ArrayList<>(parts.size());
    return epoch
        .current()
        .map(current -> resume.epoch() == null || resume.epoch().equals(current))
        .flatMapMany(sameEpoch ->
            Flux.fromIterable(parts).concatMap(part -> part.prepare(connection, resume, sameEpoch)))
        .doOnNext(prepared::add)
        .doOnError(_ -> {
          if (!prepared.isEmpty()) {
            connection.close(CloseCode.SERVER_ERROR);
          }
        })
        .then(Mono.fromSupplier(() -> answer(prepared)));
  }

  private static Answer answer(List<Resumption> prepared) {
    return Answer.whenSent(() -> reply(prepared))
        .then(Flux.fromIterable(prepared.reversed()).concatMap(Resumption::follow).then());
  }

  private static SessionReply.Resumed reply(List<Resumption> prepared) {
    SessionReply.Resumed reply = SessionReply.Resumed.NOTHING;
    for (Resumption part : prepared) {
      reply = part.told().apply(reply);
    }
    return reply;
  }
}
