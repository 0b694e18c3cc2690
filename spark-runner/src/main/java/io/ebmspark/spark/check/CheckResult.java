package io.ebmspark.spark.check;

import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.profile.DataProfile;
import io.ebmspark.spark.profile.SourceFile;
import io.ebmspark.spark.profile.TableScan;
import io.ebmspark.spark.record.DataRecord;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The result of checking new rows.
 *
 * @param scan of the rows; absent if none of the model's features was present
 * @param files the source files, if the settings ask to recognise them
 */
public record CheckResult(
    List<Judgement> checks, DataRecord data, Optional<TableScan> scan, List<SourceFile> files) {
  public CheckResult {
    checks = List.copyOf(checks);
    files = List.copyOf(files);
  }

  /** Whether these rows must not be trained on. */
  public boolean isRefused() {
    return !of(Status.FAILED).isEmpty();
  }

  /** The checks with a status. */
  public List<Judgement> of(Status status) {
    return checks.stream().filter(check -> check.status() == status).toList();
  }

  /** Why the rows are refused or what was noticed, in one sentence. */
  public String reason() {
    List<String> failed = of(Status.FAILED).stream().map(Judgement::message).toList();
    if (!failed.isEmpty()) {
      return failed.get(0) + more(failed.size());
    }
    List<String> warned = of(Status.WARNED).stream().map(Judgement::message).toList();
    if (!warned.isEmpty()) {
      return "the rows pass, with " + Names.count(warned.size(), "warning") + ": " + warned.get(0);
    }
    return "the rows pass all checks";
  }

  private static String more(int count) {
    return count == 1 ? "" : " (and " + Names.count(count - 1, "more reason") + ")";
  }

  /** The profile to store with a model trained on these rows. */
  public Optional<DataProfile> profile() {
    return scan.map(found -> found.profile().withFiles(files));
  }

  /** A copy with one more check. */
  public CheckResult and(Judgement more) {
    List<Judgement> all = new ArrayList<>(checks);
    all.add(more);
    return new CheckResult(all, data, scan, files);
  }

  /** A copy with the number of rows quarantined. */
  public CheckResult withQuarantined(long count) {
    return new CheckResult(checks, data.withQuarantined(count), scan, files);
  }
}
