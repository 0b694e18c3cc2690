package io.ebmspark.spark.store;

import io.ebmspark.core.failure.FirstLine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A folder whose files are replaced all together or not at all, on any file system: it only has to
 * write, list, remove and move single files, and none of that need be atomic.
 *
 * <p>A writer puts the new files into a folder of its own, {@code FOLDER.incomplete/TOKEN}. Then it
 * writes {@code FOLDER.incomplete/TOKEN.commit}, a sealed list of the new files and of those to
 * remove. That list is the commit: until it is complete, the old files are untouched, and the new
 * ones are rubbish that the next writer clears away. From then on the new files are the folder's
 * content, wherever they are: the writer removes the old ones, moves the new ones in one by one,
 * and finally removes the list. If it dies on the way, the next writer does the rest, by one rule
 * that holds however often it is restarted: a file that is still in the writer's folder takes
 * precedence over the one of the same name in place.
 *
 * <p>Other programs see plain files and, while files are moved, only some of the new ones, never
 * old and new ones together; {@code last}, which stands for the whole, is removed first and moved
 * in last.
 */
public final class CommittedFolder {
  private static final String SUFFIX = ".commit";
  private static final Pattern TOKEN = Pattern.compile("[0-9a-f-]{36}");

  private final Location place;
  private final Location work;
  private final Storage storage;
  private final String last;

  /**
   * The folder at a place, which need not exist.
   *
   * @param last the file that stands for the whole, such as {@code _SUCCESS}
   */
  public CommittedFolder(Location place, String last) {
    this.place = place;
    this.work = place.beside(".incomplete");
    this.storage = place.storage();
    this.last = last;
  }

  /** Where runs keep unfinished work: new files, and whatever else they need until then. */
  public Path work() {
    return work.path();
  }

  /** New files that are not yet committed. */
  public final class Draft implements AutoCloseable {
    private final String token = UUID.randomUUID().toString();
    private Optional<FileList> list = Optional.empty();
    private boolean committed;
    private boolean unclear;

    private Draft() {}

    /** The folder to write them to, which no other run has; it need not be made. */
    public Path folder() {
      return work.child(token).path();
    }

    /** The files written so far, by their path inside the folder. */
    public List<FileList.Entry> files() throws IOException {
      return tree(folder());
    }

    /**
     * Makes them the content of the place. If that fails it may be retried, and continues where it
     * was.
     *
     * @param replaced files of the place to remove, by their path inside it
     * @param guard asked at the last moment; throws if nothing may be written any longer
     */
    public void commit(Collection<String> replaced, Runnable guard) throws IOException {
      FileList content = list.isPresent() ? list.get() : list(replaced);
      list = Optional.of(content);
      if (!committed) {
        guard.run();
        seal(content);
      }
      rollForward(token, content);
    }

    private FileList list(Collection<String> replaced) throws IOException {
      List<FileList.Entry> files = new ArrayList<>(files());
      files.sort(
          Comparator.comparing((FileList.Entry entry) -> entry.name().equals(last))
              .thenComparing(FileList.Entry::name));
      return new FileList(FileList.FORMAT, files, without(replaced, files));
    }

    private void seal(FileList content) throws IOException {
      Path commit = commitFile(token);
      try {
        Sealed.write(storage, commit, content);
        committed = true;
      } catch (IOException e) {
        try {
          Sealed.read(storage, commit, FileList.class);
          committed = true; // everything was written, and only the reply was lost
        } catch (Sealed.TornException torn) {
          throw e;
        } catch (IOException away) {
          unclear = true;
          throw e;
        }
      }
    }

    /**
     * Whether the new files are the content of the place, though they may not have been moved yet.
     */
    public boolean isCommitted() {
      return committed;
    }

    private List<String> without(Collection<String> replaced, List<FileList.Entry> files) {
      Set<String> names = new HashSet<>(replaced);
      files.forEach(file -> names.remove(file.name()));
      return names.stream().sorted().toList();
    }

    /** Clears away what was not committed, if possible. */
    @Override
    public void close() {
      if (committed || unclear) {
        return;
      }
      try {
        storage.delete(commitFile(token));
        storage.delete(folder());
        storage.deleteOne(work());
      } catch (IOException e) {
        // The next run clears it away.
      }
    }
  }

  /** Starts to write new files. */
  public Draft draft() {
    return new Draft();
  }

  private Path commitFile(String token) {
    return work.child(token + SUFFIX).path();
  }

  /** The files in a folder and below, by their path inside it, in the order of their names. */
  private List<FileList.Entry> tree(Path folder) throws IOException {
    String root = storage.qualify(folder).toUri().getPath();
    List<FileList.Entry> files = new ArrayList<>();
    for (FileStatus status : storage.tree(folder)) {
      String path = storage.qualify(status.getPath()).toUri().getPath();
      files.add(new FileList.Entry(path.substring(root.length() + 1), status.getLen()));
    }
    files.sort(Comparator.comparing(FileList.Entry::name));
    return files;
  }

  /** The files that the place holds now, by their path inside it. */
  public List<FileList.Entry> files() throws IOException {
    return tree(place.path());
  }

  /**
   * Completes what a dead run had committed, and clears away what it had not; called by the holder
   * of the lock.
   *
   * @return whether something had been committed
   */
  public boolean recover() throws IOException {
    boolean found = false;
    Set<String> kept = new HashSet<>();
    List<FileStatus> inside = storage.list(work.path());
    for (FileStatus status : inside) {
      String name = status.getPath().getName();
      if (!name.endsWith(SUFFIX)) {
        continue;
      }
      String token = name.substring(0, name.length() - SUFFIX.length());
      try {
        rollForward(token, Sealed.read(storage, commitFile(token), FileList.class));
        kept.add(token);
        found = true;
      } catch (Sealed.TornException e) {
        storage.delete(commitFile(token));
      }
    }
    for (FileStatus status : inside) {
      String name = status.getPath().getName();
      if (status.isDirectory() && TOKEN.matcher(name).matches() && !kept.contains(name)) {
        storage.delete(status.getPath());
      }
    }
    if (!inside.isEmpty()) {
      storage.deleteOne(work.path());
    }
    return found;
  }

  private void rollForward(String token, FileList list) throws IOException {
    Location from = work.child(token);
    if (storage.exists(from.child(last).path())) {
      storage.delete(place.child(last).path());
    }
    List<String> gone = new ArrayList<>(list.removed());
    gone.sort(Comparator.comparing((String name) -> !name.equals(last)));
    for (String name : gone) {
      remove(name);
    }
    storage.makeFolder(place.path());
    for (FileList.Entry file : list.files()) {
      Path source = from.child(file.name()).path();
      Path target = place.child(file.name()).path();
      if (storage.exists(source)) {
        storage.delete(target);
        storage.move(source, target);
      }
      long found = storage.status(target).map(FileStatus::getLen).orElse(-1L);
      if (found != file.bytes()) {
        throw new IOException(
            target
                + " should have "
                + file.bytes()
                + " bytes and "
                + (found < 0 ? "is not there" : "has " + found)
                + "; remove "
                + commitFile(token)
                + " to continue without it");
      }
    }
    storage.delete(commitFile(token));
    storage.delete(from.path());
    storage.deleteOne(work.path());
  }

  /** Removes a file, and the folders that it leaves empty. */
  private void remove(String name) throws IOException {
    Path file = place.child(name).path();
    storage.delete(file);
    if (name.contains("/")) {
      String folder = name.substring(0, name.lastIndexOf('/'));
      while (storage.deleteOne(place.child(folder).path()) && folder.contains("/")) {
        folder = folder.substring(0, folder.lastIndexOf('/'));
      }
    }
  }

  /** Files that are in place or on the way there. */
  public final class View {
    private final String token;
    private final Set<String> moving;

    private View(String token, Set<String> moving) {
      this.token = token;
      this.moving = moving;
    }

    /**
     * Where a file is; it may be moved during the search, and is then found through another view.
     */
    public Path file(String name) throws IOException {
      Path target = place.child(name).path();
      if (!moving.contains(name)) {
        return target;
      }
      Path source = work.child(token).child(name).path();
      return storage.exists(source) ? source : target;
    }

    /** Whether files are still being moved. */
    public boolean isMoving() {
      return !moving.isEmpty();
    }
  }

  /** What the folder holds now, for a reader that must not write. */
  public View view() throws IOException {
    for (FileStatus status : storage.list(work.path())) {
      String name = status.getPath().getName();
      if (name.endsWith(SUFFIX)) {
        String token = name.substring(0, name.length() - SUFFIX.length());
        try {
          FileList list = Sealed.read(storage, commitFile(token), FileList.class);
          return new View(token, Set.copyOf(list.names()));
        } catch (Sealed.TornException e) {
          // no commit
        }
      }
    }
    return new View("", Set.of());
  }

  /**
   * Completes what a dead run had committed, if anything; for readers, which take the lock only if
   * they must.
   */
  public static void settle(Location place, String last, Consumer<String> notices) {
    CommittedFolder folder = new CommittedFolder(place, last);
    try {
      if (!folder.view().isMoving()) {
        return;
      }
      try (RunLock lock = RunLock.take(place, notices, RunLock.Timing.USUAL)) {
        lock.check();
        folder.recover();
      }
    } catch (IOException e) {
      throw new StorageException(
          "what a run wrote to " + place + " cannot be moved into place: " + FirstLine.of(e), e);
    }
  }

  /** A failure of a draft, and what it means for the old files. */
  public StorageException failure(String what, Draft draft, IOException e) {
    return new StorageException(
        (draft.isCommitted()
                ? what + " is written, and could not be put in its place " + place
                : what + " cannot be written to " + place)
            + ": "
            + FirstLine.of(e)
            + (draft.isCommitted() ? "; the next run there does so" : ""),
        e);
  }
}
