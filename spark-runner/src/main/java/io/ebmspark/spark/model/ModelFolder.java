package io.ebmspark.spark.model;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.energy.ParameterLayout;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.model.Safetensors;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.spark.store.StorageException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A model as files on any Hadoop file system: {@code model.safetensors}, {@code config.json},
 * {@code job.yaml}, {@code metrics.jsonl}.
 *
 * <p>A folder is complete or not there at all: everything is written beside it, {@code config.json}
 * with the weights' checksum last, and then renamed into place. Nothing in it can run code.
 */
public final class ModelFolder {
  private static final String WEIGHTS = "model.safetensors";
  private static final String CONFIG = "config.json";
  private static final String JOB = "job.yaml";
  private static final String METRICS = "metrics.jsonl";

  private final FileSystem files;
  private final Path folder;

  /**
   * The folder at a path, which need not exist.
   *
   * @throws ModelException if there is no such file system
   */
  public ModelFolder(String path, Configuration configuration) {
    try {
      this.folder = new Path(path);
      this.files = folder.getFileSystem(configuration);
    } catch (IOException | IllegalArgumentException e) {
      throw new ModelException(
          "the model path '" + path + "' cannot be used: " + FirstLine.of(e), e);
    }
  }

  /** Where the folder is. */
  public String path() {
    return folder.toString();
  }

  /**
   * Refuses a path that training could not write to in the end.
   *
   * @param overwrite whether a model that is there may be replaced
   */
  public void checkWritable(boolean overwrite) {
    try {
      if (!files.exists(folder)) {
        return;
      }
      if (!files.getFileStatus(folder).isDirectory()) {
        throw new ModelException(folder + " is a file; choose another output.model");
      }
      if (files.listStatus(folder).length > 0 && !files.exists(new Path(folder, CONFIG))) {
        throw new ModelException(
            folder + " holds other files and no model; choose another output.model");
      }
      if (!overwrite) {
        throw new ModelException(
            folder
                + " holds a model already; set output.overwrite to true to replace it, or choose"
                + " another output.model");
      }
    } catch (IOException e) {
      throw new StorageException(folder + " cannot be reached: " + FirstLine.of(e), e);
    }
  }

  /** A model being written: metrics while it trains, the rest when it is done. */
  public final class Draft implements AutoCloseable {
    private final Path work;
    private final Path metricsFile;
    private final FSDataOutputStream metrics;
    private long lastFlush = System.nanoTime();
    private boolean finished;

    private Draft(boolean goesOn) throws IOException {
      this.work = folder.suffix(".incomplete");
      if (!goesOn) {
        files.delete(work, true);
      }
      files.mkdirs(work);
      this.metricsFile = attempt(attempts().size() + 1);
      this.metrics = unbuffered().create(metricsFile, false);
    }

    /** Hadoop's local file system holds back what does not fill a checksum's block. */
    private FileSystem unbuffered() {
      return files instanceof LocalFileSystem local ? local.getRawFileSystem() : files;
    }

    private Path attempt(int number) {
      return new Path(work, "metrics-" + number + ".jsonl");
    }

    /** The metrics of each attempt at this run so far, the first one first. */
    private List<Path> attempts() throws IOException {
      List<Path> attempts = new ArrayList<>();
      while (files.exists(attempt(attempts.size() + 1))) {
        attempts.add(attempt(attempts.size() + 1));
      }
      return attempts;
    }

    /**
     * The lines of all attempts. A step that was done again, since an attempt was killed after its
     * last checkpoint, is there as often as it was done.
     */
    public List<String> metrics() {
      List<String> lines = new ArrayList<>();
      try {
        metrics.hflush();
        for (Path path : attempts()) {
          try (InputStream in = files.open(path)) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(lines::add);
          }
        }
      } catch (IOException e) {
        throw new StorageException(
            "the metrics in " + work + " cannot be read: " + FirstLine.of(e), e);
      }
      return lines;
    }

    /** Adds a line to the metrics; a reader sees it within seconds. */
    public void metric(String json) {
      try {
        metrics.write((json + "\n").getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new StorageException(
            "metrics cannot be written to " + work + ": " + FirstLine.of(e), e);
      }
      if (System.nanoTime() - lastFlush > 5_000_000_000L) {
        flush();
      }
    }

    /** Makes sure that the lines so far outlive this process. */
    public void flush() {
      try {
        metrics.hflush();
        lastFlush = System.nanoTime();
      } catch (IOException e) {
        throw new StorageException(
            "metrics cannot be written to " + work + ": " + FirstLine.of(e), e);
      }
    }

    /**
     * Writes the model and puts it in place.
     *
     * @param job the resolved job file
     */
    public void finish(Model model, String job) {
      try {
        write(new Path(work, METRICS), String.join("\n", metrics()) + "\n");
        metrics.close();
        for (Path attempt : attempts()) {
          files.delete(attempt, false);
        }
        ModelConfig config = model.config();
        ParameterLayout layout = config.energy().parameters(config.rowShape());
        MessageDigest sha = Sha256.digest();
        try (OutputStream out =
            new DigestOutputStream(files.create(new Path(work, WEIGHTS)), sha)) {
          Safetensors.write(out, layout, model.parameters(), Map.of("format", config.format()));
        }
        write(new Path(work, JOB), job);
        write(new Path(work, CONFIG), SettingsWriter.toJson(withChecksum(config, Sha256.hex(sha))));
        replace();
        finished = true;
      } catch (IOException e) {
        throw new StorageException(
            "the model cannot be written to " + folder + ": " + FirstLine.of(e), e);
      }
    }

    private void write(Path path, String text) throws IOException {
      try (OutputStream out = files.create(path)) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
    }

    private void replace() throws IOException {
      Path previous = folder.suffix(".previous");
      if (files.exists(folder)) {
        files.delete(previous, true);
        rename(folder, previous);
      } else if (folder.getParent() != null) {
        files.mkdirs(folder.getParent());
      }
      rename(work, folder);
      files.delete(previous, true);
    }

    private void rename(Path from, Path to) throws IOException {
      if (!files.rename(from, to)) {
        throw new IOException(from + " could not be renamed to " + to);
      }
    }

    /** Where the metrics of an unfinished run are. */
    public String metricsPath() {
      return metricsFile.toString();
    }

    @Override
    public void close() {
      if (!finished) {
        try {
          metrics.close();
        } catch (IOException e) {
          // The run failed already, and says why; the metrics are what could be kept of it.
        }
      }
    }
  }

  /**
   * Begins to write a model.
   *
   * @param goesOn whether this is another attempt at the run whose metrics are there
   */
  public Draft draft(boolean goesOn) {
    try {
      return new Draft(goesOn);
    } catch (IOException e) {
      throw new StorageException(
          "nothing can be written beside " + folder + ": " + FirstLine.of(e), e);
    }
  }

  /**
   * Reads the model.
   *
   * @throws ModelException if there is none, or it is not whole
   */
  public Model read() {
    return read(present());
  }

  /** The folder, or the model it had while one that replaces it was being put in place. */
  private Path present() {
    try {
      Path previous = folder.suffix(".previous");
      return !files.exists(folder) && files.exists(new Path(previous, CONFIG)) ? previous : folder;
    } catch (IOException e) {
      throw new StorageException(folder + " cannot be reached: " + FirstLine.of(e), e);
    }
  }

  private Model read(Path folder) {
    ModelConfig config = config(folder);
    ParameterLayout layout = layout(folder, config);
    MessageDigest sha = Sha256.digest();
    float[] parameters;
    try (InputStream in = new DigestInputStream(files.open(new Path(folder, WEIGHTS)), sha)) {
      parameters = Safetensors.read(in, layout);
    } catch (FileNotFoundException e) {
      throw new ModelException(folder + " has no " + WEIGHTS + "; train the model again", e);
    } catch (Safetensors.MalformedException e) {
      throw new ModelException(new Path(folder, WEIGHTS) + " cannot be used: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new StorageException(
          new Path(folder, WEIGHTS) + " cannot be read: " + FirstLine.of(e), e);
    }
    if (!Sha256.hex(sha).equals(config.weightsSha256())) {
      throw new ModelException(
          new Path(folder, WEIGHTS)
              + " is not the file config.json was written for: their checksums differ");
    }
    for (float value : parameters) {
      if (!Float.isFinite(value)) {
        throw new ModelException(new Path(folder, WEIGHTS) + " holds weights that are not finite");
      }
    }
    return new Model(config, parameters);
  }

  /** What the weights must be; an energy may need a file that is no more. */
  private static ParameterLayout layout(Path folder, ModelConfig config) {
    try {
      return config.energy().parameters(config.rowShape());
    } catch (IllegalArgumentException e) {
      throw new ModelException(
          "the energy of " + folder + " cannot be used: " + FirstLine.of(e), e);
    }
  }

  private ModelConfig config(Path folder) {
    Path path = new Path(folder, CONFIG);
    String text;
    try (InputStream in = files.open(path)) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException e) {
      throw new ModelException(missing(), e);
    } catch (IOException e) {
      throw new StorageException(path + " cannot be read: " + FirstLine.of(e), e);
    }
    try {
      return SettingsBinder.bind(SettingsTree.parse(path.toString(), text), ModelConfig.class);
    } catch (SettingsException e) {
      throw new ModelException(FirstLine.of(e), e);
    }
  }

  private String missing() {
    try {
      if (!files.exists(folder)) {
        return "there is no model at " + folder + "; check the path, or train one";
      }
      return folder + " is no model folder: it has no " + CONFIG;
    } catch (IOException e) {
      return folder + " cannot be reached: " + FirstLine.of(e);
    }
  }

  private static ModelConfig withChecksum(ModelConfig config, String checksum) {
    return new ModelConfig(
        config.format(),
        config.energy(),
        config.shape(),
        config.features(),
        config.temperature(),
        config.training(),
        config.sampling(),
        config.data(),
        config.provenance(),
        config.trainingEnergies(),
        checksum);
  }
}
