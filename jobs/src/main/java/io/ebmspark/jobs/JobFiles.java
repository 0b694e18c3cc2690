package io.ebmspark.jobs;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.settings.Problem;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.StorageException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads job files, from any Hadoop file system. */
final class JobFiles {
  /** What bytes that are no UTF-8 are read as. */
  private static final char UNREADABLE = '\uFFFD';

  private JobFiles() {}

  /**
   * Reads a job.
   *
   * @param path of the file; null where all settings are in {@code assignments}
   * @param assignments {@code path.to.setting=value}, which override the file
   */
  static <R extends Record> R read(@Nullable String path, List<String> assignments, Class<R> type) {
    SettingsTree tree =
        path == null
            ? SettingsTree.parse("command line", "")
            : SettingsTree.parse(path, text(path));
    for (String assignment : assignments) {
      tree = tree.with(assignment);
    }
    return SettingsBinder.bind(tree, type);
  }

  private static String text(String path) {
    Location file = Location.of(ClusterDriver.jobFile(path), Sessions.hadoop());
    try {
      String text = file.storage().text(file.path());
      refuseOtherEncodings(path, text);
      return text;
    } catch (FileNotFoundException e) {
      throw problem(
          path,
          isFolder(file) ? folder(path) : "there is no such job file" + ClusterDriver.where());
    } catch (IOException e) {
      throw new StorageException("the job file " + path + " cannot be read: " + FirstLine.of(e), e);
    }
  }

  /** A path with another letter in it would be another path. */
  private static void refuseOtherEncodings(String path, String text) {
    int at = text.indexOf(UNREADABLE);
    if (at >= 0) {
      long line = 1 + text.substring(0, at).chars().filter(character -> character == '\n').count();
      throw problem(path + ":" + line, "is not UTF-8; save the file in that encoding");
    }
  }

  /** Whether what could not be opened is there all the same. */
  private static boolean isFolder(Location file) {
    try {
      return file.storage().exists(file.path());
    } catch (IOException e) {
      return false;
    }
  }

  private static String folder(String path) {
    return "is a folder, and no job file; where a model is meant, write --set model=" + path;
  }

  private static SettingsException problem(String path, String message) {
    return new SettingsException(List.of(new Problem(path, "", message)));
  }
}
