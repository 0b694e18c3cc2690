package io.ebmspark.spark.data.read;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.SourceSettings;
import io.ebmspark.spark.store.StorageException;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Looks at the headers of CSV files before Spark reads them. Spark names columns by the first file
 * and reads all others by place: if their columns were in another order, values would land in the
 * wrong ones. A header that merely differs in quoting would be taken for a row when types are
 * inferred.
 */
final class CsvHeaders {
  /** If there are more files than this, executors open them. */
  private static final int MANY = 32;

  private final JavaSparkContext context;
  private final SourceSettings source;
  private final String comment;
  private final String encoding;

  private CsvHeaders(JavaSparkContext context, SourceSettings source) {
    this.context = context;
    this.source = source;
    this.comment = source.option("comment").orElse("");
    this.encoding =
        source
            .option("encoding")
            .or(() -> source.option("charset"))
            .orElse(StandardCharsets.UTF_8.name());
  }

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
    new CsvHeaders(context, source).check(List.of(files));
  }

  private void check(List<String> files) {
    // An empty file has no header, and no row that could be read wrongly.
    Optional<CsvHeader> found =
        files.stream().map(this::read).filter(header -> !header.line().isEmpty()).findFirst();
    if (found.isEmpty()) {
      return;
    }
    CsvHeader first = found.get();
    first.check(source);
    if (source.option("header").orElse("true").equalsIgnoreCase("false")) {
      return;
    }
    List<String> others = files.subList(files.indexOf(first.file()) + 1, files.size());
    Optional<CsvHeader> other = unlike(first.line(), others).map(this::read);
    if (other.isPresent()) {
      other.get().check(source);
      throw new DataException(
          "csv files are read by the position of their columns, and headers differ: "
              + first.file()
              + " has '"
              + CsvHeader.shown(first.line())
              + "', "
              + other.get().file()
              + " has '"
              + CsvHeader.shown(other.get().line())
              + "'; write them all alike, or read them one by one");
    }
  }

  /** A file whose header is another one, if there is any. */
  private Optional<String> unlike(String expected, List<String> files) {
    if (files.size() <= MANY) {
      return files.stream().filter(file -> isOther(expected, read(file).line())).findFirst();
    }
    // Executors are sent no more than they need.
    String marks = comment;
    String described = source.describe();
    String charset = encoding;
    SerializableConfiguration sent = new SerializableConfiguration(context.hadoopConfiguration());
    return context
        .parallelize(files, Math.min(files.size(), 4 * context.defaultParallelism()))
        .filter(file -> isOther(expected, header(file, described, sent.value(), marks, charset)))
        .take(1)
        .stream()
        .findFirst();
  }

  private static boolean isOther(String expected, String header) {
    return !header.isEmpty() && !header.equals(expected);
  }

  private CsvHeader read(String file) {
    return new CsvHeader(
        file, header(file, source.describe(), context.hadoopConfiguration(), comment, encoding));
  }

  /** The first line that is not blank. */
  private static String header(
      String file, String source, Configuration hadoop, String comment, String encoding) {
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
    } catch (FileNotFoundException e) {
      throw TableReader.notFound(file, source, e);
    } catch (IOException e) {
      throw new StorageException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
