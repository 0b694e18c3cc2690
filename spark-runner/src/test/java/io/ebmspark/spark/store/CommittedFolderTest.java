package io.ebmspark.spark.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommittedFolderTest {
  private static final Map<String, String> OLD =
      Map.of("a.bin", "old a", "part/b.bin", "old b", "_SUCCESS", "old");
  private static final Map<String, String> NEW =
      Map.of("a.bin", "new a, which is longer", "c.bin", "new c", "_SUCCESS", "new");

  @TempDir Path folder;

  @AfterEach
  void heal() {
    FaultyFileSystem.heal();
  }

  private Location place(String scheme) {
    return Location.of(scheme + "://" + folder + "/table", FaultyFileSystem.configuration());
  }

  /** What a run does: completes what an earlier one left, writes beside the place, commits. */
  private void replace(String scheme, Map<String, String> files) throws IOException {
    Location place = place(scheme);
    CommittedFolder target = new CommittedFolder(place, "_SUCCESS");
    target.recover();
    try (CommittedFolder.Draft draft = target.draft()) {
      for (Map.Entry<String, String> file : new TreeMap<>(files).entrySet()) {
        place
            .storage()
            .write(new org.apache.hadoop.fs.Path(draft.folder(), file.getKey()), file.getValue());
      }
      draft.commit(target.files().stream().map(FileList.Entry::name).toList(), () -> {});
    }
  }

  private Map<String, String> plainFiles() throws IOException {
    Map<String, String> found = new TreeMap<>();
    Path root = folder.resolve("table");
    if (Files.exists(root)) {
      try (Stream<Path> all = Files.walk(root)) {
        for (Path path : all.filter(Files::isRegularFile).toList()) {
          found.put(root.relativize(path).toString(), Files.readString(path));
        }
      }
    }
    return found;
  }

  /** What a reader that knows of commits finds, without writing anything. */
  private Map<String, String> followed() throws IOException {
    Location place = place("file");
    CommittedFolder.View view = new CommittedFolder(place, "_SUCCESS").view();
    if (!view.isMoving()) {
      return plainFiles();
    }
    Map<String, String> found = new TreeMap<>();
    for (String name : NEW.keySet()) {
      try {
        found.put(name, place.storage().text(view.file(name)));
      } catch (FileNotFoundException e) {
        found.put(name, "lost");
      }
    }
    return found;
  }

  /**
   * A death (all calls fail from then on) or one failed call, at each call of a commit in turn,
   * where files are moved at once and where they are copied.
   */
  @ParameterizedTest
  @CsvSource({"faulty, 2147483647", "faulty, 1", "copying, 2147483647", "copying, 1"})
  void afterDeathAtAnyCallTheOldOrTheNewIsThere(String scheme, int failures) throws IOException {
    replace(scheme, OLD);
    FaultyFileSystem.made = 0;
    replace(scheme, NEW);
    int calls = FaultyFileSystem.made;
    assertThat(calls).isGreaterThan(15);
    int olds = 0;
    int news = 0;
    for (int call = 0; call < calls; call++) {
      replace(scheme, OLD);
      assertThat(plainFiles()).isEqualTo(OLD);
      FaultyFileSystem.left = call;
      FaultyFileSystem.failures = failures;
      boolean failed = false;
      try {
        replace(scheme, NEW);
      } catch (IOException e) {
        failed = true;
      }
      heal();
      Map<String, String> found = followed();
      assertThat(found).as("%s, call %d", scheme, call).isIn(OLD, NEW);
      assertThat(failed || found.equals(NEW)).isTrue();
      olds += found.equals(OLD) ? 1 : 0;
      news += found.equals(NEW) ? 1 : 0;
      CommittedFolder.settle(place(scheme), "_SUCCESS", notice -> {});
      assertThat(plainFiles()).as("%s, call %d", scheme, call).isEqualTo(found);
      replace(scheme, NEW);
      assertThat(plainFiles()).isEqualTo(NEW);
      try (Stream<Path> left = Files.list(folder)) {
        assertThat(left.map(path -> path.getFileName().toString())).containsExactly("table");
      }
    }
    assertThat(olds).isGreaterThan(5);
    assertThat(news).isGreaterThan(5);
    System.out.printf("COMMIT %s: %d calls, old %d, new %d%n", scheme, calls, olds, news);
  }

  /** Other programs never see old and new rows together, whenever they read. */
  @Test
  void oldAndNewFilesAreNeverInThePlaceTogether() throws IOException {
    Map<String, String> fresh = Map.of("c.bin", "new c", "d.bin", "new d", "_SUCCESS", "new");
    FaultyFileSystem.made = 0;
    replace("faulty", fresh);
    int calls = 2 * FaultyFileSystem.made;
    for (int call = 0; call < calls; call++) {
      replace("faulty", OLD);
      FaultyFileSystem.left = call;
      try {
        replace("faulty", fresh);
      } catch (IOException e) {
        // dead
      }
      heal();
      Map<String, String> seen = plainFiles();
      boolean old = seen.values().stream().anyMatch(text -> text.startsWith("old "));
      boolean young = seen.values().stream().anyMatch(text -> text.startsWith("new "));
      assertThat(old && young).as("call %d: %s", call, seen).isFalse();
      if (seen.containsKey("_SUCCESS")) {
        assertThat(seen).isIn(OLD, fresh);
      }
      replace("faulty", fresh);
    }
  }

  @Test
  void twoDraftsNeverShareAFile() throws IOException {
    CommittedFolder target = new CommittedFolder(place("file"), "_SUCCESS");
    try (CommittedFolder.Draft one = target.draft();
        CommittedFolder.Draft two = target.draft()) {
      assertThat(one.folder()).isNotEqualTo(two.folder());
    }
  }

  @Test
  void aGuardThatThrowsLeavesThePlaceAlone() throws IOException {
    replace("file", OLD);
    Location place = place("file");
    CommittedFolder target = new CommittedFolder(place, "_SUCCESS");
    try (CommittedFolder.Draft draft = target.draft()) {
      place.storage().write(new org.apache.hadoop.fs.Path(draft.folder(), "a.bin"), "new");
      assertThatThrownBy(
              () ->
                  draft.commit(
                      List.of("a.bin"),
                      () -> {
                        throw new LockedException("lost");
                      }))
          .isInstanceOf(LockedException.class);
    }
    assertThat(plainFiles()).isEqualTo(OLD);
    assertThat(folder.resolve("table.incomplete")).doesNotExist();
  }

  /** A list is data from a disc: it must not name a file outside its folder. */
  @Test
  void listsSpeakOfNothingOutsideTheirFolder() {
    for (String name : List.of("../x", "/x", "a/../x", "a//x", "hdfs://h/x", "..", "a\\..\\x")) {
      assertThatThrownBy(() -> new FileList.Entry(name, 1))
          .hasMessageContaining("not a path inside");
      assertThatThrownBy(() -> new FileList(FileList.FORMAT, List.of(), List.of(name)))
          .hasMessageContaining("not a path inside");
    }
    assertThat(new FileList.Entry("part/a.parquet", 1).name()).isEqualTo("part/a.parquet");
  }
}
