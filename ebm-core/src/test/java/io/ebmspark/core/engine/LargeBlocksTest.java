package io.ebmspark.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Scanner;
import org.junit.jupiter.api.Test;

class LargeBlocksTest {
  private static final Path STATUS = Path.of("/proc/self/stat");
  private static final long FLOATS = 10_000_000;
  private static final int ROUNDS = 10;
  private static final long PAGES_OF_A_VECTOR = FLOATS * 4 / 4096;

  /** Prints how many pages the kernel had to find, without large blocks kept and with. */
  static final class Adding {
    public static void main(String[] arguments) throws IOException {
      System.out.println(faults());
      LargeBlocks.keep(FLOATS);
      faults(); // which fetches what is kept from then on
      System.out.println(faults());
    }

    private static long faults() throws IOException {
      try (TensorScope scope = TensorScope.open(Device.cpu(), DataType.FLOAT32)) {
        Tensor x = scope.upload(new float[(int) FLOATS], FLOATS);
        long before = faultsSoFar();
        for (int i = 0; i < ROUNDS; i++) {
          try (TensorScope round = scope.child()) {
            x.in(round).add(1).mul(2);
          }
        }
        return faultsSoFar() - before;
      }
    }

    /** The eighth field after the name, which may hold blanks itself (proc(5), minflt). */
    private static long faultsSoFar() throws IOException {
      String line = Files.readString(STATUS);
      Scanner fields = new Scanner(line.substring(line.lastIndexOf(')') + 1));
      return fields.tokens().skip(7).mapToLong(Long::parseLong).findFirst().orElseThrow();
    }
  }

  /** In a process of its own, since it stays as it is set. */
  @Test
  void memoryOfLongVectorsIsFetchedOnce() throws Exception {
    assumeTrue(Files.exists(STATUS), "only Linux counts page faults here");
    ProcessBuilder builder =
        new ProcessBuilder(
            System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
            "-cp",
            System.getProperty("java.class.path"),
            Adding.class.getName());
    builder.redirectErrorStream(true).environment().keySet().removeIf(k -> k.startsWith("MALLOC_"));
    Process process = builder.start();
    List<String> said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.matches("\\d+"))
            .toList();
    process.waitFor();
    long before = Long.parseLong(said.get(0));
    long now = Long.parseLong(said.get(1));
    assumeTrue(before > ROUNDS * PAGES_OF_A_VECTOR, "this C library keeps large blocks by itself");
    assertThat(now).isLessThan(before / 3);
  }
}
