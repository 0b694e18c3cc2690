package io.ebmspark.core.training;

import java.util.Optional;

/** Where the state of a run is kept, so that another process can continue from it. */
public interface Checkpoints {
  /** Keeps nothing. */
  Checkpoints NONE =
      new Checkpoints() {
        @Override
        public Optional<TrainingState> latest() {
          return Optional.empty();
        }

        @Override
        public void save(TrainingState state) {}
      };

  /** The newest state that can be read in full, as an independent copy. */
  Optional<TrainingState> latest();

  /** Saves a state; once this returns, it is safe. */
  void save(TrainingState state);
}
