package io.ebmspark.spark.check;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.data.read.TableReader;
import io.ebmspark.spark.profile.SourceFile;
import io.ebmspark.spark.record.Action;
import io.ebmspark.spark.record.Judgement;
import io.ebmspark.spark.record.Status;
import io.ebmspark.spark.store.StorageException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Finds duplicate files by their content. Only files of equal length are read, unless every night's
 * files are new: then all are, for their digests.
 *
 * @param judgement the result; empty if the check is off
 * @param files the files with their digests, to store for the next night; empty unless rows are
 *     increments
 */
record SourceFiles(Optional<Judgement> judgement, List<SourceFile> files) {
  /** With more files, asking for their lengths alone would take minutes. */
  private static final int MOST_FILES = 10_000;

  /**
   * Compares the files of a table with each other and, if rows are increments, with those of the
   * previous night.
   *
   * @param source names the files in messages
   * @throws io.ebmspark.spark.data.DataException if a file is gone, or cannot be read
   * @throws StorageException if it cannot be reached
   */
  static SourceFiles of(
      Dataset<Row> table,
      SourceSettings source,
      CheckSettings.FilesCheck check,
      List<SourceFile> before) {
    if (check.action() == Action.OFF) {
      return new SourceFiles(Optional.empty(), List.of());
    }
    List<String> names = List.of(table.inputFiles()).stream().sorted().toList();
    Optional<Column> fileOfRow = TableReader.fileName(table);
    if (names.isEmpty() || names.size() > MOST_FILES || fileOfRow.isEmpty()) {
      String reason = "a row comes from more than one file";
      if (names.isEmpty()) {
        reason = "the rows come from no files";
      } else if (names.size() > MOST_FILES) {
        reason = "there are too many files";
      }
      return new SourceFiles(Optional.of(Findings.skipped(DataChecks.FILES, reason)), List.of());
    }
    Map<String, Long> lengths = lengths(table, source, names);
    Map<Long, Long> ofLength =
        lengths.values().stream().collect(Collectors.groupingBy(l -> l, Collectors.counting()));
    List<String> read =
        lengths.entrySet().stream()
            .filter(file -> check.increments() || ofLength.getOrDefault(file.getValue(), 0L) > 1)
            .map(Map.Entry::getKey)
            .toList();
    List<SourceFile> files = digests(table, source, read, lengths);
    List<String> twice = twice(table, source, fileOfRow.get(), files, before);
    boolean any = !twice.isEmpty();
    Status bad = check.action() == Action.STOP ? Status.FAILED : Status.WARNED;
    String message =
        any
            ? Names.count(twice.size(), "file")
                + " of the source "
                + (twice.size() == 1 ? "is" : "are")
                + " duplicated: "
                + Names.list(twice)
                + "; remove the copies"
            : "no two of " + Names.count(names.size(), "file") + " are the same";
    return new SourceFiles(
        Optional.of(
            new Judgement(
                DataChecks.FILES,
                Optional.empty(),
                any ? bad : Status.PASSED,
                Optional.of((double) twice.size()),
                Optional.of(0.0),
                message)),
        check.increments() ? files : List.of());
  }

  private static List<String> twice(
      Dataset<Row> table,
      SourceSettings source,
      Column fileOfRow,
      List<SourceFile> files,
      List<SourceFile> before) {
    Map<String, String> known = new LinkedHashMap<>();
    before.forEach(file -> known.put(file.sha256(), file.name() + " of the previous night"));
    Map<String, String> twice = new LinkedHashMap<>();
    for (SourceFile file : files) {
      String other = known.putIfAbsent(file.sha256(), file.name());
      if (other != null) {
        twice.put(file.name(), file.name() + " (as " + other + ")");
      }
    }
    if (twice.isEmpty()) {
      return List.of();
    }
    Set<String> withRows = withRows(table, source, fileOfRow, twice.keySet());
    List<String> found = new ArrayList<>();
    twice.forEach(
        (name, text) -> {
          if (withRows.contains(name)) {
            found.add(text);
          }
        });
    return found;
  }

  /** Files without rows, as Spark writes for empty partitions, are often equal. */
  private static Set<String> withRows(
      Dataset<Row> table, SourceSettings source, Column fileOfRow, Set<String> names) {
    try {
      return table
          .where(fileOfRow.isin(names.toArray()))
          .select(fileOfRow)
          .distinct()
          .collectAsList()
          .stream()
          .map(row -> row.getString(0))
          .collect(Collectors.toSet());
    } catch (Exception e) { // Scala declares no checked exceptions.
      throw TableReader.whileReading(source, e);
    }
  }

  private static Map<String, Long> lengths(
      Dataset<Row> table, SourceSettings source, List<String> names) {
    Configuration hadoop = table.sparkSession().sparkContext().hadoopConfiguration();
    Map<String, Long> lengths = new LinkedHashMap<>();
    for (String name : names) {
      Path path = new Path(URI.create(name));
      try {
        lengths.put(name, path.getFileSystem(hadoop).getFileStatus(path).getLen());
      } catch (FileNotFoundException e) {
        throw TableReader.notFound(name, source.describe(), e);
      } catch (IOException e) {
        throw new StorageException(name + " cannot be reached: " + FirstLine.of(e), e);
      }
    }
    return lengths;
  }

  private static List<SourceFile> digests(
      Dataset<Row> table, SourceSettings source, List<String> names, Map<String, Long> lengths) {
    if (names.isEmpty()) {
      return List.of();
    }
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(table.sparkSession().sparkContext());
    SerializableConfiguration hadoop = new SerializableConfiguration(context.hadoopConfiguration());
    String described = source.describe();
    context.setJobDescription("comparing files");
    try {
      List<String> digests =
          context
              .parallelize(names, Math.min(names.size(), 4 * context.defaultParallelism()))
              .map(name -> digest(name, described, hadoop.value()))
              .collect();
      List<SourceFile> files = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        String name = names.get(i);
        files.add(new SourceFile(name, lengths.getOrDefault(name, 0L), digests.get(i)));
      }
      return files;
    } finally {
      context.setJobDescription(null);
    }
  }

  private static String digest(String name, String source, Configuration hadoop)
      throws IOException {
    Path path = new Path(URI.create(name));
    MessageDigest sha = Sha256.digest();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = path.getFileSystem(hadoop).open(path)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        sha.update(buffer, 0, read);
      }
    } catch (FileNotFoundException e) {
      throw TableReader.notFound(name, source, e);
    }
    return Sha256.hex(sha);
  }
}
