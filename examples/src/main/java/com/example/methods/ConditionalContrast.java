package com.example.methods;

import io.ebmspark.core.energy.PreparedEnergy;
import io.ebmspark.core.engine.Tensor;
import io.ebmspark.core.objective.Batch;
import io.ebmspark.core.objective.Losses;
import io.ebmspark.core.objective.Objective;
import io.ebmspark.core.random.Purpose;
import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import java.util.Map;

/**
 * Conditional noise contrast (Ceylan and Gutmann 2018, equation 10), for noise that is as likely
 * one way as the other: {@code L = softplus(E(x) − E(x + s·ε))}, {@code ε ~ N(0, I)}. A row should
 * be likelier than its own noisy copy. T = 1, and no chain is run.
 */
public record ConditionalContrast(
    @Setting(value = "standard deviation s of the noise, in model units", defaultsTo = "0.3")
        double noise)
    implements Objective {
  public ConditionalContrast {
    Check.positive("noise", noise);
  }

  @Override
  public double temperature() {
    return 1;
  }

  @Override
  public Losses losses(PreparedEnergy energy, Batch batch) {
    Tensor x = batch.rows();
    Tensor copy = x.add(batch.noise(Purpose.DATA_NOISE).normals(x.scope(), 0, noise, x.shape()));
    Tensor ofData = energy.at(x);
    Tensor loss = ofData.sub(energy.at(copy)).softplus();
    return new Losses(loss, Map.of(Losses.DATA_ENERGY, ofData), null);
  }
}
