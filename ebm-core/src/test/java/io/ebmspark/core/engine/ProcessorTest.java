package io.ebmspark.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessorTest {
  private static final List<String> OLD = machine("GenuineIntel", "fpu sse2 avx");
  private static final List<String> AMD = machine("AuthenticAMD", "fpu sse2 avx avx2");
  private static final List<String> INTEL = machine("GenuineIntel", "fpu avx2 avx512f avx512dq");

  private static List<String> machine(String maker, String flags) {
    return List.of(
        "processor\t: 0", "vendor_id\t: " + maker, "flags\t\t: " + flags, "vmx flags\t: avx512f");
  }

  private static String kind(List<String> description, Map<String, String> variables) {
    return Processor.kind("amd64", description, variables);
  }

  @Test
  void makersAndVectorInstructionsAreTold() {
    assertThat(kind(OLD, Map.of())).isEqualTo("amd64 (GenuineIntel, no AVX2)");
    assertThat(kind(AMD, Map.of())).isEqualTo("amd64 (AuthenticAMD, AVX2)");
    assertThat(kind(INTEL, Map.of())).isEqualTo("amd64 (GenuineIntel, AVX-512)");
    assertThat(Processor.kind("aarch64", List.of("CPU implementer\t: 0x41"), Map.of()))
        .isEqualTo("aarch64");
  }

  @Test
  void thoseThatAreToldToComputeAlikeAreOneKind() {
    assertThat(kind(AMD, Processor.SAME_BITS)).isEqualTo(kind(INTEL, Processor.SAME_BITS));
    assertThat(kind(OLD, Processor.SAME_BITS)).isNotEqualTo(kind(INTEL, Processor.SAME_BITS));
    assertThat(kind(AMD, Map.of("MKL_CBWR", "COMPATIBLE"))).isEqualTo(kind(AMD, Map.of()));
  }

  @Test
  void thisMachineHasAKind() {
    assertThat(Processor.kind()).startsWith(System.getProperty("os.arch"));
  }
}
