package dev.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArchitectureTest {

  private static final String BASE = "dev.realtime.gateway";

  @TestFactory
  Stream<DynamicTest> keepsEveryRule() {
    // Only what is compiled beside the application: the tests are no rooms.
    JavaClasses classes =
        new ClassFileImporter()
            .importUrl(
                GatewayApplication.class.getProtectionDomain().getCodeSource().getLocation());
    assertThat(classes).isNotEmpty();
    return ArchitectureRules.all(BASE).entrySet().stream()
        .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> rule.getValue().check(classes)));
  }

  /** A rule that never fails is none: each is seen to fail on what was planted for it, alone. */
  @ParameterizedTest
  @CsvSource({
    "planted.upward, arrowsPointDown",
    "planted.sideways, arrowsPointDown",
    "planted.features, featuresKeepToThemselves",
    "planted.inner, innerPackagesStayInside",
    "planted.development, nothingKnowsDevelopment",
    "planted.entrance, nothingKnowsTheEntrance",
    "planted.framework, protocolIsPlain",
    "planted.database, onlyTheStoreConnects",
    "planted.nowhere, everyClassIsInARoom",
    "planted.open, classesAreFinal"
  })
  void catchesEveryPlantedViolation(String base, String rule) {
    JavaClasses classes = new ClassFileImporter().importPackages(base);
    assertThat(classes).isNotEmpty();

    assertThat(broken(base, classes)).containsExactly(rule);
  }

  @Test
  void permitsTheAgreedFriendships() {
    JavaClasses classes = new ClassFileImporter().importPackages("planted.friends");
    assertThat(classes).isNotEmpty();

    assertThat(broken("planted.friends", classes)).isEmpty();
  }

  private static Set<String> broken(String base, JavaClasses classes) {
    return ArchitectureRules.all(base).entrySet().stream()
        .filter(rule -> isBroken(rule.getValue(), classes))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static boolean isBroken(ArchRule rule, JavaClasses classes) {
    return rule.evaluate(classes).hasViolation();
  }
}
