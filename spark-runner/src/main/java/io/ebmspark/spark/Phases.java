package io.ebmspark.spark;

import java.util.function.Supplier;

/** Times the parts of some work: each by itself, or one that begins where another ended. */
public final class Phases {
  private final Listener listener;
  private long ended = System.nanoTime();

  /** Hears of every part at its end. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called at the end of each part.
     *
     * @param phase what was done, such as {@code train} or {@code write}
     * @param seconds what it took
     */
    void onPhase(String phase, double seconds);
  }

  /** A part may begin now. */
  public Phases(Listener listener) {
    this.listener = listener;
  }

  /** Parts that nobody hears of. */
  public static Phases silent() {
    return new Phases((phase, seconds) -> {});
  }

  /** Does a part; one that fails is not told of. */
  public <T> T time(String phase, Supplier<T> work) {
    long started = System.nanoTime();
    T result = work.get();
    end(phase, started);
    return result;
  }

  /** Does a part. */
  public void time(String phase, Runnable work) {
    long started = System.nanoTime();
    work.run();
    end(phase, started);
  }

  /** Ends a part that began where the one before it ended. */
  public void end(String phase) {
    end(phase, ended);
  }

  private void end(String phase, long started) {
    long now = System.nanoTime();
    listener.onPhase(phase, (now - started) * 1e-9);
    ended = now;
  }
}
