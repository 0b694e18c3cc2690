package io.ebmspark.spark.run;

import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.TaskFailure;
import io.ebmspark.spark.score.ScoringSettings;
import io.ebmspark.spark.store.CommittedFolder;
import io.ebmspark.spark.store.FileList;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.Overlap;
import io.ebmspark.spark.store.PathException;
import io.ebmspark.spark.store.RunLock;
import io.ebmspark.spark.store.Sealed;
import io.ebmspark.spark.store.Storage;
import io.ebmspark.spark.store.StorageException;
import io.ebmspark.spark.store.StorageFault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A table that one run writes: a folder of Spark's files, and beside them, hidden from Spark, the
 * list of the files this program wrote there. Only those are ever replaced, and as a whole ({@link
 * CommittedFolder}).
 */
final class OutputTable implements AutoCloseable {
  private static final String LIST = "_ebm_files.json";
  private static final String DONE = "_SUCCESS";
  private static final String SETTING = "output.path";

  /** The files of release 0.1, which kept no list. */
  private static final Pattern SPARKS_OWN = Pattern.compile("\\.?(part-[^/]*|_SUCCESS)(\\.crc)?");

  private final SparkSession spark;
  private final TableOutput output;
  private final Location place;
  private final Storage storage;
  private final CommittedFolder content;
  private final RunLock lock;

  /**
   * Takes the lock on a table and checks everything that can be checked before a row is read.
   *
   * @param read what the run reads, by the setting that names it: never overwritten
   * @param notices receives notices of waiting for another run
   * @throws PathException if the path is invalid or overlaps with an input
   * @throws BadSettingException if it holds something that may not be replaced
   * @throws StorageException if it cannot be reached
   */
  static OutputTable open(
      SparkSession spark,
      TableOutput output,
      Map<String, List<String>> read,
      Consumer<String> notices) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    Location place = Location.of(output.path(), configuration);
    for (Location touched : List.of(place, place.beside(".incomplete"), place.beside(".lock"))) {
      read.forEach(
          (name, paths) ->
              paths.forEach(path -> Overlap.refuse(touched, SETTING, path, name, configuration)));
    }
    CommittedFolder.settle(place, DONE, notices);
    replaceable(spark, place, output); // checked now to fail early, and again before replacing
    RunLock lock = RunLock.take(output.path(), configuration, notices);
    try {
      OutputTable table = new OutputTable(spark, output, place, lock);
      table.recover();
      return table;
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private OutputTable(SparkSession spark, TableOutput output, Location place, RunLock lock) {
    this.spark = spark;
    this.output = output;
    this.place = place;
    this.storage = place.storage();
    this.content = new CommittedFolder(place, DONE);
    this.lock = lock;
  }

  /**
   * Completes what a dead run had committed to the input tables.
   *
   * @param paths of the tables; patterns are skipped
   */
  static void settle(List<String> paths, Configuration configuration, Consumer<String> notices) {
    for (String path : paths) {
      try {
        CommittedFolder.settle(Location.of(path, configuration), DONE, notices);
      } catch (PathException e) {
        // Not the path of a table that this program wrote; Spark reports whether it can read it.
      }
    }
  }

  private void recover() {
    try {
      content.recover();
      for (FileStatus left : storage.list(content.work())) {
        String name = left.getPath().getName();
        if (SPARKS_OWN.matcher(name).matches() || name.equals("_temporary")) {
          storage.delete(left.getPath()); // left by release 0.1
        }
      }
      storage.deleteOne(content.work());
    } catch (IOException e) {
      throw StorageException.besides(place, e);
    }
  }

  /** The files that a new table replaces; rejects files that this program did not write. */
  private static List<String> replaceable(SparkSession spark, Location place, TableOutput output) {
    try {
      Optional<FileStatus> status = place.storage().status(place.path());
      if (status.isEmpty()) {
        return List.of();
      }
      if (!status.get().isDirectory()) {
        throw new BadSettingException(SETTING, place + " is a file; choose another");
      }
      List<String> files =
          new CommittedFolder(place, DONE).files().stream().map(FileList.Entry::name).toList();
      if (files.isEmpty()) {
        return List.of();
      }
      if (!output.overwrite()) {
        throw new BadSettingException(
            SETTING, place + " exists already; choose another, or set output.overwrite to true");
      }
      return owned(spark, place, output, files);
    } catch (IOException e) {
      throw new StorageException(place + " cannot be reached: " + FirstLine.of(e), e);
    }
  }

  private static List<String> owned(
      SparkSession spark, Location place, TableOutput output, List<String> files)
      throws IOException {
    try {
      FileList list = Sealed.read(place.storage(), place.child(LIST).path(), FileList.class);
      List<String> known = new ArrayList<>(list.names());
      known.add(LIST);
      refuseOthers(place, files, Set.copyOf(known));
      return known;
    } catch (Sealed.TornException e) {
      List<String> known =
          files.stream().filter(name -> SPARKS_OWN.matcher(name).matches()).toList();
      refuseOthers(place, files, Set.copyOf(known));
      if (!isScored(spark, place, output, known)) {
        throw new BadSettingException(
            SETTING,
            place
                + " holds a table that this program did not write; choose another, or remove it"
                + " yourself");
      }
      return known;
    }
  }

  private static void refuseOthers(Location place, List<String> files, Set<String> known) {
    List<String> others =
        files.stream().filter(name -> !known.contains(name) && !isHidden(name)).toList();
    if (!others.isEmpty()) {
      throw new BadSettingException(
          SETTING,
          place
              + " holds '"
              + others.get(0)
              + "'"
              + (others.size() > 1 ? " and " + (others.size() - 1) + " other files" : "")
              + " that this program did not write; choose another, or move them away");
    }
  }

  /** Hidden files are neither read by Spark nor removed here. */
  private static boolean isHidden(String name) {
    return Arrays.stream(name.split("/"))
        .anyMatch(part -> part.startsWith(".") || part.startsWith("_"));
  }

  /** Recognises a table of release 0.1 by its column of energies. */
  private static boolean isScored(
      SparkSession spark, Location place, TableOutput output, List<String> files) {
    String format =
        List.of("parquet", "csv", "json", "orc").stream()
            .filter(name -> files.stream().anyMatch(file -> file.contains("." + name)))
            .findFirst()
            .orElse(output.format());
    try {
      return Arrays.asList(
              spark
                  .read()
                  .format(format)
                  .option("header", "true")
                  .load(place.path().toString())
                  .columns())
          .contains(ScoringSettings.ENERGY);
    } catch (Exception e) {
      // Scala declares no checked exceptions. What cannot be read is not recognised.
      return false;
    }
  }

  /**
   * Rejects an output that contains the rows' source files, however they were named.
   *
   * @throws PathException if they lie in the output
   */
  void refuseToOverwrite(Dataset<Row> source) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    Arrays.stream(source.inputFiles())
        .map(file -> file.substring(0, file.lastIndexOf('/') + 1))
        .distinct()
        .forEach(folder -> Overlap.refuseToHold(place, SETTING, folder, configuration));
  }

  /**
   * Writes a row of nulls beside the table, in the same format, and removes it again, so that
   * whatever the format, its options or the file system do not allow is found before the work
   * starts.
   *
   * @throws BadSettingException if the format or its options cannot hold such rows
   * @throws StorageException if nothing can be written there
   */
  void check(StructType schema) {
    try (CommittedFolder.Draft probe = content.draft()) {
      storage.write(new Path(probe.folder(), "probe"), "");
    } catch (IOException e) {
      throw StorageException.besides(place, e);
    }
    StructType nullable = new StructType();
    for (StructField field : schema.fields()) {
      nullable = nullable.add(field.name(), field.dataType(), true);
    }
    Row nulls = RowFactory.create(new Object[schema.size()]);
    try (CommittedFolder.Draft probe = content.draft()) {
      writer(spark.createDataFrame(List.of(nulls), nullable)).save(probe.folder().toString());
    } catch (Exception | FSError e) {
      throw StorageFault.in(e)
          .<RuntimeException>map(
              cause -> new StorageException(place + " cannot be written: " + cause, e))
          .or(() -> ofSpark(e))
          .orElseGet(
              () ->
                  new BadSettingException(
                      "output.format",
                      "'"
                          + output.format()
                          + "' with its options cannot hold these rows: "
                          + FirstLine.of(e)
                          + "; change output.format or output.options"));
    }
  }

  private DataFrameWriter<Row> writer(Dataset<Row> rows) {
    Map<String, String> options = new LinkedHashMap<>();
    if (output.format().equalsIgnoreCase("csv")) {
      options.put("header", "true");
    }
    options.putAll(output.options());
    return rows.write().format(output.format()).options(options);
  }

  /**
   * Writes the rows and moves them into place.
   *
   * @throws DataException if a row cannot be computed or written
   * @throws StorageException if the file system is full or unreachable; the old table is kept,
   *     unless the message says that the new one is in place
   */
  void write(Dataset<Row> rows) {
    write(rows, () -> {});
  }

  /**
   * The same.
   *
   * @param check done when all rows are written, and before they are moved; what it throws keeps
   *     the old table
   */
  void write(Dataset<Row> rows, Runnable check) {
    Dataset<Row> parts = output.files().isPresent() ? rows.coalesce(output.files().get()) : rows;
    try (CommittedFolder.Draft draft = content.draft()) {
      try {
        writer(parts).save(draft.folder().toString());
      } catch (Exception | FSError e) {
        throw failure(e);
      }
      check.run();
      try {
        Sealed.write(
            storage,
            new Path(draft.folder(), LIST),
            new FileList(FileList.FORMAT, draft.files(), List.of()));
        draft.commit(replaceable(spark, place, output), lock::check);
      } catch (IOException e) {
        throw content.failure("the table", draft, e);
      }
    }
  }

  /** The exception to report for rows that cannot be computed or written. */
  RuntimeException failure(Throwable e) {
    if (e instanceof EbmException known) {
      return known;
    }
    return TaskFailure.inside(e)
        .<RuntimeException>map(inside -> inside)
        .or(
            () ->
                StorageFault.in(e)
                    .map(cause -> new StorageException(place + " cannot be written: " + cause, e)))
        .or(() -> ofSpark(e))
        .orElseGet(
            () ->
                new DataException(
                    "the rows cannot be written as "
                        + output.format()
                        + " to "
                        + place
                        + ": "
                        + FirstLine.of(e),
                    e));
  }

  /** Neither the rows nor the format are to blame where an executor was lost. */
  private Optional<RuntimeException> ofSpark(Throwable e) {
    return TaskFailure.isOfSpark(e)
        ? Optional.of(new IllegalStateException("Spark failed while " + place + " was written", e))
        : Optional.empty();
  }

  @Override
  public void close() {
    lock.close();
  }
}
