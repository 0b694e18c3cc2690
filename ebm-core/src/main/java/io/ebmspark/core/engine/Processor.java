package io.ebmspark.core.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The kind of processor, as far as it decides on last bits: libtorch and the library of its matrix
 * products have code for each maker and set of vector instructions, and these round differently.
 */
public final class Processor {
  /** The environment in which all x86-64 processors with AVX2 compute the same bits. */
  public static final Map<String, String> SAME_BITS =
      Map.of("MKL_CBWR", "COMPATIBLE", "ATEN_CPU_CAPABILITY", "avx2", "ONEDNN_MAX_CPU_ISA", "AVX2");

  private static final Path DESCRIPTION = Path.of("/proc/cpuinfo");

  private Processor() {}

  /**
   * Of this machine: its architecture and, on Linux, maker and vector instructions, such as {@code
   * amd64 (AuthenticAMD, AVX2)}.
   */
  public static String kind() {
    String architecture = System.getProperty("os.arch");
    try {
      return kind(architecture, Files.readAllLines(DESCRIPTION), System.getenv());
    } catch (IOException e) { // another system, or a container that hides it
      return architecture;
    }
  }

  /**
   * The same of a description.
   *
   * @param description lines of {@code /proc/cpuinfo}
   */
  static String kind(String architecture, List<String> description, Map<String, String> variables) {
    String maker = value(description, "vendor_id");
    Set<String> flags = new HashSet<>(List.of(value(description, "flags").split(" ")));
    if (maker.isEmpty()) {
      return architecture;
    }
    String vectors = flags.contains("avx512f") ? "AVX-512" : flags.contains("avx2") ? "AVX2" : "";
    if (!vectors.isEmpty() && variables.entrySet().containsAll(SAME_BITS.entrySet())) {
      return architecture + " (the same bits on all with AVX2)";
    }
    return architecture + " (" + maker + ", " + (vectors.isEmpty() ? "no AVX2" : vectors) + ")";
  }

  private static String value(List<String> description, String name) {
    return description.stream()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).trim())
        .orElse("");
  }
}
