package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.List;

/** An energy on a grid over two features. */
public record Landscape(
    @Setting("lowest first feature") double left,
    @Setting("highest first feature") double right,
    @Setting("lowest second feature") double bottom,
    @Setting("highest second feature") double top,
    @Setting("columns of the grid") int columns,
    @Setting("energies, bottom row first, each row from left to right") List<Double> energies) {}
