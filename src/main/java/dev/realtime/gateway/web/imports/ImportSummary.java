package dev.realtime.gateway.web.imports;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.chat.imports.ChatImport;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The reply to an import.
 *
 * @param created lines that created a chat
 * @param extended lines that added to the history of a chat
 * @param unchanged lines whose content existed already
 * @param failed lines that the import refused
 * @param failures the first thousand refusals, sorted by line
 */
record ImportSummary(int created, int extended, int unchanged, int failed, List<Failure> failures) {

  private static final int MAX_FAILURES = 1_000;

  /** A line that the import refused, and the reason. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Failure(int line, ErrorCode code, @Nullable String field, String detail) {}

  /** Counts the outcomes of lines; several threads report at the same time. */
  static final class Counter {
    private int created;
    private int extended;
    private int unchanged;
    private int failed;
    private final List<Failure> failures = new ArrayList<>();

    synchronized void count(ChatImport.Outcome outcome) {
      switch (outcome) {
        case CREATED -> created++;
        case EXTENDED -> extended++;
        case UNCHANGED -> unchanged++;
      }
    }

    synchronized void failed(int line, GatewayException why) {
      failed++;
      if (failures.size() < MAX_FAILURES) {
        failures.add(new Failure(line, why.code(), why.field(), why.sentence()));
      }
    }

    synchronized ImportSummary summary() {
      return new ImportSummary(
          created,
          extended,
          unchanged,
          failed,
          failures.stream().sorted(Comparator.comparingInt(Failure::line)).toList());
    }
  }
}
