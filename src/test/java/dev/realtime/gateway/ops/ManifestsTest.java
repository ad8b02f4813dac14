package dev.realtime.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.convert.DurationStyle;
import org.yaml.snakeyaml.Yaml;

/** The manifests under {@code k8s/} are sound YAML and agree with the gateway and each other. */
class ManifestsTest {

  private static final Path FOLDER = Path.of("k8s");
  private static final Set<String> REQUIRED = Set.of("DATABASE_URL", "JWT_ACCESS_TOKEN_SECRET");

  @Test
  void holdOneObjectWithAKindEach() throws IOException {
    for (String file : files()) {
      assertThat(at(manifest(file), "kind")).as(file).isInstanceOf(String.class);
      assertThat(at(manifest(file), "apiVersion")).as(file).isInstanceOf(String.class);
    }
  }

  @Test
  void listEveryFileButTheExampleInTheKustomization() throws IOException {
    Set<String> resources = new HashSet<>();
    list(at(manifest("kustomization.yaml"), "resources"))
        .forEach(name -> resources.add(String.valueOf(name)));

    assertThat(resources)
        .isEqualTo(
            files().stream()
                .filter(file -> !file.equals("kustomization.yaml") && !file.contains("example"))
                .collect(Collectors.toSet()));
  }

  @Test
  void nameOnlyVariablesThatExist() throws IOException {
    Set<String> known =
        Files.readAllLines(Path.of(".env.example")).stream()
            .filter(line -> line.matches("#?[A-Z_]+=.*"))
            .map(line -> line.replaceFirst("#?([A-Z_]+)=.*", "$1"))
            .collect(Collectors.toSet());

    assertThat(known).containsAll(variables());
    assertThat(variables()).containsAll(REQUIRED);
  }

  private static Set<String> variables() throws IOException {
    Set<String> names = new HashSet<>();
    map(at(manifest("configmap.yaml"), "data")).keySet().forEach(key -> names.add(key.toString()));
    map(at(manifest("secret.example.yaml"), "stringData"))
        .keySet()
        .forEach(key -> names.add(key.toString()));
    return names;
  }

  @Test
  void giveEveryValueAsText() throws IOException {
    assertThat(map(at(manifest("configmap.yaml"), "data")).values())
        .allMatch(String.class::isInstance);
  }

  @Test
  void probesAskWhatTheGatewayServes() throws IOException {
    assertThat(at(container(), "livenessProbe", "httpGet", "path")).isEqualTo("/health/liveness");
    assertThat(at(container(), "startupProbe", "httpGet", "path")).isEqualTo("/health/liveness");
    assertThat(at(container(), "readinessProbe", "httpGet", "path")).isEqualTo("/health/readiness");
  }

  /** The request is what a pod surely gets; the JVM would take the cores of the whole node. */
  @Test
  void limitTheCoresThatTheJvmCounts() throws IOException {
    assertThat(list(at(container(), "env")))
        .anySatisfy(variable -> {
          assertThat(at(variable, "name")).isEqualTo("JAVA_TOOL_OPTIONS");
          assertThat(String.valueOf(at(variable, "value"))).contains("-XX:ActiveProcessorCount=");
        });
  }

  @Test
  void portsAgree() throws IOException {
    String management = String.valueOf(at(manifest("configmap.yaml"), "data", "MANAGEMENT_PORT"));

    assertThat(list(at(container(), "ports")))
        .extracting(port -> at(port, "containerPort"))
        .containsExactly(3001, Integer.valueOf(management));
  }

  @Test
  void graceLongerThanTheDrain() throws IOException {
    Object window = at(manifest("configmap.yaml"), "data", "SESSION_DRAIN_WINDOW");
    Duration drain =
        DurationStyle.detectAndParse(String.valueOf(window))
            .plusSeconds((Integer) at(container(), "lifecycle", "preStop", "sleep", "seconds"));

    assertThat(Duration.ofSeconds((Integer) at(pod(), "terminationGracePeriodSeconds")))
        .isGreaterThan(drain.plusSeconds(10));
  }

  @Test
  void runsWithoutPrivileges() throws IOException {
    assertThat(at(pod(), "securityContext", "runAsNonRoot")).isEqualTo(true);
    assertThat(at(container(), "securityContext", "readOnlyRootFilesystem")).isEqualTo(true);
    assertThat(at(container(), "securityContext", "allowPrivilegeEscalation")).isEqualTo(false);
    assertThat(at(pod(), "securityContext", "runAsUser")).hasToString(userOfTheImage());
  }

  private static String userOfTheImage() throws IOException {
    return Files.readAllLines(Path.of("Dockerfile")).stream()
        .filter(line -> line.startsWith("USER "))
        .map(line -> line.substring("USER ".length()))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> files() throws IOException {
    try (Stream<Path> folder = Files.list(FOLDER)) {
      return folder
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(".yaml"))
          .toList();
    }
  }

  private static Map<?, ?> pod() throws IOException {
    return map(at(manifest("deployment.yaml"), "spec", "template", "spec"));
  }

  private static Map<?, ?> container() throws IOException {
    return map(list(at(pod(), "containers")).getFirst());
  }

  private static Map<?, ?> manifest(String file) throws IOException {
    List<Object> documents = new ArrayList<>();
    new Yaml().loadAll(Files.readString(FOLDER.resolve(file))).forEach(documents::add);
    assertThat(documents).as(file).hasSize(1);
    return map(documents.getFirst());
  }

  private static Object at(Object node, String... path) {
    Object found = node;
    for (String key : path) {
      Object next = map(found).get(key);
      assertThat(next).as(String.join(".", path)).isNotNull();
      found = Objects.requireNonNull(next);
    }
    return found;
  }

  private static Map<?, ?> map(Object node) {
    assertThat(node).isInstanceOf(Map.class);
    return (Map<?, ?>) node;
  }

  private static List<?> list(Object node) {
    assertThat(node).isInstanceOf(List.class);
    return (List<?>) node;
  }
}
