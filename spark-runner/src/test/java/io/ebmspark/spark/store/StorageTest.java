package io.ebmspark.spark.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.failure.FirstLine;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.hdfs.BlockMissingException;
import org.apache.hadoop.hdfs.protocol.DSQuotaExceededException;
import org.apache.hadoop.hdfs.protocol.NSQuotaExceededException;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StorageTest {
  @TempDir Path folder;

  @AfterEach
  void heal() {
    FaultyFileSystem.heal();
  }

  /** Hadoop's local file system says so with an {@code Error}. */
  @Test
  void anErrorOfTheFileSystemIsAnExceptionAtEveryCall() {
    Location place = Location.of("faulty://" + folder + "/file", FaultyFileSystem.configuration());
    FaultyFileSystem.throwsErrors = true;
    for (int call = 0; call < 4; call++) {
      FaultyFileSystem.left = call;
      FaultyFileSystem.failures = Integer.MAX_VALUE;
      assertThatThrownBy(
              () -> {
                place.storage().write(place.path(), "text");
                place.storage().delete(place.path());
              })
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no space left");
    }
  }

  /** As HDFS does; an exception cannot be suppressed by itself. */
  @Test
  void aStreamMayThrowTheSameExceptionTwice() {
    IOException full = new IOException("no data node has room");
    OutputStream stream =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw full;
          }

          @Override
          public void close() throws IOException {
            throw full;
          }
        };
    assertThatThrownBy(
            () -> {
              try (Storage.Sink out = new Storage.Sink(new FSDataOutputStream(stream, null))) {
                out.write(1);
              }
            })
        .isSameAs(full)
        .hasSuppressedException(new IOException("no data node has room", full));
  }

  static Stream<IOException> awayOrFull() {
    return Stream.of(
        new RemoteException("java.io.IOException", "written to 0 of the 1 minReplication nodes"),
        new RemoteException("SafeModeException", "Cannot create x. Name node is in safe mode."),
        new DSQuotaExceededException(1, 2),
        new NSQuotaExceededException(1, 2),
        new BlockMissingException("f", "Could not obtain block", 0),
        new SocketTimeoutException("60000 millis timeout"));
  }

  @ParameterizedTest
  @MethodSource("awayOrFull")
  void hdfsThatIsFullOrAwayIsAFaultOfTheStorage(IOException said) {
    assertThat(StorageFault.in(new SparkException("a task failed", said)))
        .contains(FirstLine.of(said));
  }

  /** A disc of 64 kB, where it can be made. */
  @Test
  void aFullDiscIsAnException() throws Exception {
    Path disc = Files.createDirectories(folder.resolve("disc"));
    assumeThat(run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disc.toString())).isZero();
    try {
      Location place = Location.of(disc + "/file", new Configuration());
      assertThatThrownBy(
              () -> {
                try (Storage.Sink out = place.storage().create(place.path())) {
                  for (int i = 0; i < 64; i++) {
                    out.write(new byte[4096], 0, 4096);
                  }
                }
              })
          .isInstanceOf(IOException.class)
          .hasMessageContaining("No space left on device");
    } finally {
      assertThat(run("umount", disc.toString())).isZero();
    }
  }

  private static int run(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).start().waitFor();
    } catch (IOException e) {
      return -1;
    }
  }

  @Test
  void anEmptyFolderIsRemovedAndNeverOneThatSomethingIsIn() throws IOException {
    for (String scheme : new String[] {"file", "faulty"}) {
      Location place =
          Location.of(scheme + "://" + folder + "/some", FaultyFileSystem.configuration());
      place.storage().write(place.child("file").path(), "x");
      assertThat(place.storage().deleteOne(place.path())).isFalse();
      assertThat(place.storage().text(place.child("file").path())).isEqualTo("x");
      assertThat(place.storage().deleteOne(place.child("file").path())).isTrue();
      assertThat(place.storage().deleteOne(place.path())).isTrue();
      assertThat(place.storage().deleteOne(place.path())).isTrue();
      assertThat(place.storage().exists(place.path())).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a:b",
        "out/a:b",
        "/data/day=12:00/x",
        "nosuch://host/path",
        "s3a://bucket/x",
        "hdfs:///no/host"
      })
  void aPathThatCannotBeUsedIsOneSentence(String text) {
    assertThatThrownBy(() -> Location.of(text, new Configuration()).beside(".lock"))
        .isInstanceOfSatisfying(
            EbmException.class,
            e -> {
              assertThat(e.category()).isEqualTo(Category.SETTINGS);
              assertThat(e.getMessage().lines()).hasSize(1);
              assertThat(e.getMessage()).doesNotContain("Exception").doesNotContain("null");
            });
  }

  @ParameterizedTest
  @CsvSource({
    "models/m, models/m.lock",
    "/models/m/, /models/m.lock",
    "file:/models/m, file:/models/m.lock",
  })
  void besideAPathIsItsNameWithMore(String text, String expected) {
    assertThat(Location.of(text, new Configuration()).beside(".lock").toString())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "file:///"})
  void nothingIsBesideARoot(String text) {
    assertThatThrownBy(() -> Location.of(text, new Configuration()).beside(".lock"))
        .isInstanceOf(PathException.class)
        .hasMessageContaining("is the root of its file system");
  }

  @Test
  void aNameThatTheLocaleCannotWriteIsRefused() {
    Location german = Location.open("models/größe", new Configuration());
    german.refuseOutsideOf(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> german.refuseOutsideOf(StandardCharsets.US_ASCII))
        .isInstanceOf(PathException.class)
        .hasMessageContaining("models/größe")
        .hasMessageContaining("LC_ALL");
  }
}
