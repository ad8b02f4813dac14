package dev.realtime.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * Which room may know which. Each rule takes the base package, so that it can also be tried on
 * classes planted to break it.
 */
final class ArchitectureRules {

  /** From the bottom up; rooms of one level do not know each other. */
  private static final List<Set<String>> LEVELS =
      List.of(
          Set.of("protocol", "config", "work"),
          Set.of("bus"),
          Set.of("room", "cluster", "security", "http", "store"),
          Set.of("session", "webhook"),
          Set.of("chat", "live", "notification", "handoff", "presence", "call", "keys"),
          Set.of("socket", "web", "ops"));

  /** The exceptions among features. */
  private static final Map<String, Set<String>> FRIENDS =
      Map.of(
          "chat", Set.of("notification"),
          "live", Set.of("notification"),
          "handoff", Set.of("chat", "notification"),
          "presence", Set.of("chat"),
          "call", Set.of("chat"));

  /** Knows everything, and nothing knows it. */
  private static final String DEVELOPMENT = "dev";

  /** The base package itself: the entry point, which nothing else may know. */
  private static final String ENTRANCE = "";

  private static final List<String> FRAMEWORKS =
      List.of("org.springframework.", "reactor.", "io.netty.", "io.lettuce.", "io.r2dbc.");

  /** What speaks to PostgreSQL, or would hand out something that does. */
  private static final List<String> DRIVERS =
      List.of(
          "io.r2dbc.",
          "reactor.pool.",
          "org.springframework.r2dbc.",
          "org.springframework.data.r2dbc.",
          "org.springframework.transaction.");

  /** What the settings of connections are named by. */
  private static final Set<String> SETTINGS =
      Set.of(
          "io.r2dbc.spi.Option",
          "io.r2dbc.spi.ConnectionFactoryOptions",
          "io.r2dbc.spi.ConnectionFactoryOptions$Builder",
          "io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider",
          "io.r2dbc.postgresql.client.SSLMode");

  private ArchitectureRules() {}

  /** All rules of a base package by their names. */
  static Map<String, ArchRule> all(String base) {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    rules.put("arrowsPointDown", arrowsPointDown(base));
    rules.put("featuresKeepToThemselves", featuresKeepToThemselves(base));
    rules.put("innerPackagesStayInside", innerPackagesStayInside(base));
    rules.put("nothingKnowsDevelopment", nothingKnowsDevelopment(base));
    rules.put("nothingKnowsTheEntrance", nothingKnowsTheEntrance(base));
    rules.put("protocolIsPlain", protocolIsPlain(base));
    rules.put("onlyTheStoreConnects", onlyTheStoreConnects(base));
    rules.put("everyClassIsInARoom", everyClassIsInARoom(base));
    rules.put("classesAreFinal", classesAreFinal(base));
    return rules;
  }

  static ArchRule arrowsPointDown(String base) {
    return between(
        base,
        "know only rooms of lower levels",
        (origin, target) ->
            levelOf(origin) >= 0
                && levelOf(target) >= levelOf(origin)
                && !(isFeature(origin) && isFeature(target)));
  }

  static ArchRule featuresKeepToThemselves(String base) {
    return between(
        base,
        "know no other feature but for the agreed ones",
        (origin, target) ->
            isFeature(origin)
                && isFeature(target)
                && !FRIENDS.getOrDefault(origin, Set.of()).contains(target));
  }

  /** A package uses no package inside it, so that the inner one can be read, or removed, alone. */
  static ArchRule innerPackagesStayInside(String base) {
    return classes()
        .that()
        .resideInAPackage(base + ".*..")
        .should(
            new DependencyCondition(
                "not know a package inside its own",
                dependency ->
                    dependency
                        .getTargetClass()
                        .getBaseComponentType()
                        .getPackageName()
                        .startsWith(dependency.getOriginClass().getPackageName() + ".")))
        .allowEmptyShould(true);
  }

  static ArchRule nothingKnowsDevelopment(String base) {
    return between(base, "not know development", (origin, target) -> target.equals(DEVELOPMENT));
  }

  static ArchRule nothingKnowsTheEntrance(String base) {
    return between(
        base,
        "not know the entrance",
        (origin, target) -> target.equals(ENTRANCE) && !origin.equals(DEVELOPMENT));
  }

  static ArchRule protocolIsPlain(String base) {
    return classes()
        .that()
        .resideInAPackage(base + ".protocol..")
        .should(
            new DependencyCondition(
                "not know a framework",
                dependency ->
                    FRAMEWORKS.stream()
                        .anyMatch(dependency.getTargetClass().getName()::startsWith)))
        .allowEmptyShould(true);
  }

  /** All work with PostgreSQL goes through the one class that nobody above can cancel. */
  static ArchRule onlyTheStoreConnects(String base) {
    return classes()
        .that()
        .resideInAPackage(base + "..")
        .and()
        .resideOutsideOfPackage(base + ".store..")
        .should(
            new DependencyCondition(
                "reach PostgreSQL through the store",
                dependency -> {
                  String target = dependency.getTargetClass().getBaseComponentType().getName();
                  return !SETTINGS.contains(target)
                      && DRIVERS.stream().anyMatch(target::startsWith);
                }))
        .allowEmptyShould(true);
  }

  static ArchRule everyClassIsInARoom(String base) {
    return classes()
        .that()
        .resideInAPackage(base + "..")
        .should(
            new ArchCondition<>("be in a room of the plan") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                String room = roomOf(base, type);
                if (levelOf(room) < 0 && !room.equals(DEVELOPMENT) && !room.equals(ENTRANCE)) {
                  events.add(
                      SimpleConditionEvent.violated(type, type.getName() + " is in no room"));
                }
              }
            })
        .allowEmptyShould(true);
  }

  /** Nothing is extended by accident, and nothing needs a proxy. */
  static ArchRule classesAreFinal(String base) {
    return classes()
        .that()
        .resideInAPackage(base + "..")
        .and()
        .areNotInterfaces()
        .and()
        .areNotEnums()
        .and()
        .areNotAnonymousClasses()
        .and()
        .doNotHaveModifier(JavaModifier.ABSTRACT)
        .and()
        .doNotHaveModifier(JavaModifier.SYNTHETIC)
        .should()
        .haveModifier(JavaModifier.FINAL)
        .allowEmptyShould(true);
  }

  /** Forbids dependencies between two different rooms of the base package. */
  private static ArchRule between(
      String base, String description, BiPredicate<String, String> forbidden) {
    return classes()
        .that()
        .resideInAPackage(base + "..")
        .should(
            new DependencyCondition(
                description,
                dependency -> {
                  JavaClass target = dependency.getTargetClass().getBaseComponentType();
                  if (!isWithin(base, target)) {
                    return false;
                  }
                  String from = roomOf(base, dependency.getOriginClass());
                  String to = roomOf(base, target);
                  return !from.equals(to) && forbidden.test(from, to);
                }))
        .allowEmptyShould(true);
  }

  private static boolean isWithin(String base, JavaClass type) {
    return type.getPackageName().equals(base) || type.getPackageName().startsWith(base + ".");
  }

  private static String roomOf(String base, JavaClass type) {
    if (type.getPackageName().equals(base)) {
      return ENTRANCE;
    }
    String below = type.getPackageName().substring(base.length() + 1);
    int dot = below.indexOf('.');
    return dot < 0 ? below : below.substring(0, dot);
  }

  private static int levelOf(String room) {
    for (int level = 0; level < LEVELS.size(); level++) {
      if (LEVELS.get(level).contains(room)) {
        return level;
      }
    }
    return -1;
  }

  private static boolean isFeature(String room) {
    return LEVELS.get(4).contains(room);
  }

  private static final class DependencyCondition extends ArchCondition<JavaClass> {

    private final Predicate<Dependency> forbidden;

    DependencyCondition(String description, Predicate<Dependency> forbidden) {
      super(description);
      this.forbidden = forbidden;
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
      type.getDirectDependenciesFromSelf().stream()
          .filter(forbidden)
          .forEach(dependency ->
              events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription())));
    }
  }
}
