package io.ebmspark.spark.report;

import io.ebmspark.spark.record.AlertBudget;
import io.ebmspark.spark.record.ChainRecord;
import io.ebmspark.spark.record.ColumnDrift;
import io.ebmspark.spark.record.CurvePoint;
import io.ebmspark.spark.record.DataRecord;
import io.ebmspark.spark.record.Evaluation;
import io.ebmspark.spark.record.Histogram;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Lineage;
import io.ebmspark.spark.record.LogLikelihood;
import io.ebmspark.spark.record.Measured;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.record.Phase;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.record.SampleDistance;
import io.ebmspark.spark.record.SamplesRecord;
import io.ebmspark.spark.record.Status;
import io.ebmspark.spark.record.TrainingRecord;
import io.ebmspark.spark.record.UnusualRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** Records of made-up runs that look like real ones. */
final class Nights {
  private static final List<String> COLUMNS =
      List.of(
          "bytes_out",
          "bytes_in",
          "duration_seconds",
          "packets",
          "distinct_hosts",
          "failed_logins",
          "hour_of_day",
          "log(amount)",
          "protocol",
          "session_age_days",
          "ratio_in_out",
          "retries");

  private static final Map<String, String> VERSIONS =
      Map.of("ebm-on-spark", "0.2.0", "java", "17.0.17", "spark", "4.1.0", "pytorch", "2.7.1");

  private Nights() {}

  /** A night that trained a better model. */
  static RunRecord promoted() {
    Random random = new Random(1);
    List<Judgement> gates =
        List.of(
            gate("finite", Status.PASSED, null, null, "All weights and energies are finite."),
            gate(
                "objective",
                Status.PASSED,
                -0.0213,
                0.0096,
                "Candidate minus champion on the same rows and noise; worse only beyond two"
                    + " standard errors."),
            gate("auroc", Status.PASSED, 0.9731, 0.9658, "On 402 labelled anomalies."),
            gate("alert-rate", Status.PASSED, 0.00108, 0.002, "At the champion's threshold."),
            gate("rank-correlation", Status.PASSED, 0.981, 0.8, "Spearman's, with the champion."),
            gate("chains", Status.SKIPPED, null, null, "Not asked for: gates.chains is not set."));
    List<Judgement> checks = new ArrayList<>();
    checks.add(gate("schema", Status.PASSED, null, null, "12 columns, as in version 7."));
    checks.add(gate("row-count", Status.PASSED, 1.03, 0.5, "Against the last seven nights."));
    checks.add(
        gate("energy-drift", Status.PASSED, 0.0121, 0.25, "PSI of the champion's energies."));
    for (String column : COLUMNS) {
      checks.add(check("null-rate", column, Status.PASSED, 0.0004, 0.01, "As usual."));
    }
    checks.add(
        check("psi", "hour_of_day", Status.WARNED, 0.137, 0.1, "Moved, but not enough to stop."));
    return night(
        Outcome.PROMOTED,
        0,
        "All five gates passed; the objective on held-out rows fell by 0.0213 ± 0.0048.",
        List.of("Column hour_of_day has moved a little (PSI 0.137); nothing was stopped."),
        checks,
        gates,
        Optional.of(data(random, false)),
        Optional.of(evaluation("models:/sessions/7", -2.4127, .9689, .7120)),
        Optional.of(evaluation("models:/sessions/8", -2.4340, .9731, .7345)),
        Optional.of(training(random, 4000, -1)),
        energies(random, 0),
        alerts(1),
        unusual(true),
        Optional.of(marginals(random)));
  }

  /** A night whose model was no better. */
  static RunRecord refused() {
    Random random = new Random(2);
    List<Judgement> gates =
        List.of(
            gate("finite", Status.PASSED, null, null, "All weights and energies are finite."),
            gate(
                "objective",
                Status.FAILED,
                0.0782,
                0.0101,
                "Candidate minus champion on the same rows and noise; worse only beyond two"
                    + " standard errors."),
            gate(
                "auroc",
                Status.FAILED,
                0.9312,
                0.9658,
                "On 402 labelled anomalies; at least the champion's less two standard errors."),
            gate("alert-rate", Status.WARNED, 0.00231, 0.002, "At the champion's threshold."),
            gate("rank-correlation", Status.PASSED, 0.874, 0.8, "Spearman's, with the champion."));
    return night(
        Outcome.REFUSED_BY_GATE,
        6,
        "The candidate's objective on held-out rows is worse than the champion's by 0.0782, more"
            + " than noise explains (limit 0.0101). Version 7 stays in use.",
        List.of(),
        List.of(
            gate("schema", Status.PASSED, null, null, "12 columns, as in version 7."),
            gate("row-count", Status.PASSED, 0.94, 0.5, "Against the last seven nights.")),
        gates,
        Optional.of(data(random, true)),
        Optional.of(evaluation("models:/sessions/7", -2.4127, .9689, .7120)),
        Optional.of(evaluation("models:/sessions/9", -2.3345, .9312, .6011)),
        Optional.of(training(random, 4000, -1)),
        energies(random, 1.4),
        alerts(2.3),
        unusual(false),
        Optional.of(marginals(random)));
  }

  /** A night that ended in an overflow. */
  static RunRecord diverged() {
    Random random = new Random(3);
    return night(
        Outcome.FAILED,
        4,
        "Training diverged at step 1 312 on shard 17: the gradient is not finite. Try a smaller"
            + " learning rate, or training.clipNorm.",
        List.of(
            "Training went back to its last checkpoint three times, each time at half the"
                + " learning rate."),
        List.of(gate("schema", Status.PASSED, null, null, "12 columns, as in version 7.")),
        List.of(),
        Optional.of(data(random, false)),
        Optional.empty(),
        Optional.empty(),
        Optional.of(training(random, 1312, 1200)),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty());
  }

  /** A first training of a model in the plane. */
  static RunRecord plane() {
    Random random = new Random(4);
    float[] data = moons(random, 1500, .08);
    float[] drawn = moons(random, 1200, .13);
    SamplesRecord samples =
        SampleViews.of(
            List.of("x", "y"), new long[] {2}, data, drawn, rows -> distanceToMoons(rows));
    return bare("train", Outcome.DONE, Optional.of(samples));
  }

  /** Rows that are images. */
  static RunRecord images() {
    Random random = new Random(5);
    SamplesRecord samples =
        SampleViews.of(
            List.of(),
            new long[] {1, 8, 8},
            blobs(random, 40, 0),
            blobs(random, 40, .15),
            rows -> rows);
    return bare("train", Outcome.DONE, Optional.of(samples));
  }

  /** A run about which little is known. */
  static RunRecord bare(String command, Outcome outcome, Optional<SamplesRecord> samples) {
    RunRecord whole = promoted();
    return new RunRecord(
        RunRecord.FORMAT,
        "2026-11-25T02-00-00Z-h3k",
        command,
        outcome,
        0,
        "Trained for 4 000 steps.",
        whole.started(),
        whole.ended(),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        samples,
        VERSIONS,
        "");
  }

  /** More of everything than fits: every list is long, every name hostile or long. */
  static RunRecord large() {
    Random random = new Random(6);
    List<String> names =
        IntStream.range(0, 1500)
            .mapToObj(
                i -> i == 0 ? "<script>alert('x')</script>" : "column_" + i + "_é\"&<".repeat(9))
            .toList();
    List<ColumnDrift> columns = new ArrayList<>();
    List<Judgement> checks = new ArrayList<>();
    Map<String, String> values = new LinkedHashMap<>();
    Map<String, Double> contributions = new LinkedHashMap<>();
    for (String name : names) {
      double shift = columns.isEmpty() ? .4 : random.nextDouble() * .2;
      columns.add(drift(random, name, shift, Status.WARNED));
      checks.add(check("psi", name, Status.WARNED, .15, .1, "Moved. ".repeat(30)));
      values.put(name, "<b>" + random.nextGaussian());
      contributions.put(name, random.nextGaussian());
    }
    List<CurvePoint> curve = training(random, 20_000, -1, 5_000).curve();
    float[] rows = new float[1500 * 40];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian();
    }
    RunRecord night = promoted();
    return new RunRecord(
        RunRecord.FORMAT,
        night.id(),
        night.command(),
        night.outcome(),
        0,
        "<script>alert('x')</script> " + "word ".repeat(5000),
        night.started(),
        night.ended(),
        IntStream.range(0, 3000).mapToObj(i -> new Phase("phase " + i, i)).toList(),
        names,
        Optional.of("<script>"),
        Optional.of(7L),
        Optional.of(8L),
        night.lineage(),
        checks,
        checks,
        Optional.of(
            new DataRecord(
                "hdfs:///" + "x".repeat(100_000),
                1_000_000,
                Optional.of(900_000L),
                Optional.of(100_000L),
                0,
                Optional.of("abc"),
                Optional.of(.3),
                columns)),
        night.champion(),
        night.candidate(),
        Optional.of(new TrainingRecord(20_000, Optional.empty(), 0, curve)),
        Histograms.over(Map.of("train", rows), 250),
        alerts(1),
        IntStream.range(0, 500)
            .mapToObj(
                i ->
                    new UnusualRow(
                        Optional.of(9.0),
                        Optional.of(1e-5),
                        values,
                        i % 2 == 0 ? contributions : Map.of(),
                        i % 2 == 0 ? values : Map.of()))
            .toList(),
        Optional.of(SampleViews.of(names, new long[] {1500}, rows, rows, energies -> energies)),
        VERSIONS,
        "features: [" + String.join(", ", names) + "]");
  }

  private static RunRecord night(
      Outcome outcome,
      int exitCode,
      String reason,
      List<String> notices,
      List<Judgement> checks,
      List<Judgement> gates,
      Optional<DataRecord> data,
      Optional<Evaluation> champion,
      Optional<Evaluation> candidate,
      Optional<TrainingRecord> training,
      List<Histogram> energies,
      List<AlertBudget> alerts,
      List<UnusualRow> unusual,
      Optional<SamplesRecord> samples) {
    return new RunRecord(
        RunRecord.FORMAT,
        "2026-11-25T02-00-00Z-k3f",
        "retrain",
        outcome,
        exitCode,
        reason,
        "2026-11-25T02:00:00Z",
        "2026-11-25T02:04:31.250Z",
        List.of(
            new Phase("read", 11.42),
            new Phase("check", 6.8),
            new Phase("train", 201.33),
            new Phase("evaluate", 38.01),
            new Phase("write", 2.7)),
        notices,
        Optional.of("sessions"),
        Optional.of(7L),
        candidate.map(one -> Long.valueOf(one.model().substring("models:/sessions/".length()))),
        Optional.of(
            new Lineage(
                "b1946ac92492d2347c6235b4d2611184",
                "591785b794601e212b260e25925636fd",
                42,
                Optional.of(7L),
                VERSIONS,
                "2026-11-25T02-00-00Z-k3f")),
        checks,
        gates,
        data,
        champion,
        candidate,
        training,
        energies,
        alerts,
        unusual,
        samples,
        VERSIONS,
        """
        data:
          source: {path: hdfs:///tables/sessions, format: parquet, where: "day >= '2026-11-18'"}
          features: [bytes_out, bytes_in, log(amount)]
        training:
          objective: {kind: denoising-score-matching, noise: 0.3}
          steps: 4000
          batchSize: 4096
        energy: {kind: mlp, hidden: [256, 256]}
        """);
  }

  private static Judgement gate(
      String name, Status status, Double value, Double limit, String message) {
    return new Judgement(
        name,
        Optional.empty(),
        status,
        Optional.ofNullable(value),
        Optional.ofNullable(limit),
        message);
  }

  private static Judgement check(
      String name, String column, Status status, double value, double limit, String message) {
    return new Judgement(
        name, Optional.of(column), status, Optional.of(value), Optional.of(limit), message);
  }

  private static DataRecord data(Random random, boolean drifted) {
    List<ColumnDrift> columns = new ArrayList<>();
    for (int i = 0; i < COLUMNS.size(); i++) {
      double shift = drifted && i < 3 ? .35 - .1 * i : .04 * random.nextDouble();
      Status status = shift > .3 ? Status.FAILED : shift > .1 ? Status.WARNED : Status.PASSED;
      columns.add(drift(random, COLUMNS.get(i), shift, status));
    }
    return new DataRecord(
        "hdfs:///tables/sessions (parquet), day >= '2026-11-18'",
        412_806,
        Optional.of(371_525L),
        Optional.of(41_281L),
        17,
        Optional.of("b1946ac92492d2347c6235b4d2611184"),
        Optional.of(drifted ? .25 : .083),
        columns);
  }

  /** Rows whose bins are tilted by a shift. */
  private static ColumnDrift drift(Random random, String name, double shift, Status status) {
    List<String> bins = new ArrayList<>();
    List<Long> expected = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    double psi = 0;
    for (int bin = 0; bin < 20; bin++) {
      bins.add("[" + bin * 5 + ", " + (bin + 1) * 5 + ")");
      expected.add(20_000L);
      double tilt = 1 + shift * 2.6 * (bin - 9.5) / 9.5 + .02 * random.nextGaussian();
      counts.add(Math.max(1, Math.round(20_640 * Math.max(.03, tilt))));
    }
    long all = counts.stream().mapToLong(Long::longValue).sum();
    for (int bin = 0; bin < 20; bin++) {
      double share = counts.get(bin) / (double) all;
      psi += (share - .05) * Math.log(share / .05);
    }
    bins.addAll(List.of("null", "below", "above"));
    expected.addAll(List.of(160L, 0L, 0L));
    counts.addAll(List.of(171L, 3L, Math.round(900 * shift)));
    return new ColumnDrift(
        name,
        171,
        3,
        Math.round(900 * shift),
        Optional.empty(),
        Optional.of(psi),
        Optional.of(.0011),
        name.equals("protocol") ? Optional.empty() : Optional.of(shift * 1.7),
        name.equals("protocol") ? Optional.of(.021) : Optional.empty(),
        status,
        bins,
        expected,
        counts);
  }

  private static Evaluation evaluation(
      String model, double objective, double auroc, double precision) {
    Map<String, SampleDistance> distances =
        Map.of(
            "sliced Wasserstein",
                new SampleDistance(.0931 - .01 * (auroc - .93), Optional.of(.021)),
            "energy distance", new SampleDistance(.0124, Optional.of(.0009)));
    return new Evaluation(
        model,
        41_281,
        Optional.of(new Measured(objective, Optional.of(.0051))),
        Optional.of(.0312),
        Optional.of(-1.7310),
        new Measured(-14.21 - 3 * (auroc - .96), Optional.of(.018)),
        Optional.of(new Measured(.00104, Optional.of(.00016))),
        Optional.of(new Measured(auroc, Optional.of(.0031))),
        Optional.of(new Measured(precision, Optional.of(.0122))),
        Optional.of("label"),
        Optional.of(412L),
        distances,
        Optional.of(new LogLikelihood(-9.71, -9.32, .14)),
        Optional.of(
            new ChainRecord(
                Optional.of(1.04), Optional.of(812.0), Optional.empty(), "The chains agree.")));
  }

  private static TrainingRecord training(Random random, int steps, int blowsUpAt) {
    return training(random, steps, blowsUpAt, 300);
  }

  private static TrainingRecord training(Random random, int steps, int blowsUpAt, int points) {
    List<CurvePoint> curve = new ArrayList<>();
    for (int i = 0; i < points; i++) {
      long step = Math.round((double) i * (steps - 1) / (points - 1));
      double noise = 1 + .06 * random.nextGaussian();
      double growth = blowsUpAt >= 0 && step > blowsUpAt ? Math.exp((step - blowsUpAt) / 9.0) : 1;
      double decay = Math.exp(-step / 420.0);
      curve.add(
          new CurvePoint(
              step,
              i == points - 1 && blowsUpAt >= 0
                  ? Double.POSITIVE_INFINITY
                  : (.11 + 2.3 * decay) * noise * growth,
              Optional.of(-14 + 13.5 * decay + .3 * random.nextGaussian()),
              Optional.of(-13.2 + 13 * decay + .5 * random.nextGaussian() - Math.log(growth)),
              (.35 + 9 * decay) * (1 + .2 * random.nextDouble()) * growth,
              1e-3 * (1 + Math.cos(Math.PI * step / Math.max(1, 4000))) / 2,
              81_000 * (1 + .05 * random.nextGaussian())));
    }
    return new TrainingRecord(steps, Optional.empty(), blowsUpAt < 0 ? 0 : 3, curve);
  }

  private static List<Histogram> energies(Random random, double shift) {
    Map<String, float[]> sets = new LinkedHashMap<>();
    sets.put("training rows", energy(random, 20_000, 0));
    sets.put("held-out rows", energy(random, 8_000, .05));
    sets.put("new rows", energy(random, 12_000, .1 + shift));
    sets.put("drawn rows", energy(random, 2_000, .4));
    return Histograms.over(sets, 60);
  }

  private static float[] energy(Random random, int rows, double shift) {
    float[] energies = new float[rows];
    for (int i = 0; i < rows; i++) {
      double sum = 0;
      for (int j = 0; j < 8; j++) {
        double normal = random.nextGaussian();
        sum += normal * normal;
      }
      energies[i] = (float) (-18 + shift + sum / 2);
    }
    return energies;
  }

  private static List<AlertBudget> alerts(double factor) {
    List<AlertBudget> alerts = new ArrayList<>();
    for (double rate : new double[] {.05, .01, .005, .001, 1e-4}) {
      double expected = rate * 412_806;
      alerts.add(
          new AlertBudget(
              rate, -12.6 - 1.15 * Math.log(rate), Math.round(expected * factor * 1.04), expected));
    }
    return alerts;
  }

  private static List<UnusualRow> unusual(boolean explained) {
    List<UnusualRow> rows = new ArrayList<>();
    Random random = new Random(9);
    for (int i = 0; i < 10; i++) {
      Map<String, String> values = new LinkedHashMap<>();
      Map<String, Double> contributions = new LinkedHashMap<>();
      for (int j = 0; j < COLUMNS.size(); j++) {
        values.put(COLUMNS.get(j), Numbers.of(Math.exp(2 * random.nextGaussian())));
        contributions.put(COLUMNS.get(j), Math.pow(random.nextGaussian() + .4, 3));
      }
      rows.add(
          new UnusualRow(
              i == 0 ? Optional.empty() : Optional.of(31.4 - 1.7 * i),
              Optional.of((i + 1) / 41_282.0),
              values,
              explained ? contributions : Map.of(),
              explained ? values : Map.of()));
    }
    return rows;
  }

  private static SamplesRecord marginals(Random random) {
    int width = COLUMNS.size();
    float[] data = new float[2000 * width];
    float[] drawn = new float[1500 * width];
    for (int i = 0; i < data.length; i++) {
      data[i] = (float) (random.nextGaussian() * (1 + i % width % 3) + i % width);
    }
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = (float) (random.nextGaussian() * (1.1 + i % width % 3) + i % width + .1);
    }
    return SampleViews.of(COLUMNS, new long[] {width}, data, drawn, rows -> rows);
  }

  private static float[] moons(Random random, int rows, double noise) {
    float[] moons = new float[2 * rows];
    for (int i = 0; i < rows; i++) {
      double angle = Math.PI * random.nextDouble();
      boolean upper = random.nextBoolean();
      moons[2 * i] =
          (float) ((upper ? Math.cos(angle) : 1 - Math.cos(angle)) + noise * random.nextGaussian());
      moons[2 * i + 1] =
          (float)
              ((upper ? Math.sin(angle) : .5 - Math.sin(angle)) + noise * random.nextGaussian());
    }
    return moons;
  }

  private static float[] distanceToMoons(float[] rows) {
    float[] energies = new float[rows.length / 2];
    for (int i = 0; i < energies.length; i++) {
      double nearest = Double.POSITIVE_INFINITY;
      for (int step = 0; step <= 60; step++) {
        double angle = Math.PI * step / 60;
        nearest =
            Math.min(
                nearest,
                Math.min(
                    squared(rows, i, Math.cos(angle), Math.sin(angle)),
                    squared(rows, i, 1 - Math.cos(angle), .5 - Math.sin(angle))));
      }
      energies[i] = (float) (nearest / (2 * .1 * .1));
    }
    return energies;
  }

  private static double squared(float[] rows, int row, double x, double y) {
    return Math.pow(rows[2 * row] - x, 2) + Math.pow(rows[2 * row + 1] - y, 2);
  }

  private static float[] blobs(Random random, int images, double noise) {
    float[] pixels = new float[images * 64];
    for (int image = 0; image < images; image++) {
      double x = 2 + 3 * random.nextDouble();
      double y = 2 + 3 * random.nextDouble();
      for (int pixel = 0; pixel < 64; pixel++) {
        int row = pixel / 8;
        double far = Math.pow(pixel % 8 - x, 2) + Math.pow(row - y, 2);
        pixels[image * 64 + pixel] = (float) (Math.exp(-far / 4) + noise * random.nextGaussian());
      }
    }
    return pixels;
  }
}
