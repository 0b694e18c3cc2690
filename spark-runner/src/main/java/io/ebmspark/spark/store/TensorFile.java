package io.ebmspark.spark.store;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.model.Safetensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/** Tensors in a safetensors file, with a checksum that is kept elsewhere. */
public final class TensorFile {
  private TensorFile() {}

  /** A file that is not the one its checksum was made of. */
  public static final class ChecksumException extends Exception {
    private static final long serialVersionUID = 1;

    ChecksumException(Path path) {
      super(path + " has another checksum");
    }
  }

  /** Writes tensors, down to the disc where the file system offers that; answers their SHA-256. */
  public static String write(
      Storage storage,
      Path path,
      ParameterLayout layout,
      float[] values,
      Map<String, String> metadata)
      throws IOException {
    MessageDigest sha = Sha256.digest();
    try (Storage.Sink file = storage.create(path);
        OutputStream out = new DigestOutputStream(file, sha)) {
      Safetensors.write(out, layout, values, metadata);
      file.settle();
    }
    return Sha256.hex(sha);
  }

  /**
   * Reads tensors.
   *
   * @throws Safetensors.MalformedException if they are not of this layout
   * @throws ChecksumException if the file is another
   * @throws IOException if it cannot be read
   */
  public static float[] read(Storage storage, Path path, ParameterLayout layout, String sha256)
      throws IOException, ChecksumException {
    MessageDigest sha = Sha256.digest();
    float[] values;
    try (InputStream in = new DigestInputStream(storage.open(path), sha)) {
      values = Safetensors.read(in, layout);
    }
    if (!Sha256.hex(sha).equals(sha256)) {
      throw new ChecksumException(path);
    }
    return values;
  }
}
