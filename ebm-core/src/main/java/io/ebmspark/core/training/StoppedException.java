package io.ebmspark.core.training;

/** Training was asked to stop, and did so between two steps; its state is kept. */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StoppedException(long step) {
    super("stopped as asked after " + step + " steps; the same command goes on from there");
  }
}
