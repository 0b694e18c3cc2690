package io.ebmspark.spark.report;

import io.ebmspark.spark.record.Landscape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lines of equal energy over a grid, by marching squares. */
record Contours(Landscape landscape, Axis x, Axis y) {
  /** Levels that divide the finite energies of the grid into this many equal areas. */
  List<Double> levels(int areas) {
    double[] sorted =
        landscape.energies().stream()
            .mapToDouble(Double::doubleValue)
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    List<Double> levels = new ArrayList<>();
    for (int i = 1; i < areas && sorted.length > 0; i++) {
      double level = sorted[(int) ((long) sorted.length * i / areas)];
      if (levels.isEmpty() || level > levels.get(levels.size() - 1)) {
        levels.add(level);
      }
    }
    return levels;
  }

  /** The region above a level, as one SVG path. */
  String above(double level) {
    int columns = landscape.columns();
    int rows = landscape.energies().size() / columns;
    StringBuilder path = new StringBuilder();
    for (int row = 0; row + 1 < rows; row++) {
      int run = -1;
      for (int column = 0; column + 1 < columns; column++) {
        boolean whole = corners(row, column, level) == 4;
        if (whole && run < 0) {
          run = column;
        }
        if (run >= 0 && (!whole || column + 2 == columns)) {
          band(path, row, run, whole ? column + 1 : column);
          run = -1;
        }
        if (!whole && corners(row, column, level) > 0) {
          cell(path, row, column, level);
        }
      }
    }
    return path.toString();
  }

  private int corners(int row, int column, double level) {
    int above = 0;
    for (int corner = 0; corner < 4; corner++) {
      above += at(row, column, corner) >= level ? 1 : 0;
    }
    return above;
  }

  private void band(StringBuilder path, int row, int from, int to) {
    path.append('M').append(place(from, row)).append('H').append(Shape.number(across(to)));
    path.append('V').append(Shape.number(up(row + 1)));
    path.append('H').append(Shape.number(across(from))).append('z');
  }

  /**
   * The part of a cell above the level: its high corners and the points where its sides cross the
   * level.
   */
  private void cell(StringBuilder path, int row, int column, double level) {
    char command = 'M';
    for (int corner = 0; corner < 4; corner++) {
      double here = at(row, column, corner);
      double next = at(row, column, (corner + 1) % 4);
      if (here >= level) {
        path.append(command).append(place(column + dx(corner), row + dy(corner)));
        command = 'L';
      }
      if (here >= level != next >= level) {
        double way = (level - here) / (next - here);
        double share = Double.isFinite(way) ? Math.min(1, Math.max(0, way)) : .5;
        int after = (corner + 1) % 4;
        path.append(command);
        path.append(
            place(
                column + dx(corner) + share * (dx(after) - dx(corner)),
                row + dy(corner) + share * (dy(after) - dy(corner))));
        command = 'L';
      }
    }
    path.append('z');
  }

  private double at(int row, int column, int corner) {
    double energy =
        landscape.energies().get((row + dy(corner)) * landscape.columns() + column + dx(corner));
    return Double.isNaN(energy) ? Double.POSITIVE_INFINITY : energy;
  }

  private static int dx(int corner) {
    return corner == 1 || corner == 2 ? 1 : 0;
  }

  private static int dy(int corner) {
    return corner / 2;
  }

  private String place(double column, double row) {
    return Shape.number(across(column)) + " " + Shape.number(up(row));
  }

  private double across(double column) {
    double share = column / (landscape.columns() - 1);
    return x.at(landscape.left() + share * (landscape.right() - landscape.left()));
  }

  private double up(double row) {
    int rows = landscape.energies().size() / landscape.columns();
    double share = row / (rows - 1);
    return y.at(landscape.bottom() + share * (landscape.top() - landscape.bottom()));
  }

  /** Energies at no more than this many points per side, for a table. */
  List<List<String>> table(int most) {
    int columns = landscape.columns();
    int rows = landscape.energies().size() / columns;
    int[] shown = Spaced.places(columns, most);
    List<List<String>> table = new ArrayList<>();
    for (int row : Spaced.places(rows, most)) {
      List<String> cells = new ArrayList<>();
      double share = rows == 1 ? 0 : row / (double) (rows - 1);
      cells.add(Numbers.of(landscape.bottom() + share * (landscape.top() - landscape.bottom())));
      Arrays.stream(shown)
          .mapToObj(column -> Numbers.of(landscape.energies().get(row * columns + column)))
          .forEach(cells::add);
      table.add(cells);
    }
    return table;
  }

  /** The first feature's values at the columns of {@link #table}. */
  List<String> titles(int most) {
    int columns = landscape.columns();
    return Arrays.stream(Spaced.places(columns, most))
        .mapToDouble(column -> columns == 1 ? 0 : column / (double) (columns - 1))
        .mapToObj(
            share -> Numbers.of(landscape.left() + share * (landscape.right() - landscape.left())))
        .toList();
  }
}
