package io.ebmspark.core.engine;

/** A gradient was asked for where no differentiable path leads from the inputs to the output. */
public final class NotDifferentiableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotDifferentiableException(String message) {
    super(message);
  }
}
