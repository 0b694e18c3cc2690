package io.ebmspark.spark.run;

import ai.djl.Device;
import io.ebmspark.core.model.Calibration;
import io.ebmspark.core.model.RowEnergies;
import io.ebmspark.spark.data.shards.ShardedTable;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.record.AlertBudget;
import io.ebmspark.spark.record.Histogram;
import io.ebmspark.spark.record.SamplesRecord;
import io.ebmspark.spark.record.UnusualRow;
import io.ebmspark.spark.report.Histograms;
import io.ebmspark.spark.report.SampleViews;
import io.ebmspark.spark.score.Explainer;
import io.ebmspark.spark.score.Explanation;
import io.ebmspark.spark.score.ModelColumns;
import io.ebmspark.spark.train.EveryNth;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What the report shows of a trained model and its rows: histograms of energies, the alarms each
 * threshold would raise, the most unusual rows, and drawn rows beside the data. Computed on the
 * driver, from every n-th row if there are many.
 */
record ModelFindings(
    List<Histogram> energies,
    List<AlertBudget> alerts,
    List<UnusualRow> unusual,
    Optional<SamplesRecord> samples) {
  private static final int MOST_VALUES = 4_000_000;
  private static final int MOST_ROWS = 100_000;
  private static final int BINS = 60;
  private static final int REASONS = 6;
  private static final double[] RATES = {.0001, .001, .01, .05, .1};

  /**
   * Computes the findings.
   *
   * @param table the rows it was trained on, in its units
   * @param drawn rows drawn from it, packed, in its units; may be empty
   * @param rows how many of the most unusual rows to show
   */
  static ModelFindings of(ShardedTable table, Model model, float[] drawn, int rows) {
    int width = table.scaling().width();
    int most = Math.max(1, Math.min(MOST_ROWS, MOST_VALUES / width));
    float[] trained = EveryNth.atMost(most, table.rows()).in(table.shards());
    float[] heldOut =
        table.heldOutRows() == 0
            ? new float[0]
            : EveryNth.atMost(most, table.heldOutRows()).in(table.heldOut());
    try (RowEnergies open = model.open(Device.cpu())) {
      float[] ofTrained = open.energies(trained);
      float[] ofHeldOut = open.energies(heldOut);
      Map<String, float[]> sets = new LinkedHashMap<>();
      sets.put("trained on", ofTrained);
      sets.put("held out", ofHeldOut);
      sets.put("drawn", open.energies(drawn));
      sets.values().removeIf(energies -> energies.length == 0);
      return new ModelFindings(
          Histograms.over(sets, BINS),
          model.calibration().map(c -> alerts(c, ofTrained, table.rows())).orElse(List.of()),
          unusual(table, model, open, trained, ofTrained, rows),
          drawn.length == 0
              ? Optional.empty()
              : Optional.of(
                  SampleViews.of(
                      table.units().inputNames(),
                      table.shape(),
                      heldOut.length > 0 ? heldOut : trained,
                      drawn,
                      open::energies)));
    }
  }

  /** Reports them to a run's listener. */
  void tell(RunListener listener) {
    listener.onFinding(
        account -> {
          account.energies(energies);
          account.alerts(alerts);
          account.unusual(unusual);
          samples.ifPresent(account::samples);
        });
  }

  private static List<AlertBudget> alerts(Calibration calibration, float[] energies, long rows) {
    List<AlertBudget> alerts = new ArrayList<>();
    for (double rate : RATES) {
      if (rate < calibration.smallestRate()) {
        continue;
      }
      long ofAll = Math.round((double) calibration.alarms(energies, rate) * rows / energies.length);
      alerts.add(new AlertBudget(rate, calibration.threshold(rate), ofAll, rate * rows));
    }
    return alerts;
  }

  private static List<UnusualRow> unusual(
      ShardedTable table,
      Model model,
      RowEnergies open,
      float[] packed,
      float[] energies,
      int most) {
    if (most == 0) {
      return List.of(); // avoids sorting all rows
    }
    int[] highest =
        IntStream.range(0, energies.length)
            .boxed()
            .sorted(Comparator.comparing((Integer row) -> energies[row]).reversed())
            .limit(most)
            .mapToInt(Integer::intValue)
            .toArray();
    int width = table.scaling().width();
    float[] rows = new float[highest.length * width];
    for (int i = 0; i < highest.length; i++) {
      System.arraycopy(packed, highest[i] * width, rows, i * width, width);
    }
    ModelColumns columns = ModelColumns.of(model.config().features());
    Optional<List<Explanation>> why =
        model
            .baselines()
            .map(usual -> new Explainer(open, usual, columns, REASONS, false).explain(rows));
    List<UnusualRow> unusual = new ArrayList<>();
    for (int i = 0; i < highest.length; i++) {
      int row = i;
      unusual.add(
          row(
              columns,
              rows,
              i * width,
              energies[highest[i]],
              model,
              why.map(all -> all.get(row).reasons()).orElse(List.of())));
    }
    return unusual;
  }

  private static UnusualRow row(
      ModelColumns columns,
      float[] rows,
      int at,
      double energy,
      Model model,
      List<Explanation.Reason> reasons) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int column = 0; column < columns.size(); column++) {
      values.put(columns.name(column), columns.decode(column, rows, at));
    }
    return UnusualRow.of(
        energy,
        model.calibration().map(calibration -> calibration.pValue(energy)),
        values,
        reasons.stream()
            .map(
                reason ->
                    new UnusualRow.Reason(
                        columns.name(reason.column()),
                        reason.contribution(),
                        columns.decode(reason.column(), rows, at)))
            .toList());
  }
}
