package dev.realtime.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No file, folder or list of parameters is longer than a reader can keep in mind. */
class HouseTest {

  private static final int LINES = 300;
  private static final int FILES = 24;
  private static final int PARAMETERS = 5;

  /** Java permits the types of a sealed interface only in the package of the interface. */
  private static final String WIDE = "protocol";

  @TempDir private Path planted;

  @ParameterizedTest
  @ValueSource(strings = {"main", "test", "load", "benchmark"})
  void keepsEverythingShort(String sources) throws IOException {
    assertThat(violations(Path.of("src", sources, "java"))).isEmpty();
  }

  @Test
  void seesALongFile() throws IOException {
    Files.writeString(planted.resolve("Long.java"), "class Long {\n" + "\n".repeat(299) + "}\n");

    assertThat(violations(planted)).containsExactly("Long.java has 301 lines");
  }

  @Test
  void seesAFullFolder() throws IOException {
    Path full = Files.createDirectory(planted.resolve("full"));
    Path wide = Files.createDirectory(planted.resolve(WIDE));
    for (int i = 0; i <= FILES; i++) {
      Files.writeString(full.resolve("A" + i + ".java"), "class A" + i + " {}\n");
      Files.writeString(wide.resolve("B" + i + ".java"), "class B" + i + " {}\n");
    }

    assertThat(violations(planted)).containsExactly("full has 25 files");
  }

  @Test
  void seesManyParameters() throws IOException {
    Files.writeString(
        planted.resolve("Many.java"),
        """
        class Many {
          Many(int a, int b, int c, int d, int e, int f) {}
          void few(int a, int b, int c, int d, int e) {}
          record Row(int a, int b, int c, int d, int e, int f) {
            Row(int a, int b, int c, int d, int e, int f, int g) { this(a, b, c, d, e, f); }
            void many(int a, int b, int c, int d, int e, int f) {}
          }
        }
        """);

    assertThat(violations(planted))
        .containsExactly("Many.Many has 6 parameters", "Row.many has 6 parameters");
  }

  private static List<String> violations(Path root) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(root)) {
      files = all.filter(path -> path.toString().endsWith(".java")).sorted().toList();
    }
    List<String> violations = new ArrayList<>();
    for (Path file : files) {
      long lines = Files.readAllLines(file).size();
      if (lines > LINES) {
        violations.add("%s has %d lines".formatted(root.relativize(file), lines));
      }
    }
    Map<Path, Long> folders =
        files.stream().collect(Collectors.groupingBy(Path::getParent, Collectors.counting()));
    folders.forEach((folder, count) -> {
      if (count > FILES && !folder.endsWith(WIDE)) {
        violations.add("%s has %d files".formatted(root.relativize(folder), count));
      }
    });
    violations.addAll(longLists(files));
    return violations;
  }

  /** The methods and constructors with many parameters; what makes a record takes its fields. */
  private static List<String> longLists(List<Path> files) throws IOException {
    List<String> found = new ArrayList<>();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager manager =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  new StringWriter(),
                  manager,
                  null,
                  null,
                  null,
                  manager.getJavaFileObjectsFromPaths(files));
      for (CompilationUnitTree unit : task.parse()) {
        new Lists(found).scan(unit, null);
      }
    }
    return found;
  }

  private static final class Lists extends TreePathScanner<Void, Void> {
    private final List<String> found;

    Lists(List<String> found) {
      this.found = found;
    }

    @Override
    public Void visitMethod(MethodTree method, Void none) {
      if (getCurrentPath().getParentPath().getLeaf() instanceof ClassTree type) {
        boolean makes = method.getName().contentEquals("<init>");
        int count = method.getParameters().size();
        if (count > PARAMETERS && !(makes && type.getKind() == Tree.Kind.RECORD)) {
          String name = makes ? type.getSimpleName().toString() : method.getName().toString();
          found.add("%s.%s has %d parameters".formatted(type.getSimpleName(), name, count));
        }
      }
      return super.visitMethod(method, null);
    }
  }
}
