package io.ebmspark.spark.registry;

import io.ebmspark.core.failure.FirstLine;
import io.ebmspark.spark.record.Lineage;
import io.ebmspark.spark.store.Location;
import io.ebmspark.spark.store.RunLock;
import io.ebmspark.spark.store.Sealed;
import io.ebmspark.spark.store.Storage;
import io.ebmspark.spark.store.StorageException;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * The next version of a registered model, being made. It reuses the number of an earlier run that
 * did not finish, if there is one, so that it can continue from what that run left, such as
 * checkpoints.
 */
public final class Draft implements AutoCloseable {
  private final RegisteredModel model;
  private final RunLock lock;
  private final long number;
  private final Location folder;
  private final Storage storage;

  Draft(RegisteredModel model, RunLock lock, long number, Location folder) {
    this.model = model;
    this.lock = lock;
    this.number = number;
    this.folder = folder;
    this.storage = folder.storage();
  }

  /** The number the version will have. */
  public long number() {
    return number;
  }

  /** Where its files go. */
  public String folder() {
    return folder.toString();
  }

  /** Where its model folder goes. */
  public String modelFolder() {
    return file(Version.MODEL);
  }

  /** Where one of its files goes. */
  public String file(String name) {
    return folder.child(name).toString();
  }

  /**
   * Makes sure that this run still holds the draft; called before anything is written.
   *
   * @throws io.ebmspark.spark.store.LockedException if another run took it over
   */
  public void check() {
    lock.check();
  }

  /**
   * Records what the version will be made from, before any of it is written. Files that an earlier
   * run left for a different plan are removed.
   *
   * @return whether an unfinished earlier run had the same plan
   */
  public boolean plan(Lineage lineage) {
    Location plan = folder.child(Version.PLAN);
    try {
      try {
        if (Sealed.read(storage, plan.path(), Lineage.class).isOfSameWorkAs(lineage)) {
          return true;
        }
      } catch (Sealed.TornException e) {
        // There is no readable plan.
      }
      check();
      storage.delete(folder.path());
      Sealed.write(storage, plan.path(), lineage);
      return false;
    } catch (IOException e) {
      throw cannotWrite(e);
    }
  }

  /**
   * Publishes everything written to the folder as a version, which becomes the candidate. If this
   * fails it may be retried.
   *
   * @throws RegistryException if there is no model
   */
  public Version publish(Lineage lineage, Change change) {
    try {
      if (!storage.exists(folder.child(Version.MODEL).child("config.json").path())) {
        throw new RegistryException(
            modelFolder() + " holds no model; train one there before publishing");
      }
      Optional<Version> before = Version.in(folder);
      if (before.isEmpty()) {
        List<VersionRecord.File> files = Version.contents(folder);
        check();
        Sealed.write(
            storage,
            folder.child(Version.RECORD).path(),
            new VersionRecord(
                VersionRecord.FORMAT,
                model.name(),
                number,
                model.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                lineage,
                files));
      }
      Version version =
          Version.in(folder)
              .orElseThrow(() -> new IOException(Version.RECORD + " was not written completely"));
      model.register(version, change);
      storage.delete(folder.child(Version.PLAN).path());
      return version;
    } catch (IOException e) {
      throw cannotWrite(e);
    }
  }

  /**
   * Removes versions and runs of this model that need not be kept. The history records each removal
   * before the files are deleted, so that the next call completes an interrupted one.
   *
   * @return the numbers of the versions removed
   */
  public List<Long> retain(Retention settings, Change change) {
    return new Leftovers(model, this::check).remove(settings, change);
  }

  private StorageException cannotWrite(IOException e) {
    return new StorageException("nothing can be written to " + folder + ": " + FirstLine.of(e), e);
  }

  /** Lets other runs start; an unpublished draft is left for the next run. */
  @Override
  public void close() {
    lock.close();
  }
}
