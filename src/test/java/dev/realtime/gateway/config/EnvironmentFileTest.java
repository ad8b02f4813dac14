package dev.realtime.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class EnvironmentFileTest {

  @TempDir private Path folder;

  @Test
  void readsWhatShellsRead() throws IOException {
    Path file =
        write(
            """
            # a comment
            PLAIN=value
            export EXPORTED=yes
              SPACED =  around \t
            DOUBLE="two words # kept"
            SINGLE='it is # kept' # gone
            COMMENTED=value # gone
            HASH=a#b
            URL=postgresql://u:p@h:5432/n?schema=public&x=y
            EMPTY=
            EMPTY_QUOTED=""
            ONLY_COMMENT= # nothing
            not a line
            =nameless
            """);

    assertThat(EnvironmentFile.read(file))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "PLAIN", "value",
                "EXPORTED", "yes",
                "SPACED", "around",
                "DOUBLE", "two words # kept",
                "SINGLE", "it is # kept",
                "COMMENTED", "value",
                "HASH", "a#b",
                "URL", "postgresql://u:p@h:5432/n?schema=public&x=y"));
  }

  @Test
  void isEmptyWithoutAFile() {
    assertThat(EnvironmentFile.read(folder.resolve("missing"))).isEmpty();
  }

  @Test
  void isWeakerThanTheEnvironmentAndStrongerThanDefaults() throws IOException {
    Path file = write("A=file\nB=file\n");
    var environment = new StandardEnvironment();
    var sources = environment.getPropertySources();
    sources.replace(
        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
        new SystemEnvironmentPropertySource(
            StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, Map.of("A", "real")));
    sources.addLast(
        new MapPropertySource(
            "defaults",
            Map.of(
                "environment-file",
                file.toString(),
                "a",
                "${A:none}",
                "b",
                "${B:none}",
                "B",
                "default")));

    new EnvironmentFilePostProcessor().postProcessEnvironment(environment, new SpringApplication());

    assertThat(environment.getProperty("a")).isEqualTo("real");
    assertThat(environment.getProperty("b")).isEqualTo("file");
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("variables"), text);
  }
}
