package io.ebmspark.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.ParameterLayout;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SafetensorsTest {
  private static final ParameterLayout LAYOUT =
      new Mlp(List.of(30, 20), Activation.SILU).parameters(4);

  private static byte[] written() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, LAYOUT, LAYOUT.initialise(1), Map.of("format", "x"));
    return out.toByteArray();
  }

  private static float[] read(byte[] bytes) throws IOException {
    return Safetensors.read(new ByteArrayInputStream(bytes), LAYOUT);
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    assertThat(read(written())).containsExactly(LAYOUT.initialise(1));
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = written();
    for (int length = 0; length < whole.length; length += 1 + length / 7) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> read(cut)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> read(Arrays.copyOf(whole, whole.length + 1)))
        .hasMessageContaining("go on after their last tensor");
  }

  @Test
  void otherTensorsAreRefused() throws IOException {
    ParameterLayout wider = new Mlp(List.of(31, 20), Activation.SILU).parameters(4);
    assertThatThrownBy(() -> Safetensors.read(new ByteArrayInputStream(written()), wider))
        .hasMessageContaining("layer0.weight")
        .hasMessageContaining("[31, 4]");
    byte[] huge = written();
    huge[7] = 0x7f;
    assertThatThrownBy(() -> read(huge)).hasMessageContaining("not a safetensors file");
    String text = new String(written(), StandardCharsets.ISO_8859_1).replaceFirst("F32", "F64");
    assertThatThrownBy(() -> read(text.getBytes(StandardCharsets.ISO_8859_1)))
        .hasMessageContaining("F64");
  }

  @Test
  void percentilesAreThoseOfTheTrainingRows() {
    float[] energies = {5, 1, 3, 2, 4};
    EnergyPercentiles.Lookup lookup = EnergyPercentiles.of(energies).lookup();
    assertThat(lookup.percentile(0.5)).isZero();
    assertThat(lookup.percentile(1)).isEqualTo(20);
    assertThat(lookup.percentile(3)).isEqualTo(60);
    assertThat(lookup.percentile(3.5)).isEqualTo(70);
    assertThat(lookup.percentile(5)).isEqualTo(100);
    assertThat(lookup.percentile(99)).isEqualTo(100);
    assertThat(lookup.percentile(Double.NaN)).isNaN();
  }
}
