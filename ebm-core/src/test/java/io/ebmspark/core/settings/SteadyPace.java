package io.ebmspark.core.settings;

/** A kind that was {@code even} and then {@code constant-speed}, with a setting {@code v}. */
@FormerNames({"even", "constant-speed"})
record SteadyPace(
    @Setting("metres a second") @FormerNames({"v", "velocity"}) double speed,
    @Setting(value = "which foot is first", defaultsTo = "left") Foot first)
    implements Pace {
  /** Feet, of which one was misspelt. */
  enum Foot {
    LEFT,
    @FormerNames("rihgt")
    RIGHT
  }

  SteadyPace {
    Check.positive("speed", speed);
  }
}
