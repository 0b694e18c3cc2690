package io.ebmspark.spark.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;
import io.ebmspark.spark.model.ModelFolder;
import io.ebmspark.spark.store.FaultyFileSystem;
import io.ebmspark.spark.store.LockedException;
import io.ebmspark.spark.store.ObjectStoreFileSystem;
import io.ebmspark.spark.store.RunLock;
import io.ebmspark.spark.store.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryTest {
  private static final Configuration CONFIGURATION = FaultyFileSystem.configuration();
  private static final RunLock.Timing TIMING =
      new RunLock.Timing(Duration.ofMillis(100), Duration.ofMillis(300), Duration.ofMillis(500));
  private static final Change CHANGE = Change.because("a test");

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock();

  /** A clock that only advances when told to. */
  private static final class SettableClock extends Clock {
    private Instant now = Instant.parse("2026-01-01T02:00:00Z");

    void passDays(int days) {
      now = now.plus(Duration.ofDays(days));
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  @AfterEach
  void heal() {
    FaultyFileSystem.heal();
  }

  private Registry registry(String scheme) {
    return new Registry(
        io.ebmspark.spark.store.Location.of(scheme + "://" + folder + "/registry", CONFIGURATION),
        TIMING,
        clock);
  }

  private RegisteredModel fraud() {
    return registry("faulty").model("fraud");
  }

  private static AbstractThrowableAssert<?, ?> refused(ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            EbmException.class, e -> assertThat(e.category()).isEqualTo(Category.SETTINGS));
  }

  private Map<String, String> files() throws IOException {
    Map<String, String> found = new TreeMap<>();
    Path root = folder.resolve("registry");
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        found.put(
            root.relativize(path).toString(),
            io.ebmspark.core.data.Sha256.hex(Files.readAllBytes(path)));
      }
    }
    return found;
  }

  @Test
  void aliasesFollowWhatIsPromotedAndRolledBack() throws IOException {
    RegisteredModel model = fraud();
    assertThat(model.exists()).isFalse();
    assertThat(model.champion()).isEmpty();
    List<Runnable> changes =
        List.of(
            () -> Example.publish(model, "monday"),
            () -> model.promoteOver(Optional.empty(), 1, CHANGE),
            () -> Example.publish(model, "tuesday"),
            () -> model.promoteOver(Optional.of(1L), 2, CHANGE),
            () -> Example.publish(model, "wednesday"),
            () -> model.refuse(3, Change.because("worse")),
            () -> model.promote(3, Change.because("by hand").withForce()),
            () -> model.rollback(Optional.empty(), Change.because("alarms")),
            () -> model.rollback(Optional.empty(), Change.because("still")),
            () -> model.promote(3, CHANGE));
    Map<String, String> before = Map.of();
    for (Runnable change : changes) {
      change.run();
      Map<String, String> after = files();
      Map<String, String> kept = new TreeMap<>(after);
      kept.keySet().retainAll(before.keySet());
      assertThat(kept).as("files are added, and never changed").isEqualTo(before);
      assertThat(after.keySet())
          .as("nothing but versions and history is left")
          .allMatch(
              name ->
                  name.matches("fraud/(versions/\\d/.*|history/(\\d+-\\d+-.*\\.json|epoch-.*))"));
      before = after;
    }
    List<HistoryEntry> history = new ArrayList<>(model.history());
    Collections.reverse(history);
    assertThat(history)
        .extracting(
            HistoryEntry::number,
            HistoryEntry::action,
            HistoryEntry::version,
            entry -> entry.aliases().champion().orElse(0L),
            entry -> entry.aliases().previous().orElse(0L),
            entry -> entry.aliases().candidate().orElse(0L))
        .map(tuple -> tuple.toList())
        .containsExactly(
            List.of(1L, HistoryAction.REGISTER, 1L, 0L, 0L, 1L),
            List.of(2L, HistoryAction.PROMOTE, 1L, 1L, 0L, 0L),
            List.of(3L, HistoryAction.REGISTER, 2L, 1L, 0L, 2L),
            List.of(4L, HistoryAction.PROMOTE, 2L, 2L, 1L, 0L),
            List.of(5L, HistoryAction.REGISTER, 3L, 2L, 1L, 3L),
            List.of(6L, HistoryAction.REFUSE, 3L, 2L, 1L, 3L),
            List.of(7L, HistoryAction.PROMOTE, 3L, 3L, 2L, 0L),
            List.of(8L, HistoryAction.ROLLBACK, 2L, 2L, 1L, 0L),
            List.of(9L, HistoryAction.ROLLBACK, 1L, 1L, 0L, 0L),
            List.of(10L, HistoryAction.PROMOTE, 3L, 3L, 1L, 0L));
    assertThat(history.get(6).forced()).isTrue();
    assertThat(history.get(7).reason()).contains("alarms");
    assertThat(history)
        .allMatch(entry -> entry.user().equals(CHANGE.user()))
        .allMatch(entry -> entry.time().equals("2026-01-01T02:00:00Z"));
    assertThat(model.history(2)).extracting(HistoryEntry::number).containsExactly(10L, 9L);
    assertThat(model.verdict(3).orElseThrow().number()).isEqualTo(10);
    assertThat(model.aliases().of(1)).containsExactly("previous");
    assertThat(registry("faulty").names()).containsExactly("fraud");
  }

  @Test
  void promotionOverAnotherChampionIsRefused() {
    RegisteredModel model = fraud();
    Example.publish(model, "monday");
    Example.publish(model, "tuesday");
    refused(() -> model.promoteOver(Optional.of(1L), 2, CHANGE))
        .isInstanceOf(ChampionChangedException.class)
        .hasMessageContaining("the champion is no version; expected version 1");
    model.promote(1, CHANGE);
    refused(() -> model.promoteOver(Optional.empty(), 2, CHANGE))
        .hasMessageContaining("the champion is version 1; expected none");
    assertThat(model.promoteOver(Optional.empty(), 1, CHANGE)).as("done already").isEmpty();
    assertThat(model.champion().orElseThrow().number()).isEqualTo(1);
    refused(() -> model.promote(7, CHANGE))
        .hasMessageContaining("no version 7 of fraud; known: 1-2");
    refused(() -> model.rollback(Optional.empty(), CHANGE))
        .hasMessageContaining("no champion before version 1");
    refused(() -> model.rollback(Optional.of(1L), CHANGE)).hasMessageContaining("already");
    refused(() -> model.rollback(Optional.of(2L), CHANGE)).hasMessageContaining("promote it");
  }

  @Test
  void aVersionThatWasTamperedWithIsNotPromoted() throws IOException {
    RegisteredModel model = fraud();
    Version version = Example.publish(model, "monday");
    Path weights = folder.resolve("registry/fraud/versions/1/model/model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    refused(() -> model.promote(version.number(), CHANGE))
        .hasMessageContaining("missing or changed");
    Files.delete(weights);
    refused(() -> model.promote(version.number(), CHANGE))
        .hasMessageContaining("missing or changed");
  }

  /** Readers do not see a draft; its number and files are left for the next run. */
  @Test
  void anUnfinishedVersionIsGoneOnWith() throws IOException {
    RegisteredModel model = fraud();
    Example.publish(model, "monday");
    try (Draft draft = model.begin(Example.SILENT)) {
      assertThat(draft.plan(Example.lineage("tuesday", Optional.of(1L)))).isFalse();
      Files.writeString(folder.resolve("registry/fraud/versions/2/checkpoint"), "half way");
      assertThatThrownBy(() -> model.begin(Example.SILENT)).isInstanceOf(LockedException.class);
      model.promote(1, CHANGE); // also while a version is made
      refused(() -> draft.publish(Example.lineage("tuesday", Optional.of(1L)), CHANGE))
          .hasMessageContaining("holds no model");
    }
    assertThat(model.versions()).hasSize(1);
    try (Draft draft = model.begin(Example.SILENT)) {
      assertThat(draft.number()).isEqualTo(2);
      assertThat(draft.plan(Example.lineage("tuesday", Optional.of(1L)))).isTrue();
      assertThat(folder.resolve("registry/fraud/versions/2/checkpoint")).exists();
      assertThat(draft.plan(Example.lineage("tuesday", Optional.empty()))).isFalse();
      assertThat(folder.resolve("registry/fraud/versions/2/checkpoint")).doesNotExist();
    }
    Version made = Example.publish(model, "tuesday");
    assertThat(made.number()).isEqualTo(2);
    assertThat(made.record().files())
        .extracting(VersionRecord.File::name)
        .contains("model/config.json", "model/model.safetensors")
        .allMatch(name -> name.startsWith("model/"));
    assertThat(model.find(Example.lineage("tuesday", Optional.of(1L))).orElseThrow().number())
        .isEqualTo(2);
    assertThat(model.find(Example.lineage("tuesday", Optional.empty()))).isEmpty();
  }

  @Test
  void oldVersionsGoAndThoseInUseStay() {
    RegisteredModel model = fraud();
    Retention two = new Retention(2, 5, 48, 2);
    for (int night = 1; night <= 12; night++) {
      Version version = Example.publish(model, "night " + night);
      if (night == 2 || night == 4) {
        model.promote(version.number(), CHANGE);
      }
      clock.passDays(1);
    }
    // 2 is previous, 4 champion, 12 candidate and one of the newest two; 8 to 10 are young.
    assertThat(retain(model, two)).containsExactly(1L, 3L, 5L, 6L, 7L);
    assertThat(numbers(model)).containsExactly(2L, 4L, 8L, 9L, 10L, 11L, 12L);
    // A version that was recently in use may still be read by its alias.
    model.promote(8, CHANGE);
    model.promote(9, CHANGE);
    clock.passDays(1);
    assertThat(retain(model, two)).isEmpty();
    clock.passDays(2);
    assertThat(retain(model, two)).containsExactly(2L, 4L, 10L);
    clock.passDays(100);
    assertThat(retain(model, two)).isEmpty();
    assertThat(model.aliases().champions()).containsExactly(9L, 8L);
    refused(() -> model.version(2)).hasMessageContaining("no version 2 of fraud any more");
    assertThat(model.history()).hasSize(12 + 2 + 5 + 2 + 3);
    assertThat(Example.publish(model, "later").number()).isEqualTo(13);
  }

  private static List<Long> retain(RegisteredModel model, Retention settings) {
    try (Draft draft = model.begin(Example.SILENT)) {
      return draft.retain(settings, CHANGE);
    }
  }

  private static List<Long> numbers(RegisteredModel model) {
    return model.versions().stream().map(Version::number).toList();
  }

  @Test
  void theNewestRunsAreKept() throws IOException {
    RegisteredModel model = fraud();
    for (String run : List.of("2026-01-02-b", "2026-01-01-a", "2026-01-03-c")) {
      Files.createDirectories(Path.of(java.net.URI.create(model.runFolder(run)).getPath()));
    }
    retain(model, new Retention(1, 0, 0, 2));
    try (Stream<Path> left = Files.list(folder.resolve("registry/fraud/runs"))) {
      assertThat(left.map(path -> path.getFileName().toString()).sorted())
          .containsExactly("2026-01-02-b", "2026-01-03-c");
    }
  }

  @Test
  void referencesNameAVersionOnce() {
    RegisteredModel model = fraud();
    Example.publish(model, "monday");
    model.promote(1, CHANGE);
    Optional<String> root = Optional.of("faulty://" + folder + "/registry");
    ModelReference champion = ModelReference.resolve("models:/fraud@champion", root, CONFIGURATION);
    Example.publish(model, "tuesday");
    assertThat(number(root, "models:/fraud@candidate")).isEqualTo(2);
    model.promote(2, CHANGE);
    assertThat(champion.version().orElseThrow().number()).isEqualTo(1);
    assertThat(champion.path()).isEqualTo("faulty:" + folder + "/registry/fraud/versions/1/model");
    assertThat(champion.describe()).startsWith("models:/fraud@champion, version 1 in ");
    assertThat(number(root, "models:/fraud@champion")).isEqualTo(2);
    assertThat(number(root, "models:/fraud@previous")).isEqualTo(1);
    assertThat(number(root, "models:/fraud/1")).isEqualTo(1);
    assertThat(ModelReference.resolve("hdfs://h/m", root, CONFIGURATION))
        .isEqualTo(
            new ModelReference("hdfs://h/m", "hdfs://h/m", Optional.empty(), Optional.empty()));

    Configuration configuration = new Configuration(CONFIGURATION);
    configuration.set(Registry.SETTING, "faulty://" + folder + "/registry");
    assertThat(ModelReference.resolve("models:/fraud/2", Optional.empty(), configuration).path())
        .isEqualTo("faulty:" + folder + "/registry/fraud/versions/2/model");
    assertThat(Registry.of(Optional.empty(), CONFIGURATION).root())
        .isEqualTo(Optional.ofNullable(System.getenv(Registry.ENVIRONMENT)).orElse("registry"));
  }

  @Test
  void aReferenceTellsItsModelWhateverItNamesOfIt() {
    Optional<String> root = Optional.of("faulty://" + folder + "/registry");
    assertThat(ModelReference.registered("hdfs://h/m", root, CONFIGURATION)).isEmpty();
    for (String text : List.of("models:/fraud@champion", "models:/fraud/3")) {
      assertThat(ModelReference.registered(text, root, CONFIGURATION).orElseThrow().name())
          .isEqualTo("fraud");
    }
  }

  private static long number(Optional<String> root, String reference) {
    return ModelReference.resolve(reference, root, CONFIGURATION).version().orElseThrow().number();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "models:/fraud | write models:/NAME/3 or models:/NAME@champion",
        "models:fraud/1 | is not a reference",
        "models:/fraud/one | is not a reference",
        "models:/fraud/1/model | is not a reference",
        "models:/fraud/2 | there is no version 2 of fraud; known: 1",
        "models:/fraud@champoin | no alias 'champoin'; did you mean 'champion'?",
        "models:/fraud@previous | fraud has no previous; name a version, as in models:/fraud/1",
        "models:/fruad/1 | no model 'fruad' in the registry",
        "models:/fruad/1 | did you mean 'fraud'? (known: fraud)",
        "models:/a b/1 | is not a valid model name",
        "models:/.hidden/1 | is not a valid model name",
        "models:/../1 | is not a valid model name",
      })
  void badReferencesSayWhatIsThere(String reference, String message) {
    Example.publish(fraud(), "monday");
    refused(
            () ->
                ModelReference.resolve(
                    reference, Optional.of("faulty://" + folder + "/registry"), CONFIGURATION))
        .hasMessageContaining(message);
  }

  @Test
  void anEmptyRegistrySaysHowToNameAnother() {
    refused(
            () ->
                ModelReference.resolve(
                    "models:/fraud/1", Optional.of(folder + "/none"), CONFIGURATION))
        .hasMessageContaining("there are no models in the registry")
        .hasMessageContaining("--registry");
  }

  @Test
  void aRegistryThatCannotBeReachedIsAStorageFailure() {
    Configuration configuration = new Configuration();
    configuration.setInt("ipc.client.connect.max.retries", 0);
    configuration.setBoolean("dfs.client.retry.policy.enabled", false);
    configuration.setInt("dfs.client.retry.max.attempts", 0);
    assertThatThrownBy(
            () ->
                ModelReference.resolve(
                    "models:/fraud/1", Optional.of("hdfs://127.0.0.1:1/registry"), configuration))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("the registry hdfs://127.0.0.1:1/registry cannot be reached");
  }

  /** What a registry would not take by name is not listed either. */
  @Test
  void foldersWithOtherNamesAreNoModels() throws IOException {
    Example.publish(fraud(), "monday");
    for (String other : List.of(".trash", "a b", "n".repeat(101))) {
      Files.createDirectories(folder.resolve("registry").resolve(other));
    }
    Files.createDirectories(folder.resolve("registry").resolve("n".repeat(100)));
    Registry registry = registry("faulty");
    assertThat(registry.names())
        .containsExactly("fraud", "n".repeat(100))
        .allSatisfy(name -> assertThat(registry.model(name).versions()).isNotNull());
  }

  /** Folders that are only names, moving that copies, no appending. */
  @Test
  void anObjectStoreIsEnough() {
    Configuration configuration = ObjectStoreFileSystem.configuration();
    String root = "objects:///bucket/" + folder.getFileName();
    Registry registry = Registry.at(root, configuration);
    assertThat(registry.names()).isEmpty();
    RegisteredModel model = registry.model("fraud");
    for (String from : List.of("mlp", "sum", "mlp")) {
      model.register(Example.release(from).toString(), configuration, CHANGE, Example.SILENT);
    }
    model.promoteOver(Optional.empty(), 2, CHANGE);
    model.promoteOver(Optional.of(2L), 3, CHANGE);
    refused(() -> model.promoteOver(Optional.of(2L), 1, CHANGE));
    model.rollback(Optional.empty(), CHANGE);
    assertThat(registry.names()).containsExactly("fraud");
    ModelReference champion =
        ModelReference.resolve("models:/fraud@champion", Optional.of(root), configuration);
    assertThat(new ModelFolder(champion.path(), configuration).read().parameters())
        .hasSize(Example.parameters("sum"));
    try (Draft draft = model.begin(Example.SILENT)) {
      assertThat(draft.number()).isEqualTo(4);
      assertThat(draft.retain(new Retention(1, 0, 0, 1), CHANGE)).containsExactly(1L);
    }
    assertThat(numbers(model)).containsExactly(2L, 3L);
    assertThat(model.history()).hasSize(7);
  }

  // ---- death at every call ---------------------------------------------------------------------

  /** A night: trains a version unless one of its rows is there, and promotes it over the first. */
  private static void night(RegisteredModel model) throws IOException {
    io.ebmspark.spark.record.Lineage lineage = Example.lineage("tuesday", Optional.of(1L));
    try (Draft draft = model.begin(Example.SILENT)) {
      long number;
      Optional<Version> made = model.find(lineage);
      if (made.isPresent()) {
        number = made.get().number();
      } else {
        draft.plan(lineage);
        Example.writeModel("sum", draft.modelFolder(), CONFIGURATION);
        number = draft.publish(lineage, CHANGE).number();
      }
      model.promoteOver(Optional.of(1L), number, CHANGE);
    }
  }

  /**
   * A death (all calls fail from then on) or one failed call, at each call of a night in turn:
   * whoever reads then finds the old or the new champion, whole; the same night again ends as if
   * nothing had been.
   */
  @Tag("long")
  @ParameterizedTest
  @CsvSource({"faulty, 2147483647", "copying, 1"})
  void afterDeathAtAnyCallTheOldOrTheNewChampionIsThere(String scheme, int failures)
      throws IOException {
    int calls = 0;
    int olds = 0;
    int news = 0;
    RegisteredModel model = registry(scheme).model("fraud");
    Example.publish(model, "monday");
    model.promote(1, CHANGE);
    copy(folder.resolve("registry"), folder.resolve("before"));
    for (int call = 0; call <= calls; call++) {
      FaultyFileSystem.made = 0;
      FaultyFileSystem.left = call;
      FaultyFileSystem.failures = failures;
      boolean failed = false;
      try {
        night(model);
      } catch (EbmException | IOException e) {
        failed = true;
      }
      calls = Math.max(calls, FaultyFileSystem.made);
      heal();
      releaseLocks();

      RegisteredModel reader = fraud();
      Version champion = reader.champion().orElseThrow();
      assertThat(Example.parameters(champion))
          .isEqualTo(Example.parameters(champion.number() == 1 ? "mlp" : "sum"));
      assertThat(failed || champion.number() == 2).as("%s, call %d", scheme, call).isTrue();
      olds += champion.number() == 1 ? 1 : 0;
      news += champion.number() == 2 ? 1 : 0;

      night(model);
      assertThat(reader.history())
          .as("%s, call %d", scheme, call)
          .extracting(HistoryEntry::number, HistoryEntry::action, HistoryEntry::version)
          .map(tuple -> tuple.toList())
          .containsExactly(
              List.of(4L, HistoryAction.PROMOTE, 2L),
              List.of(3L, HistoryAction.REGISTER, 2L),
              List.of(2L, HistoryAction.PROMOTE, 1L),
              List.of(1L, HistoryAction.REGISTER, 1L));
      assertThat(numbers(reader)).containsExactly(1L, 2L);
      assertThat(Example.parameters(reader.champion().orElseThrow()))
          .isEqualTo(Example.parameters("sum"));
      assertThat(reader.version(2).isWhole()).isTrue();
      restore();
    }
    assertThat(olds).isGreaterThan(20);
    assertThat(news).isGreaterThan(3);
    System.out.printf(
        "REGISTRY %s %d: calls %d, old %d, new %d%n", scheme, failures, calls, olds, news);
  }

  /**
   * A dead process's lock is taken over (RunLockTest); this one is alive, and would be waited for.
   */
  private void releaseLocks() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path lock : all.filter(path -> path.toString().endsWith(".lock")).toList()) {
        delete(lock);
      }
    }
  }

  private void restore() throws IOException {
    delete(folder.resolve("registry"));
    copy(folder.resolve("before"), folder.resolve("registry"));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Test
  void retentionThatDiedIsDoneByTheNext() throws IOException {
    Retention one = new Retention(1, 0, 0, 1);
    int calls = 0;
    RegisteredModel model = fraud();
    for (String rows : List.of("monday", "tuesday", "wednesday")) {
      Example.publish(model, rows);
    }
    model.promote(3, CHANGE);
    clock.passDays(1);
    copy(folder.resolve("registry"), folder.resolve("before"));
    for (int call = 0; call <= calls; call++) {
      FaultyFileSystem.made = 0;
      FaultyFileSystem.left = call;
      try {
        retain(model, one);
      } catch (StorageException e) {
        // dead
      }
      calls = Math.max(calls, FaultyFileSystem.made);
      heal();
      releaseLocks();
      fraud().versions().forEach(version -> assertThat(version.isWhole()).isTrue());
      retain(model, one);
      assertThat(folder.resolve("registry/fraud/versions/1")).doesNotExist();
      assertThat(folder.resolve("registry/fraud/versions/2")).doesNotExist();
      assertThat(numbers(model)).containsExactly(3L);
      assertThat(model.history()).hasSize(6);
      restore();
    }
    assertThat(calls).isGreaterThan(20);
  }

  /** Between the two, its files are still there, and may be gone the next instant. */
  @Test
  void aVersionWhoseRemovalIsRecordedIsNotPromoted() {
    RegisteredModel model = fraud();
    Example.publish(model, "monday");
    Example.publish(model, "tuesday");
    model
        .writer()
        .write(turn -> turn.add(HistoryAction.REMOVE, 1, CHANGE, turn.aliases().removed(1)));
    assertThat(model.version(1).isWhole()).isTrue();
    assertThatThrownBy(() -> model.promote(1, CHANGE))
        .isInstanceOf(RegistryException.class)
        .hasMessage("version 1 of fraud is being removed as an old one; choose another");
    assertThatThrownBy(() -> model.promoteOver(Optional.empty(), 1, CHANGE))
        .isInstanceOf(RegistryException.class);
    assertThat(model.promote(2, CHANGE)).isPresent();
  }

  // ---- writers at once -------------------------------------------------------------------------

  @Test
  void ofManyThatPromoteOverTheSameChampionOneWins() throws Exception {
    RegisteredModel model = fraud();
    for (int i = 1; i <= 4; i++) {
      Example.publish(model, "rows " + i);
    }
    model.promote(1, CHANGE);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Callable<Boolean>> tasks =
          LongStream.rangeClosed(2, 4)
              .<Callable<Boolean>>mapToObj(
                  number ->
                      () -> {
                        try {
                          return fraud().promoteOver(Optional.of(1L), number, CHANGE).isPresent();
                        } catch (ChampionChangedException e) {
                          return false;
                        }
                      })
              .toList();
      int won = 0;
      for (Future<Boolean> answer : threads.invokeAll(tasks)) {
        won += answer.get() ? 1 : 0;
      }
      assertThat(won).isEqualTo(1);
      assertThat(model.history()).filteredOn(e -> e.action() == HistoryAction.PROMOTE).hasSize(2);
    } finally {
      threads.shutdownNow();
    }
  }
}
