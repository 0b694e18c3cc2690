package io.ebmspark.core.onnx;

import io.ebmspark.core.data.FeatureScaling;
import io.ebmspark.core.data.Shapes;
import io.ebmspark.core.onnx.OnnxGraph.ElementType;
import io.ebmspark.core.program.Archive;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A module from PyTorch on its way back, inside one that takes rows in the table's units. */
public final class BroughtModule {
  /** What {@link EnergyFile} writes in operators, around a module. */
  private static final String FORWARD =
      """
      def forward(self, rows: Tensor) -> Tensor:
        count = torch.size(rows, 0)
        scaled = torch.to(torch.div(torch.sub(rows, self.offset), self.scale), %s)
        inner = self.inner
        energy = torch.reshape((inner).forward(torch.reshape(scaled, [count, %s]), ), [count])
        far = torch.sum(torch.mul(scaled, 0.), [1])
        whole = torch.add(energy, far)
        overflows = torch.logical_or(torch.isinf(whole), torch.isnan(whole))
        known = torch.where(overflows, torch.full_like(whole, inf), whole)
        absent = torch.sum(torch.mul(rows, 0.), [1])
        return torch.add(known, torch.to(absent, %s))
      """;

  private static final int TORCH_FLOAT = 6;

  private BroughtModule() {}

  /**
   * The module that takes rows as they are in the table.
   *
   * @param module which takes (batch, …shape) in the model's units
   * @param metadata free text kept in the file
   */
  public static Archive scaled(
      Archive module, FeatureScaling scaling, long[] shape, Map<String, String> metadata) {
    String axes = Arrays.toString(shape).replaceAll("[\\[\\]]", "");
    return module.inside(
        FORWARD.formatted(TORCH_FLOAT, axes, TORCH_FLOAT),
        List.of(
            stored("offset", scaling.offset(), Shapes.width(shape)),
            stored("scale", scaling.scale(), Shapes.width(shape))),
        metadata);
  }

  private static Archive.Stored stored(String name, double[] values, long width) {
    byte[] bytes = new byte[ElementType.DOUBLE.bytes * values.length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values);
    return new Archive.Stored(name, "Double", new long[] {width}, bytes);
  }
}
