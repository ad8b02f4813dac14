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
 * What became of an import.
 *
 * @param created chats that were not there
 * @param extended chats that got more of their history
 * @param unchanged lines of which everything was there
 * @param failed lines that were refused
 * @param failures the first thousand of these in the order they were found, sorted by line
 */
record ImportSummary(int created, int extended, int unchanged, int failed, List<Failure> failures) {

  private static final int TOLD = 1_000;

  /** A line that was refused, and why. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Failure(int line, ErrorCode code, @Nullable String field, String detail) {}

  /** Counts what several lanes report. */
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
      if (failures.size() < TOLD) {
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
