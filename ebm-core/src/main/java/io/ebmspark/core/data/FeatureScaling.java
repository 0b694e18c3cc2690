package io.ebmspark.core.data;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The affine map between a table's units and the model's, one pair per feature: {@code z = (x −
 * offset) / scale}.
 *
 * @param offset subtracted from each feature, in the table's units
 * @param scale what each feature is divided by, in the table's units; never zero
 */
public record FeatureScaling(double[] offset, double[] scale) implements Serializable {
  public FeatureScaling {
    if (offset.length != scale.length) {
      throw new IllegalArgumentException(
          "offset has " + offset.length + " entries and scale has " + scale.length);
    }
    for (int i = 0; i < scale.length; i++) {
      if (!Double.isFinite(offset[i]) || !Double.isFinite(scale[i]) || scale[i] == 0) {
        throw new IllegalArgumentException(
            "feature " + i + " has offset " + offset[i] + " and scale " + scale[i]);
      }
    }
  }

  /** The map that changes nothing. */
  public static FeatureScaling identity(int width) {
    double[] ones = new double[width];
    Arrays.fill(ones, 1);
    return new FeatureScaling(new double[width], ones);
  }

  /** The number of features. */
  public int width() {
    return scale.length;
  }

  /** Takes feature {@code i} from the table's units to the model's. */
  public float toModel(int i, double x) {
    return (float) ((x - offset[i]) / scale[i]);
  }

  /** Takes feature {@code i} from the model's units back to the table's. */
  public double toTable(int i, double z) {
    return z * scale[i] + offset[i];
  }
}
