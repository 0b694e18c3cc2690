package io.ebmspark.spark.model;

import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.model.Safetensors;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.Sealed;
import io.ebmspark.spark.store.Storage;
import io.ebmspark.spark.store.StorageException;
import io.ebmspark.spark.store.TensorFile;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * Rows stored beside a model: those held out from its training, in its units, so that the next
 * model can be judged on the same rows. A tensor {@code rows} of shape [rows, width] in {@code
 * held-out.safetensors}, and its shape and checksum in {@code held-out.json}, which is written
 * last.
 */
public final class StoredRows {
  private static final String ROWS = "held-out.safetensors";
  private static final String SHAPE = "held-out.json";

  private StoredRows() {}

  /** The description of the rows. */
  private record Shape(
      @Setting("format of these files") String format,
      @Setting("number of rows") int rows,
      @Setting("values of one row") int width,
      @Setting("SHA-256 of the rows' file, in hex") String sha256) {
    static final String FORMAT = "ebm-on-spark-rows/1";

    Shape {
      Check.that(
          format.equals(FORMAT), "format", "is '" + format + "'; this version reads " + FORMAT);
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
   * @param rows packed row-major, in the model's units; at least one row
   */
  public static void write(Location folder, float[] rows, int width) {
    Storage storage = folder.storage();
    Shape shape = new Shape(Shape.FORMAT, rows.length / width, width, "");
    try {
      String sha256 =
          TensorFile.write(
              storage,
              folder.child(ROWS).path(),
              shape.layout(),
              rows,
              Map.of("format", Shape.FORMAT));
      Sealed.write(
          storage,
          folder.child(SHAPE).path(),
          new Shape(Shape.FORMAT, shape.rows(), width, sha256));
    } catch (IOException e) {
      throw new StorageException("rows cannot be written to " + folder + ": " + FirstLine.of(e), e);
    }
  }

  /**
   * Reads them, packed row-major.
   *
   * @return empty if there are none
   * @throws ModelException if they are damaged or have another width
   */
  public static Optional<float[]> read(Location folder, int width) {
    Storage storage = folder.storage();
    try {
      if (!storage.exists(folder.child(SHAPE).path())) {
        return Optional.empty();
      }
      Shape shape = Sealed.read(storage, folder.child(SHAPE).path(), Shape.class);
      float[] rows =
          TensorFile.read(storage, folder.child(ROWS).path(), shape.layout(), shape.sha256());
      if (shape.width() != width) {
        throw new ModelException(notOurs(folder));
      }
      return Optional.of(rows);
    } catch (TensorFile.ChecksumException e) {
      throw new ModelException(notOurs(folder), e);
    } catch (Sealed.TornException | Safetensors.MalformedException e) {
      throw new ModelException(
          "the held-out rows in " + folder + " cannot be used: " + FirstLine.of(e), e);
    } catch (IOException e) {
      throw new StorageException(
          "the held-out rows in " + folder + " cannot be read: " + FirstLine.of(e), e);
    }
  }

  private static String notOurs(Location folder) {
    return folder.child(ROWS) + " does not match " + SHAPE;
  }
}
