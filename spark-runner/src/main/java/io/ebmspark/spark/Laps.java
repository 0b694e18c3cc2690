package io.ebmspark.spark;

/** A stopwatch over the parts of some work: a part begins where the one before it ended. */
public final class Laps {
  private final Listener listener;
  private long started = System.nanoTime();

  /** Hears of every part at its end. */
  @FunctionalInterface
  public interface Listener {
    /** Called with a part's name and the seconds it took. */
    void onLap(String name, double seconds);
  }

  /** Starts the first part. */
  public Laps(Listener listener) {
    this.listener = listener;
  }

  /** Laps that nobody hears of. */
  public static Laps silent() {
    return new Laps((name, seconds) -> {});
  }

  /** Ends a part, and starts the next. */
  public void end(String name) {
    long now = System.nanoTime();
    listener.onLap(name, (now - started) * 1e-9);
    started = now;
  }
}
