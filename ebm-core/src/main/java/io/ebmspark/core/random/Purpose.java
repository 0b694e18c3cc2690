package io.ebmspark.core.random;

/**
 * What random numbers are drawn for: part of their address, so that two uses never share a number.
 * The codes are part of a saved run's reproducibility and are never changed or reused.
 */
public enum Purpose {
  /** First values of parameters. */
  INITIALISATION(1),
  /** The order of the rows in an epoch. */
  EPOCH_ORDER(2),
  /** Noise inside a training chain. */
  CHAIN_NOISE(3),
  /** Where a training chain starts. */
  CHAIN_START(4),
  /** Which slots of the replay buffer a step draws. */
  REPLAY_DRAW(5),
  /** Which of the drawn chains restart. */
  REPLAY_RESTART(6),
  /** Noise added to data. */
  DATA_NOISE(7),
  /** Probe directions of score matching. */
  PROBE(8),
  /** Noise inside a chain that draws samples. */
  SAMPLING(9),
  /** Where a chain that draws samples starts. */
  SAMPLING_START(10),
  /** Evaluation of a trained model. */
  EVALUATION(11),
  /** Checks before training. */
  CHECK(12),
  /** Data sets that are made, not read. */
  SYNTHETIC_DATA(13),
  /** Which noise level a row of denoising gets. */
  NOISE_LEVEL(14),
  /** The perturbed rows that energy discrepancy holds rows against. */
  NEGATIVES(15);

  private final int code;

  Purpose(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
