package io.ebmspark.spark.data.read;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.store.StorageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;

/**
 * Looks at the headers of CSV files before Spark reads them. Spark names columns by the first file
 * and reads all others by place: if their columns were in another order, values would land in the
 * wrong ones. A header that merely differs in quoting would be taken for a row when types are
 * inferred.
 */
final class CsvHeaders {
  /** If there are more files than this, executors open them. */
  private static final int MANY = 32;

  private CsvHeaders() {}

  /**
   * Rejects files whose first line shows that they are read wrongly, or whose headers differ.
   *
   * @param source whose options they are read with
   */
  static void check(Dataset<Row> rows, SourceSettings source) {
    String[] files = rows.inputFiles();
    Arrays.sort(files);
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(rows.sparkSession().sparkContext());
    Configuration hadoop = context.hadoopConfiguration();
    String comment = source.option("comment").orElse("");
    String encoding =
        source
            .option("encoding")
            .or(() -> source.option("charset"))
            .orElse(StandardCharsets.UTF_8.name());
    // An empty file has no header, and no row that could be read wrongly.
    int from = 0;
    String first = "";
    while (first.isEmpty() && from < files.length) {
      first = header(files[from++], hadoop, comment, encoding);
    }
    if (first.isEmpty()) {
      return;
    }
    new CsvHeader(files[from - 1], first).check(source);
    if (source.option("header").orElse("true").equalsIgnoreCase("false")) {
      return;
    }
    List<String> rest = Arrays.asList(files).subList(from, files.length);
    String expected = first;
    List<Tuple2<String, String>> others;
    if (rest.size() <= MANY) {
      others =
          rest.stream()
              .map(file -> new Tuple2<>(file, header(file, hadoop, comment, encoding)))
              .filter(found -> !found._2().isEmpty() && !found._2().equals(expected))
              .toList();
    } else {
      SerializableConfiguration sent = new SerializableConfiguration(hadoop);
      others =
          context
              .parallelize(rest, Math.min(rest.size(), 4 * context.defaultParallelism()))
              .map(file -> new Tuple2<>(file, header(file, sent.value(), comment, encoding)))
              .filter(found -> !found._2().isEmpty() && !found._2().equals(expected))
              .take(1);
    }
    for (Tuple2<String, String> other : others) {
      new CsvHeader(other._1(), other._2()).check(source);
      throw new DataException(
          "csv files are read by the position of their columns, and headers differ: "
              + files[from - 1]
              + " has '"
              + CsvHeader.shown(first)
              + "', "
              + other._1()
              + " has '"
              + CsvHeader.shown(other._2())
              + "'; write them all alike, or read them one by one");
    }
  }

  /** The first line that is not blank. */
  private static String header(String file, Configuration hadoop, String comment, String encoding) {
    Path path = new Path(URI.create(file));
    CompressionCodec codec = new CompressionCodecFactory(hadoop).getCodec(path);
    try (InputStream raw = path.getFileSystem(hadoop).open(path);
        InputStream in = codec == null ? raw : codec.createInputStream(raw);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, Charset.forName(encoding)))) {
      String line = lines.readLine();
      while (line != null && (line.isBlank() || (!comment.isEmpty() && line.startsWith(comment)))) {
        line = lines.readLine();
      }
      return line == null ? "" : line.replace("\uFEFF", "");
    } catch (IOException e) {
      throw new StorageException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
