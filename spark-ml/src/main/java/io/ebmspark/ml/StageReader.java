package io.ebmspark.ml;

import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.MLReader;

/**
 * Reads a stage that is nothing but its parameters.
 *
 * @param <T> its class, which another's folder is refused for; Spark's own reader would make any
 */
final class StageReader<T> extends MLReader<T> {
  private final Class<T> type;

  StageReader(Class<T> type) {
    this.type = type;
  }

  @Override
  public T load(String path) {
    DefaultParamsReader.loadMetadata(path, sparkSession(), type.getName());
    return new DefaultParamsReader<T>().load(path);
  }
}
