package io.ebmspark.spark.store;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.fs.Path;

/**
 * A manifest: a record as JSON whose last line is the checksum of the lines before. It is written
 * after everything it describes: whatever dies, it is either complete or does not count.
 */
public final class Sealed {
  private Sealed() {}

  /** A manifest that is missing, truncated or damaged. */
  public static final class TornException extends Exception {
    private static final long serialVersionUID = 1;

    public TornException(String message) {
      super(message);
    }
  }

  /** Writes a manifest, down to the disc where the file system offers that. */
  public static void write(Storage storage, Path path, Record content) throws IOException {
    String text = SettingsWriter.toJson(content).strip() + "\n";
    storage.write(path, text + checksum(text) + "\n");
  }

  /**
   * Reads a manifest.
   *
   * @throws TornException if there is no complete one
   * @throws IOException if the storage cannot be reached
   */
  public static <R extends Record> R read(Storage storage, Path path, Class<R> type)
      throws IOException, TornException {
    String text;
    try {
      text = storage.text(path);
    } catch (FileNotFoundException e) {
      throw new TornException("it has no " + path.getName());
    }
    int last = text.stripTrailing().lastIndexOf('\n') + 1;
    String body = text.substring(0, last);
    if (!text.substring(last).strip().equals(checksum(body))) {
      throw new TornException(path.getName() + " is truncated");
    }
    try {
      return SettingsBinder.bind(SettingsTree.parse(path.toString(), body), type);
    } catch (SettingsException e) {
      throw new TornException(String.valueOf(e.getMessage()));
    }
  }

  private static String checksum(String text) {
    return Sha256.hex(text.getBytes(StandardCharsets.UTF_8));
  }
}
