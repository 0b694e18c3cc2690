package io.ebmspark.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.energy.Activation;
import io.ebmspark.core.energy.Conv;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Mlp;
import io.ebmspark.core.energy.Parameter;
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
        .hasMessageContaining("have bytes after their last tensor");
  }

  @Test
  void otherTensorsAreRefused() throws IOException {
    ParameterLayout wider = new Mlp(List.of(31, 20), Activation.SILU).parameters(4);
    assertThatThrownBy(() -> Safetensors.read(new ByteArrayInputStream(written()), wider))
        .hasMessageContaining("network.0.weight")
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

  /** A model stored before its parts were renamed, alone or inside others. */
  @Test
  void partsAreReadUnderTheNamesTheyHad() throws IOException {
    Parameter now = new Parameter("new", new long[] {2}, Initializer.constant(3));
    ParameterLayout renamed =
        ParameterLayout.EMPTY.and(
            "outer",
            ParameterLayout.EMPTY.and(
                "inner",
                ParameterLayout.of(
                    now.formerly("old").formerly("older"),
                    new Parameter("other", new long[] {1}, Initializer.constant(4)))));
    for (String name : List.of("new", "old", "older")) {
      ParameterLayout then =
          ParameterLayout.of(
              new Parameter("outer.inner." + name, new long[] {2}, Initializer.constant(3)),
              new Parameter("outer.inner.other", new long[] {1}, Initializer.constant(4)));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Safetensors.write(out, then, then.initialise(0), Map.of());
      byte[] stored = out.toByteArray();
      assertThat(Safetensors.read(new ByteArrayInputStream(stored), renamed))
          .containsExactly(3, 3, 4);
    }
    // The control: a name it never had.
    ParameterLayout strange =
        ParameterLayout.of(
            new Parameter("outer.inner.oldest", new long[] {2}, Initializer.constant(3)),
            new Parameter("outer.inner.other", new long[] {1}, Initializer.constant(4)));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, strange, strange.initialise(0), Map.of());
    assertThatThrownBy(() -> Safetensors.read(new ByteArrayInputStream(out.toByteArray()), renamed))
        .hasMessageContaining("lack the tensor 'outer.inner.new'");
  }

  /** The names of the user guide's modules, which {@code load_state_dict} expects. */
  @Test
  void networksNameTheirPartsAsPyTorchDoes() {
    assertThat(names(new Mlp(List.of(64, 64), Activation.SELU).parameters(2)))
        .containsExactly(
            "network.0.weight",
            "network.0.bias",
            "network.2.weight",
            "network.2.bias",
            "network.4.weight",
            "network.4.bias");
    assertThat(
            names(new Conv(List.of(2, 3), List.of(1, 2), 4, Activation.SELU).parameters(1, 8, 8)))
        .containsExactly(
            "conv_net.0.weight",
            "conv_net.0.bias",
            "conv_net.2.weight",
            "conv_net.2.bias",
            "energy_head.1.weight",
            "energy_head.1.bias",
            "energy_head.3.weight",
            "energy_head.3.bias");
  }

  private static List<String> names(ParameterLayout layout) {
    return layout.parameters().stream().map(Parameter::name).toList();
  }
}
