package io.ebmspark.ml;

import io.ebmspark.core.sampler.Sampler;
import io.ebmspark.core.settings.Check;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.model.Model;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.model.SamplingSettings;
import io.ebmspark.spark.run.RowScoring;
import io.ebmspark.spark.run.ScoreJob;
import io.ebmspark.spark.sample.TableSampler;
import io.ebmspark.spark.store.Location;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * A trained model: adds to every row its energy, the percentile and p-value of that energy, and
 * where it is so set a flag and reasons, as {@code ebm score} does. Its parameters are that
 * command's settings.
 *
 * <p>It is a model folder, as {@code ebm train} writes it: {@code load} reads any such folder, and
 * what {@code save} writes every command reads.
 */
public final class EnergyBasedModel extends org.apache.spark.ml.Model<EnergyBasedModel>
    implements HasSettings<EnergyBasedModel>, MLWritable {
  private static final long serialVersionUID = 1;

  /** What Spark ML adds to a folder: which class it is, and its parameters. */
  private static final String METADATA = "metadata";

  private final String uid;
  private final String folder;
  private final transient TemporaryFolder kept;
  private final transient Model model;
  private final Param<?>[] params;

  /** Columns that are being added; stays on the cluster as long as a copy of this is in use. */
  private final transient AtomicReference<@Nullable Sent> sent;

  private record Sent(SparkContext cluster, ScoreJob job, RowScoring scoring) {}

  /**
   * Makes no model: Spark Connect finds the class as a service, which has to have such a
   * constructor, and does not call it.
   */
  public EnergyBasedModel() {
    throw new UnsupportedOperationException("a model is fitted, or read by load");
  }

  /**
   * A model.
   *
   * @param folder where it came from
   * @param kept a copy of that on the driver, for as long as the model is in use
   */
  EnergyBasedModel(String uid, String folder, TemporaryFolder kept, Model model) {
    this(uid, folder, kept, model, new AtomicReference<>());
  }

  private EnergyBasedModel(
      String uid,
      String folder,
      TemporaryFolder kept,
      Model model,
      AtomicReference<@Nullable Sent> sent) {
    this.uid = uid;
    this.folder = folder;
    this.kept = kept;
    this.model = model;
    this.sent = sent;
    this.params = JobSettings.SCORING.params(this).toArray(new Param<?>[0]);
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    return params.clone();
  }

  /** The folder that the model was written to or read from. */
  public String folder() {
    return folder;
  }

  /** The number of inputs, which encoded columns make several of. */
  public int numFeatures() {
    return model.config().features().scale().size();
  }

  /** How many rows were held out of training, whose energies p-values are taken among. */
  public int heldOutRows() {
    return model.calibration().map(rows -> rows.rows()).orElse(0);
  }

  /**
   * Adds the columns, when the result is used. The dataset may be a stream.
   *
   * @throws DataException if the dataset does not fit the model
   */
  @Override
  public Dataset<Row> transform(Dataset<?> rows) {
    return scoring(rows.sparkSession()).add(rows.toDF());
  }

  private RowScoring scoring(SparkSession spark) {
    SparkContext cluster = spark.sparkContext();
    ScoreJob job = JobSettings.scoring(this);
    synchronized (sent) {
      Sent known = sent.get();
      if (known == null || known.cluster() != cluster || !known.job().equals(job)) {
        known = new Sent(cluster, job, new RowScoring(spark, model, job));
        sent.set(known);
      }
      return known.scoring();
    }
  }

  /**
   * Bytes in memory. A Spark Connect server asks, and would otherwise count all that is reachable.
   */
  @Override
  public long estimatedSize() {
    return (long) Float.BYTES * (model.parameters().length + heldOutRows());
  }

  /**
   * The schema with the columns added.
   *
   * @throws DataException if rows of that schema do not fit the model
   */
  @Override
  public StructType transformSchema(StructType schema) {
    return transform(SparkSession.active().createDataFrame(List.of(), schema)).schema();
  }

  /**
   * Draws rows from the model, in the columns, types and units of its training rows, with their
   * energies. They stay on the cluster until the session ends.
   *
   * @param rows how many, above 0
   * @param seed another one gives other rows
   */
  public Dataset<Row> sample(long rows, long seed) {
    Check.positive("rows", rows);
    SamplingSettings settings = model.config().sampling();
    Sampler sampler =
        settings.samplerFor(model.config().energy(), model.config().temperature(), false);
    SparkSession spark = SparkSession.active();
    return JobDescription.keeping(
        spark.sparkContext(),
        () ->
            TableSampler.draw(spark, model, settings, sampler, rows, seed)
                .rows(JobSettings.scoring(this).energyColumn(), false));
  }

  @Override
  public EnergyBasedModel copy(ParamMap extra) {
    EnergyBasedModel copied = new EnergyBasedModel(uid, folder, kept, model, sent);
    return copyValues(copied, extractParamMap(extra)).setParent(parent());
  }

  /** A writer of the model's folder. */
  @Override
  public MLWriter write() {
    return new Writer(this);
  }

  /** A reader of model folders. */
  public static MLReader<EnergyBasedModel> read() {
    return new Reader();
  }

  /**
   * Reads a model folder, of {@code save} or of {@code ebm train}.
   *
   * @throws io.ebmspark.spark.model.ModelException if there is none, or it is damaged
   */
  public static EnergyBasedModel load(String path) {
    return read().load(path);
  }

  private static final class Writer extends MLWriter {
    private final EnergyBasedModel model;

    Writer(EnergyBasedModel model) {
      this.model = model;
    }

    @Override
    public void saveImpl(String path) {
      Configuration hadoop = sparkSession().sparkContext().hadoopConfiguration();
      new ModelFolder(model.kept.model(), hadoop).copyTo(path, hadoop, () -> {});
      DefaultParamsWriter.saveMetadata(model, path, sparkSession());
    }

    /** Onto this very machine's disk: a Spark Connect server puts models aside that rest. */
    @Override
    public void saveToLocal(String path) {
      Configuration hadoop = sparkSession().sparkContext().hadoopConfiguration();
      new ModelFolder(model.kept.model(), hadoop)
          .copyTo(Location.ofLocal(Path.of(path)), hadoop, () -> {});
      try {
        Files.writeString(
            Path.of(path, METADATA), DefaultParamsWriter.getMetadataToSave(model, sparkSession()));
      } catch (IOException e) {
        throw new UncheckedIOException(path + " cannot be written", e);
      }
    }
  }

  private static final class Reader extends MLReader<EnergyBasedModel> {
    @Override
    public EnergyBasedModel load(String path) {
      Configuration hadoop = sparkSession().sparkContext().hadoopConfiguration();
      Location place = Location.of(path, hadoop);
      Model model = new ModelFolder(path, hadoop).read();
      TemporaryFolder kept = TemporaryFolder.copyOf(path, hadoop);
      if (!isSaved(place)) {
        return new EnergyBasedModel(Identifiable$.MODULE$.randomUID("ebm"), path, kept, model);
      }
      DefaultParamsReader.Metadata metadata =
          DefaultParamsReader.loadMetadata(path, sparkSession(), EnergyBasedModel.class.getName());
      return with(metadata, new EnergyBasedModel(metadata.uid(), path, kept, model));
    }

    /** Reads what {@code saveToLocal} wrote. */
    @Override
    public EnergyBasedModel loadFromLocal(String path) {
      Configuration hadoop = sparkSession().sparkContext().hadoopConfiguration();
      Model model = new ModelFolder(Location.ofLocal(Path.of(path)), hadoop).read();
      TemporaryFolder kept = TemporaryFolder.copyOf(Location.ofLocal(Path.of(path)), hadoop);
      try {
        DefaultParamsReader.Metadata metadata =
            DefaultParamsReader.parseMetadata(
                Files.readString(Path.of(path, METADATA)), EnergyBasedModel.class.getName());
        return with(metadata, new EnergyBasedModel(metadata.uid(), kept.model(), kept, model));
      } catch (IOException e) {
        throw new UncheckedIOException(path + " cannot be read", e);
      }
    }

    private static EnergyBasedModel with(
        DefaultParamsReader.Metadata metadata, EnergyBasedModel loaded) {
      metadata.getAndSetParams(loaded, Option.empty());
      return loaded;
    }

    private static boolean isSaved(Location place) {
      try {
        return place.storage().exists(place.child(METADATA).path());
      } catch (IOException e) {
        throw new UncheckedIOException(place + " cannot be read", e);
      }
    }
  }
}
