package io.ebmspark.core.training;

import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The vectors of a {@link TrainingState} as named tensors of one file: the trained vector, its
 * average, the optimiser's moments, numbered from 0, and the chains.
 *
 * <p>Where the loss is measured on validation rows, the state at which it was lowest follows, in
 * the same way under names with {@code best.}, and the rows' losses to improve on. Such a state has
 * no chains.
 *
 * @param parameters length of the parameter vector
 * @param moments number of the optimiser's moment vectors
 * @param replay values in the replay buffer; 0 without one
 * @param validation validation rows; 0 where there are none, or none were measured on yet
 */
public record StateTensors(int parameters, int moments, int replay, int validation) {
  /** The tensors of a state without validation. */
  public StateTensors(int parameters, int moments, int replay) {
    this(parameters, moments, replay, 0);
  }

  /** The tensors of a state. */
  public static StateTensors of(TrainingState state) {
    float[] replay = state.replay();
    ValidationProgress progress = state.validation();
    return new StateTensors(
        state.parameters().length,
        state.moments().length,
        replay == null ? 0 : replay.length,
        progress == null ? 0 : progress.reference().length);
  }

  /** The size of the values, in a file or in memory. */
  public long bytes() {
    int states = validation > 0 ? 2 : 1;
    return Float.BYTES * (states * (2L + moments) * parameters + replay + validation);
  }

  /** Names and lengths, in order. */
  public ParameterLayout layout() {
    List<Parameter> parts = new ArrayList<>();
    addState(parts, "");
    if (replay > 0) {
      parts.add(vector("replay", replay));
    }
    if (validation > 0) {
      addState(parts, "best.");
      parts.add(vector("validation", validation));
    }
    return ParameterLayout.of(parts);
  }

  private void addState(List<Parameter> parts, String prefix) {
    parts.add(vector(prefix + "parameters", parameters));
    parts.add(vector(prefix + "average", parameters));
    for (int i = 0; i < moments; i++) {
      parts.add(vector(prefix + "moment" + i, parameters));
    }
  }

  private static Parameter vector(String name, int length) {
    return new Parameter(name, new long[] {length}, Initializer.constant(0));
  }

  /** The values of a state, tensor by tensor. */
  public float[] pack(TrainingState state) {
    float[] all = new float[layout().size()];
    int at = append(all, 0, state);
    float[] chains = state.replay();
    if (chains != null) {
      at = append(all, at, chains);
    }
    ValidationProgress progress = state.validation();
    if (progress != null) {
      at = append(all, at, progress.best());
      append(all, at, progress.reference());
    }
    return all;
  }

  private static int append(float[] all, int from, TrainingState state) {
    int at = append(all, from, state.parameters());
    at = append(all, at, state.average());
    for (float[] moment : state.moments()) {
      at = append(all, at, moment);
    }
    return at;
  }

  private static int append(float[] all, int at, float[] part) {
    System.arraycopy(part, 0, all, at, part.length);
    return at + part.length;
  }

  /** The state whose values were packed, without how validation went. */
  public TrainingState unpack(float[] all, long step, int rollbacks, long stepsBefore) {
    float[] chains = replay == 0 ? null : Arrays.copyOfRange(all, vectors(), vectors() + replay);
    return state(all, 0, chains, step, rollbacks, stepsBefore);
  }

  /**
   * How validation went, where it was packed.
   *
   * @param state the state that was packed with it
   */
  public ValidationProgress unpackValidation(
      float[] all, TrainingState state, long bestStep, double loss, int sinceImprovement) {
    int from = vectors() + replay;
    return new ValidationProgress(
        state(all, from, null, bestStep, state.rollbacks(), state.stepsBefore()),
        loss,
        Arrays.copyOfRange(all, from + vectors(), all.length),
        sinceImprovement);
  }

  /** The values of a state's vectors, less its chains. */
  private int vectors() {
    return (2 + moments) * parameters;
  }

  private TrainingState state(
      float[] all,
      int from,
      float @Nullable [] chains,
      long step,
      int rollbacks,
      long stepsBefore) {
    float[][] vectors = new float[2 + moments][];
    for (int i = 0; i < vectors.length; i++) {
      int at = from + i * parameters;
      vectors[i] = Arrays.copyOfRange(all, at, at + parameters);
    }
    return new TrainingState(
        vectors[0],
        vectors[1],
        Arrays.copyOfRange(vectors, 2, vectors.length),
        chains,
        step,
        rollbacks,
        stepsBefore);
  }
}
