package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.Optional;

/** Training at one step. */
public record CurvePoint(
    @Setting("step, counted from 0") long step,
    @Setting("loss") double loss,
    @Setting("mean energy of the batch") Optional<Double> dataEnergy,
    @Setting("mean energy of the chains' end points") Optional<Double> sampleEnergy,
    @Setting("norm of the gradient") double gradientNorm,
    @Setting("learning rate") double learningRate,
    @Setting("rows per second") double rowsPerSecond) {}
