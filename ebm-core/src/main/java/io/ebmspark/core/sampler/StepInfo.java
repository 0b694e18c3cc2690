package io.ebmspark.core.sampler;

import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.engine.TensorScope;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a sampler reports about one step or several: what it knows anyway, and nothing more.
 *
 * @param accepted (chains) how many of the steps' proposals each chain took; empty where a sampler
 *     takes them all
 * @param energy (chains) the energy where each chain is now; empty where a step does not need it
 */
public record StepInfo(Optional<Tensor> accepted, Optional<Tensor> energy) {
  /** Nothing to report. */
  public static final StepInfo NONE = new StepInfo(Optional.empty(), Optional.empty());

  /** What a step that may reject reports. */
  public static StepInfo of(Tensor accepted, Tensor energy) {
    return new StepInfo(Optional.of(accepted), Optional.of(energy));
  }

  /** The report on these steps and those that followed. */
  StepInfo then(StepInfo next) {
    return new StepInfo(
        accepted.isPresent() && next.accepted.isPresent()
            ? Optional.of(next.accepted.get().add(accepted.get()))
            : next.accepted.or(() -> accepted),
        next.energy);
  }

  StepInfo moveTo(TensorScope scope) {
    return new StepInfo(
        accepted.map(tensor -> tensor.moveTo(scope)), energy.map(tensor -> tensor.moveTo(scope)));
  }

  List<Tensor> tensors() {
    return Stream.of(accepted, energy).flatMap(Optional::stream).toList();
  }
}
