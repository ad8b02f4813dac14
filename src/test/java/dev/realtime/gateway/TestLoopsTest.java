package dev.realtime.gateway;

import static java.util.stream.Collectors.flatMapping;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;

/**
 * The name of a test class decides which loop runs it: {@code ./mvnw test} runs a {@code *Test},
 * which starts no server; {@code ./mvnw verify} runs an {@code *IT} too, which does.
 */
class TestLoopsTest {

  /** Whatever starts a server or another process uses one of these. */
  private static final Set<String> SERVERS =
      Set.of(
          "dev.realtime.gateway.dev.DevelopmentPostgres",
          "dev.realtime.gateway.dev.DevelopmentRedis",
          "java.lang.ProcessBuilder");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .importUrl(TestLoopsTest.class.getProtectionDomain().getCodeSource().getLocation());

  /** The classes that a class of the tests uses; nested classes count as their outermost one. */
  private static final Map<String, Set<String>> USES =
      CLASSES.stream()
          .collect(
              groupingBy(
                  type -> outermost(type.getName()), flatMapping(TestLoopsTest::targets, toSet())));

  @Test
  void findsEveryTestByItsName() {
    assertThat(tests().filter(name -> !name.endsWith("Test") && !name.endsWith("IT")))
        .containsExactly("planted.loops.NamedForNoLoop");
  }

  @Test
  void startsNoServerInTheFastLoop() {
    assertThat(tests().filter(name -> name.endsWith("Test")).filter(TestLoopsTest::usesAServer))
        .isEmpty();
  }

  @Test
  void leavesNoFastTestInTheSlowLoop() {
    assertThat(tests().filter(name -> name.endsWith("IT")).filter(name -> !usesAServer(name)))
        .isEmpty();
  }

  @Test
  void seesAServerBehindOtherClassesOfTheTests() {
    assertThat(usesAServer("planted.loops.UsesAServer")).isTrue();
    assertThat(usesAServer("planted.loops.NamedForNoLoop")).isFalse();
  }

  private static Stream<String> tests() {
    return CLASSES.stream()
        .filter(type -> !type.getModifiers().contains(JavaModifier.ABSTRACT))
        .filter(TestLoopsTest::hasTests)
        .map(type -> outermost(type.getName()));
  }

  private static boolean hasTests(JavaClass type) {
    return type.getAllMethods().stream()
        .anyMatch(method -> method.isMetaAnnotatedWith(Testable.class));
  }

  private static boolean usesAServer(String test) {
    Set<String> seen = new HashSet<>(Set.of(test));
    Deque<String> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      Set<String> used = USES.getOrDefault(open.remove(), Set.of());
      if (!Collections.disjoint(used, SERVERS)) {
        return true;
      }
      used.stream().filter(seen::add).forEach(open::add);
    }
    return false;
  }

  private static Stream<String> targets(JavaClass type) {
    return type.getDirectDependenciesFromSelf().stream()
        .map(dependency -> outermost(dependency.getTargetClass().getBaseComponentType().getName()));
  }

  private static String outermost(String name) {
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }
}
