package io.ebmspark.spark;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the tasks of one process share, made on first use: opened models, parsed settings. Spark has
 * no place for it: a broadcast is data, and what is made from it may hold native memory to free.
 *
 * <p>A value is lent to one task after another. It is closed once it is {@linkplain #release
 * released} and no longer lent, and, since executors do not hear of a release, once nobody has used
 * it for a minute; a later user makes it again.
 */
public final class ProcessCache {
  private static final long IDLE_SECONDS = 60;

  private static final Map<String, Entry> ENTRIES = new HashMap<>();
  private static final ScheduledThreadPoolExecutor CLOCK = clock();

  private ProcessCache() {}

  /** A value in the cache, made by the first to ask while others wait. */
  private static final class Entry {
    private final String id;
    private int leases;
    private long returned;
    private boolean released;
    private @Nullable Object value;

    Entry(String id) {
      this.id = id;
    }

    synchronized Object value(Supplier<?> make) {
      Object known = value;
      if (known == null) {
        known = make.get();
        value = known;
      }
      return known;
    }

    synchronized void free() {
      if (value instanceof AutoCloseable open) {
        try {
          open.close();
        } catch (Exception e) {
          throw new IllegalStateException(id + " cannot be closed", e);
        }
      }
      value = null;
    }
  }

  /** The use of a value; close it when done. */
  public static final class Lease<T> implements AutoCloseable {
    private final Entry entry;
    private final T value;
    private boolean returned;

    private Lease(Entry entry, T value) {
      this.entry = entry;
      this.value = value;
    }

    /** The value, good until this lease is closed. */
    public T value() {
      return value;
    }

    @Override
    public void close() {
      if (!returned) {
        returned = true;
        giveBack(entry);
      }
    }
  }

  /**
   * Lends this process's value for an id.
   *
   * @param id tells values apart across the whole application
   * @param make makes it where this process has none; if the value is {@link AutoCloseable}, it is
   *     closed at the end
   */
  @SuppressWarnings("unchecked") // one id is always made by one kind of supplier
  public static <T> Lease<T> lease(String id, Supplier<T> make) {
    Entry entry;
    synchronized (ENTRIES) {
      entry = ENTRIES.computeIfAbsent(id, Entry::new);
      entry.leases++;
    }
    try {
      return new Lease<>(entry, (T) entry.value(make));
    } catch (RuntimeException | Error e) {
      giveBack(entry);
      throw e;
    }
  }

  /** Releases a value: at once, or when the last borrower is done. */
  public static void release(String id) {
    Entry entry;
    synchronized (ENTRIES) {
      entry = ENTRIES.get(id);
      if (entry == null) {
        return;
      }
      entry.released = true;
      if (entry.leases > 0) {
        return;
      }
      ENTRIES.remove(id);
    }
    entry.free();
  }

  /** How many values this process holds. */
  public static int size() {
    synchronized (ENTRIES) {
      return ENTRIES.size();
    }
  }

  private static void giveBack(Entry entry) {
    synchronized (ENTRIES) {
      entry.leases--;
      entry.returned = System.nanoTime();
      if (entry.leases > 0) {
        return;
      }
      if (!entry.released) {
        var unused = CLOCK.schedule(() -> closeIfIdle(entry), IDLE_SECONDS, TimeUnit.SECONDS);
        return;
      }
      ENTRIES.remove(entry.id, entry);
    }
    entry.free();
  }

  private static void closeIfIdle(Entry entry) {
    synchronized (ENTRIES) {
      long idle = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - entry.returned);
      // One that has been used since is checked again later.
      if (entry.leases > 0 || idle < IDLE_SECONDS || !ENTRIES.remove(entry.id, entry)) {
        return;
      }
    }
    entry.free();
  }

  private static ScheduledThreadPoolExecutor clock() {
    return new ScheduledThreadPoolExecutor(
        1,
        work -> {
          Thread thread = new Thread(work, "ebm-process-cache");
          thread.setDaemon(true);
          return thread;
        });
  }
}
