package io.ebmspark.spark.run;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.spark.record.RunRecord;
import io.ebmspark.spark.report.Report;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.StorageException;
import java.io.IOException;

/**
 * The record of a run as files of a folder: {@code run.json}, and {@code report.html} made from it.
 */
public final class RecordFiles {
  private static final String RUN = "run.json";
  private static final String REPORT = "report.html";

  private RecordFiles() {}

  /**
   * Writes both.
   *
   * @param guard called before each file; throws if nothing may be written any longer
   */
  public static void write(Location folder, RunRecord record, Runnable guard) {
    write(folder, RUN, SettingsWriter.toJson(record) + "\n", guard);
    write(folder, REPORT, Report.html(record), guard);
  }

  private static void write(Location folder, String name, String text, Runnable guard) {
    guard.run();
    try {
      folder.storage().write(folder.child(name).path(), text);
    } catch (IOException e) {
      throw new StorageException(
          "the record of the run cannot be written to " + folder + ": " + FirstLine.of(e), e);
    }
  }

  /** Reads the record. */
  static RunRecord read(Location folder) {
    Location file = folder.child(RUN);
    try {
      return SettingsBinder.bind(
          SettingsTree.parse(file.toString(), file.storage().text(file.path())), RunRecord.class);
    } catch (IOException e) {
      throw new StorageException(file + " cannot be read: " + FirstLine.of(e), e);
    }
  }
}
