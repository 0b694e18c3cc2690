package io.ebmspark.spark.model;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.model.Safetensors;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.Sealed;
import io.ebmspark.spark.store.Storage;
import io.ebmspark.spark.store.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;

/**
 * Rows kept beside a model: those held out from its training, in its units, so that the next model
 * can be judged on the same ones. A tensor {@code rows} of shape [rows, width] in {@code
 * held-out.safetensors}, and its shape and checksum in {@code held-out.json}, which is written
 * last.
 */
public final class StoredRows {
  private static final String ROWS = "held-out.safetensors";
  private static final String SHAPE = "held-out.json";

  private StoredRows() {}

  /** What is said of the rows. */
  private record Shape(
      @Setting("format of these files") String format,
      @Setting("number of rows") int rows,
      @Setting("values of one row") int width,
      @Setting("SHA-256 of the rows' file, in hex") String sha256) {
    static final String FORMAT = "ebm-on-spark-rows/1";

    Shape {
      Check.that(
          format.equals(FORMAT), "format", "is '" + format + "', and this version reads " + FORMAT);
      Check.positive("rows", rows);
      Check.positive("width", width);
    }

    ParameterLayout layout() {
      return ParameterLayout.of(
          new Parameter("rows", new long[] {rows, width}, Initializer.constant(0)));
    }
  }

  /**
   * Writes rows.
   *
   * @param rows packed row-major; at least one
   */
  public static void write(Location folder, float[] rows, int width) {
    Storage storage = folder.storage();
    MessageDigest sha = Sha256.digest();
    Shape shape = new Shape(Shape.FORMAT, rows.length / width, width, "");
    try {
      try (Storage.Sink file = storage.create(folder.child(ROWS).path());
          OutputStream out = new DigestOutputStream(file, sha)) {
        Safetensors.write(out, shape.layout(), rows, Map.of("format", Shape.FORMAT));
        file.settle();
      }
      Sealed.write(
          storage,
          folder.child(SHAPE).path(),
          new Shape(Shape.FORMAT, shape.rows(), width, Sha256.hex(sha)));
    } catch (IOException e) {
      throw new StorageException("rows cannot be written to " + folder + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads them, packed row-major.
   *
   * @return empty where there are none
   * @throws ModelException if they are damaged, or of another width
   */
  public static Optional<float[]> read(Location folder, int width) {
    Storage storage = folder.storage();
    MessageDigest sha = Sha256.digest();
    try {
      if (!storage.exists(folder.child(SHAPE).path())) {
        return Optional.empty();
      }
      Shape shape = Sealed.read(storage, folder.child(SHAPE).path(), Shape.class);
      float[] rows;
      try (InputStream in = new DigestInputStream(storage.open(folder.child(ROWS).path()), sha)) {
        rows = Safetensors.read(in, shape.layout());
      }
      if (shape.width() != width || !Sha256.hex(sha).equals(shape.sha256())) {
        throw new ModelException(
            folder.child(ROWS) + " is not the file that " + SHAPE + " was written for");
      }
      return Optional.of(rows);
    } catch (Sealed.TornException | Safetensors.MalformedException e) {
      throw new ModelException(
          "the held-out rows in " + folder + " cannot be used: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new StorageException(
          "the held-out rows in " + folder + " cannot be read: " + e.getMessage(), e);
    }
  }
}
