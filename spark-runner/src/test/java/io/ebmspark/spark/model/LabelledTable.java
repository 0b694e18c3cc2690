package io.ebmspark.spark.model;

import io.ebmspark.spark.data.NumpyArchive;
import java.nio.file.Path;

/**
 * A table of ADBench (Han et al. 2022): an archive of NumPy arrays, {@code X} with the rows and
 * {@code y} with 1 for an anomaly.
 */
record LabelledTable(double[][] rows, boolean[] anomaly) {
  static LabelledTable read(Path file) {
    double[][] labels = NumpyArchive.read(file, "y");
    boolean[] anomaly = new boolean[labels.length];
    for (int i = 0; i < labels.length; i++) {
      anomaly[i] = labels[i][0] == 1;
    }
    return new LabelledTable(NumpyArchive.read(file, "X"), anomaly);
  }
}
