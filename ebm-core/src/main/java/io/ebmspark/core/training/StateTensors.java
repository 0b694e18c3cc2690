package io.ebmspark.core.training;

import io.ebmspark.core.energy.Initializer;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The vectors of a {@link TrainingState} as named tensors of one file: the trained vector, its
 * average, the optimiser's moments, numbered from 0, and the chains.
 *
 * @param parameters length of the parameter vector
 * @param moments number of the optimiser's moment vectors
 * @param replay values in the replay buffer; 0 without one
 */
public record StateTensors(int parameters, int moments, int replay) {
  /** The tensors of a state. */
  public static StateTensors of(TrainingState state) {
    float[] replay = state.replay();
    return new StateTensors(
        state.parameters().length, state.moments().length, replay == null ? 0 : replay.length);
  }

  /** The size of the values, in a file or in memory. */
  public long bytes() {
    return Float.BYTES * ((2L + moments) * parameters + replay);
  }

  /** Names and lengths, in order. */
  public ParameterLayout layout() {
    List<Parameter> parts = new ArrayList<>();
    parts.add(vector("parameters", parameters));
    parts.add(vector("average", parameters));
    for (int i = 0; i < moments; i++) {
      parts.add(vector("moment" + i, parameters));
    }
    if (replay > 0) {
      parts.add(vector("replay", replay));
    }
    return ParameterLayout.of(parts);
  }

  private static Parameter vector(String name, int length) {
    return new Parameter(name, new long[] {length}, Initializer.constant(0));
  }

  /** The values of a state, tensor by tensor. */
  public float[] pack(TrainingState state) {
    float[] all = new float[layout().size()];
    int at = append(all, 0, state.parameters());
    at = append(all, at, state.average());
    for (float[] moment : state.moments()) {
      at = append(all, at, moment);
    }
    float[] chains = state.replay();
    if (chains != null) {
      append(all, at, chains);
    }
    return all;
  }

  private static int append(float[] all, int at, float[] part) {
    System.arraycopy(part, 0, all, at, part.length);
    return at + part.length;
  }

  /** The state from its packed values. */
  public TrainingState unpack(float[] all, long step, int rollbacks, long stepsBefore) {
    int n = parameters;
    float[][] vectors = new float[moments][];
    for (int i = 0; i < moments; i++) {
      vectors[i] = Arrays.copyOfRange(all, (2 + i) * n, (3 + i) * n);
    }
    return new TrainingState(
        Arrays.copyOf(all, n),
        Arrays.copyOfRange(all, n, 2 * n),
        vectors,
        replay == 0 ? null : Arrays.copyOfRange(all, (2 + moments) * n, all.length),
        step,
        rollbacks,
        stepsBefore);
  }
}
