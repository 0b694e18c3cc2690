package io.ebmspark.spark.exchange;

import io.ebmspark.core.data.Vectors;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.model.Safetensors;
import io.ebmspark.spark.model.ModelException;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.StorageException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;

/** Weights from another program, that training begins with: a safetensors file. */
public final class InitialWeights {
  private final Location place;

  /** The file at a path. */
  public InitialWeights(String path, Configuration configuration) {
    this.place = Location.of(path, configuration);
  }

  /** Rejects a file that is not there. */
  public void check() {
    try {
      if (!place.storage().exists(place.path())) {
        throw missing(null);
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Reads the weights of an energy. What a trained model holds beside them, which is measured after
   * training, may be in the file, and is not read.
   *
   * @param shape of one row
   */
  public float[] read(Energy energy, long... shape) {
    Set<String> measured =
        energy.settled(shape).parameters().stream()
            .map(Parameter::name)
            .collect(Collectors.toSet());
    float[] weights;
    try (InputStream in = place.storage().open(place.path())) {
      weights = Safetensors.readForeign(in, energy.parameters(shape), measured);
    } catch (FileNotFoundException e) {
      throw missing(e);
    } catch (Safetensors.MalformedException e) {
      throw new ModelException("initialWeights: " + place + " " + e.getMessage(), e);
    } catch (IOException e) {
      throw unreadable(e);
    }
    if (!Vectors.isFinite(weights)) {
      throw new ModelException(
          "initialWeights: " + place + " holds numbers that are not finite in float32");
    }
    return weights;
  }

  private ModelException missing(@Nullable IOException cause) {
    String message = "initialWeights: there is no file " + place;
    return cause == null ? new ModelException(message) : new ModelException(message, cause);
  }

  private StorageException unreadable(IOException e) {
    return new StorageException(
        "initialWeights: " + place + " cannot be read: " + FirstLine.of(e), e);
  }
}
