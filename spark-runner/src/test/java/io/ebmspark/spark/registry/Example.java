package io.ebmspark.spark.registry;

import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.record.Lineage;
import io.ebmspark.spark.store.FaultyFileSystem;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/** What the tests of the registry share: models of release 0.1 as versions. */
final class Example {
  static final Consumer<String> SILENT = notice -> {};

  private Example() {}

  static Lineage lineage(String rows, Optional<Long> parent) {
    return new Lineage(rows, "settings", 0, parent, Map.of("java", "17"), "run of " + rows);
  }

  static Path release(String model) {
    try {
      return Path.of(Example.class.getResource("/io/ebmspark/release-0.1/models/" + model).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes a model's files through Hadoop, call by call. */
  static void writeModel(String model, String to, Configuration configuration) throws IOException {
    Location place = Location.of(to, configuration);
    List<Path> files;
    try (Stream<Path> all = Files.list(release(model))) {
      files = all.filter(file -> !file.getFileName().toString().startsWith(".")).sorted().toList();
    }
    for (Path file : files) {
      try (Storage.Sink out =
          place.storage().create(place.child(file.getFileName().toString()).path())) {
        out.write(Files.readAllBytes(file));
      }
    }
  }

  /** Makes the next version. */
  static Version publish(RegisteredModel model, String from, Lineage lineage) {
    try (Draft draft = model.begin(SILENT)) {
      draft.plan(lineage);
      writeModel(from, draft.modelFolder(), FaultyFileSystem.configuration());
      return draft.publish(lineage, Change.because("").byRun(lineage.run()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Version publish(RegisteredModel model, String rows) {
    return publish(model, "mlp", lineage(rows, model.aliases().champion()));
  }

  /** How many parameters a version has; it is read whole. */
  static int parameters(Version version) {
    return read(version.modelFolder());
  }

  static int parameters(String model) {
    return read(release(model).toString());
  }

  private static int read(String folder) {
    return new ModelFolder(folder, FaultyFileSystem.configuration()).read().parameters().length;
  }
}
