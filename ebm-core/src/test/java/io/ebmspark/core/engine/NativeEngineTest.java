package io.ebmspark.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each case is a process of its own: libtorch is loaded once in one. */
class NativeEngineTest {
  @TempDir Path folder;

  /** Loads libtorch and says so, or says why not. */
  static final class Loading {
    public static void main(String[] arguments) {
      try {
        System.out.println("loaded " + NativeEngine.version());
      } catch (NativeLibraryException e) {
        System.out.println("refused " + e.getMessage());
      }
    }
  }

  private String load(String... properties) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(List.of(properties));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Loading.class.getName()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("DJL_CACHE_DIR");
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  /** A file is where the folder would be, so that this fails for root as well. */
  @Test
  void aFolderThatCannotBeWrittenIsNamedWithItsSetting() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertThat(load("-DDJL_CACHE_DIR=" + file.resolve("cache")))
        .contains("refused libtorch's libraries cannot be unpacked to " + file.resolve("cache"))
        .contains("set DJL_CACHE_DIR to a folder that this user can write to");
  }

  @Test
  void withoutAHomeToWriteToEachUserHasAFolderOfItsOwn() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    assertThat(load("-Duser.home=" + file, "-Duser.name=somebody", "-Djava.io.tmpdir=" + temporary))
        .contains("loaded 2.");
    assertThat(temporary.resolve("ebm-on-spark-somebody")).isNotEmptyDirectory();
    assertThat(temporary.resolve(".djl.ai")).doesNotExist();
  }

  /** Its owner could have put a library there. Only root can test this. */
  @Test
  void aFolderThatBelongsToAnotherIsRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    Path foreign = Files.createDirectory(folder.resolve("ebm-on-spark-somebody"));
    try {
      Files.setAttribute(foreign, "unix:uid", 65534);
    } catch (IOException e) {
      assumeTrue(false, "not root: " + e);
    }
    assertThat(load("-Duser.home=" + file, "-Duser.name=somebody", "-Djava.io.tmpdir=" + folder))
        .contains("refused libtorch's libraries cannot be unpacked to " + foreign)
        .contains("it belongs to ")
        .contains("spark.executorEnv.DJL_CACHE_DIR");
  }
}
