package dev.realtime.gateway.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.PropertyResolver;

/**
 * An environment variable, the property that it sets, and its valid values.
 *
 * @param remedy how to set the variable
 * @param withoutIt the effect of leaving it out; empty if it is required
 * @param fault returns what is wrong with a value: the rest of a sentence that begins with the name
 */
record Setting(
    String variable,
    String property,
    String remedy,
    String withoutIt,
    Function<String, Optional<String>> fault) {

  static Setting required(
      String variable, String property, String remedy, Function<String, Optional<String>> fault) {
    return new Setting(variable, property, remedy, "", fault);
  }

  static Setting optional(
      String variable,
      String property,
      String remedy,
      String withoutIt,
      Function<String, Optional<String>> fault) {
    return new Setting(variable, property, remedy, withoutIt, fault);
  }

  static Setting number(String variable, String property, int least, int most) {
    String range =
        most == Integer.MAX_VALUE
            ? "a whole number of at least " + least
            : "a whole number from %d to %d".formatted(least, most);
    return required(variable, property, range, value -> numberFault(value, least, most, range));
  }

  static Setting flag(String variable, String property) {
    return choice(variable, property, "true", "false");
  }

  static Setting choice(String variable, String property, String... choices) {
    List<String> permitted = List.of(choices);
    String remedy = String.join(" or ", permitted);
    return required(
        variable,
        property,
        remedy,
        value ->
            permitted.stream().anyMatch(value::equalsIgnoreCase)
                ? Optional.empty()
                : Optional.of("is '%s', which is not %s".formatted(value, remedy)));
  }

  static Setting duration(String variable, String property, Duration least) {
    return required(
        variable,
        property,
        "a time with its unit, for example 500ms, 5s or 1m, at most an hour",
        value -> durationFault(value, least, ConfigurationCheck.longest()));
  }

  static Setting age(String variable, String property, Duration least, Duration most) {
    return required(
        variable,
        property,
        "a time with its unit, for example 30m or 24h, at most " + most.toDays() + " days",
        value -> durationFault(value, least, most));
  }

  /** Makes the setting optional. */
  Setting orEmpty(String meaning) {
    return new Setting(variable, property, remedy, meaning, fault);
  }

  String valueIn(PropertyResolver environment) {
    return environment.getProperty(property, "");
  }

  /** Returns the problem of the current value, if it has one. */
  Optional<ConfigurationProblem> problem(PropertyResolver environment) {
    String value = valueIn(environment);
    if (value.isBlank()) {
      return withoutIt.isEmpty()
          ? Optional.of(problem(variable + " is not set."))
          : Optional.empty();
    }
    return fault.apply(value).map(rest -> problem(variable + " " + rest + "."));
  }

  ConfigurationProblem problem(String sentence) {
    return new ConfigurationProblem(variable, sentence, remedy);
  }

  /** Returns the effect of leaving out this optional setting, if it is not set. */
  Optional<String> absence(PropertyResolver environment) {
    return withoutIt.isEmpty() || !valueIn(environment).isBlank()
        ? Optional.empty()
        : Optional.of("%s (%s)".formatted(variable, withoutIt));
  }

  private static Optional<String> numberFault(String value, int least, int most, String range) {
    Optional<String> fault = Optional.of("is '%s', which is not %s".formatted(value, range));
    try {
      int number = Integer.parseInt(value.strip());
      return number >= least && number <= most ? Optional.empty() : fault;
    } catch (NumberFormatException notANumber) {
      return fault;
    }
  }

  private static Optional<String> durationFault(String value, Duration least, Duration most) {
    if (value.strip().matches("[+-]?[0-9]+")) {
      return Optional.of("is '%s', which has no unit".formatted(value));
    }
    try {
      Duration duration = DurationStyle.detectAndParse(value.strip());
      return duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0
          ? Optional.empty()
          : Optional.of("is '%s', which is out of range".formatted(value));
    } catch (IllegalArgumentException | ArithmeticException malformed) {
      return Optional.of("is '%s', which is not a time".formatted(value));
    }
  }
}
