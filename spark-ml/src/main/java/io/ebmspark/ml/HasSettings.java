package io.ebmspark.ml;

import org.apache.spark.ml.param.Params;

/**
 * What has the settings of job files as parameters.
 *
 * @param <T> the class itself
 */
public interface HasSettings<T> extends Params {
  /**
   * Sets a parameter by its name in job files.
   *
   * @param value a number, a boolean, text, a list, a map, or the text of a job file
   * @throws IllegalArgumentException if there is no such setting, or it cannot have the value
   */
  @SuppressWarnings("unchecked") // T is the class itself
  default T with(String setting, Object value) {
    if (!hasParam(setting)) {
      throw new IllegalArgumentException(
          uid()
              + ": "
              + setting
              + " is no setting; explainParams() lists them, with what each does");
    }
    set(getParam(setting), value);
    return (T) this;
  }

  /** Flags rows of the largest energies, of usual rows this share. */
  default T setFalsePositiveRate(double rate) {
    return with("threshold", "{falsePositiveRate: " + rate + "}");
  }

  /**
   * Adds reasons to rows.
   *
   * @param explain as in a job file: {@code "{rows: flagged, top: 5}"}
   */
  default T setExplain(String explain) {
    return with("explain", explain);
  }

  /** Names the column added for the energy; by default {@code energy}. */
  default T setEnergyColumn(String name) {
    return with("energyColumn", name);
  }
}
