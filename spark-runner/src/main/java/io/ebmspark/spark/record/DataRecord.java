package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;

/** The rows of a run. */
public record DataRecord(
    @Setting("where the rows come from") String source,
    @Setting("rows read") long rows,
    @Setting("rows trained on") Optional<Long> trained,
    @Setting("rows held out for calibration") Optional<Long> heldOut,
    @Setting("rows quarantined as unfit") long quarantined,
    @Setting("digest of the columns and rows") Optional<String> fingerprint,
    @Setting("share of columns that have drifted") Optional<Double> driftedShare,
    @Setting("each column, most drifted first; of more than 200 the most drifted")
        List<ColumnDrift> columns) {
  /** A copy with the number of rows quarantined. */
  public DataRecord withQuarantined(long count) {
    return new DataRecord(
        source, rows, trained, heldOut, count, fingerprint, driftedShare, columns);
  }

  /** A copy with the counts after loading for training. */
  public DataRecord asLoaded(long trainedOn, long held, String digest) {
    return new DataRecord(
        source,
        rows,
        Optional.of(trainedOn),
        Optional.of(held),
        quarantined,
        Optional.of(digest),
        driftedShare,
        columns);
  }
}
