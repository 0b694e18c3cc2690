package io.ebmspark.spark.train;

import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.training.GradientWorker;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.spark.Sent;
import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an executor needs to make its worker, sent once per run. */
final class WorkerSettings implements Serializable {
  private static final long serialVersionUID = 1;

  /** The settings in the form they are written in. */
  private record Content(
      @Setting("the energy") Energy energy,
      @Setting("the shape of one row") List<Long> shape,
      @Setting("the training") TrainingSettings training,
      @Setting("global number of rows") long rows) {}

  private final Sent<Content> content;
  private transient volatile @Nullable GradientWorker worker;

  WorkerSettings(Energy energy, List<Long> shape, TrainingSettings training, long rows) {
    this.content = new Sent<>(new Content(energy, shape, training, rows));
  }

  /** This process's worker, made on first use and shared by its tasks. */
  GradientWorker worker() {
    GradientWorker known = worker;
    if (known == null) {
      synchronized (this) {
        known = worker;
        if (known == null) {
          Content read = content.value(Content.class);
          long[] shape = read.shape.stream().mapToLong(Long::longValue).toArray();
          known = new GradientWorker(read.energy, shape, read.training, read.rows);
          worker = known;
        }
      }
    }
    return known;
  }
}
