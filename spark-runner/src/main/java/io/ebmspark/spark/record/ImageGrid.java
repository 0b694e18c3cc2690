package io.ebmspark.spark.record;

import io.ebmspark.core.settings.Setting;
import java.util.List;

/** Small grey images. */
public record ImageGrid(
    @Setting("height of each, in pixels") int height,
    @Setting("width of each, in pixels") int width,
    @Setting("images of data, each row by row, 0 (black) to 255") List<List<Integer>> data,
    @Setting("drawn images, likewise") List<List<Integer>> samples) {}
