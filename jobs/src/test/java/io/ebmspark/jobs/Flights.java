package io.ebmspark.jobs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;

/** The shipped table of flights, day by day, as a growing folder of files. */
final class Flights {
  static final List<String> FEATURES =
      List.of("departure", "departure_delay", "arrival_delay", "air_time", "distance", "airport");

  /** Days that no night trains on. */
  static final int FIRST_TEST_DAY = 96;

  private final String header;
  private final TreeMap<Integer, List<String>> days = new TreeMap<>();

  private Flights(String header) {
    this.header = header;
  }

  static Flights read() throws IOException {
    Path file = Path.of("..", "examples", "data", "flights.csv.gz");
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      Flights flights = new Flights(in.readLine());
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        int day = Integer.parseInt(line.substring(0, line.indexOf(',')));
        flights.days.computeIfAbsent(day, key -> new ArrayList<>()).add(line);
      }
      return flights;
    }
  }

  /** Writes one day, its cells changed. */
  void write(Path folder, int day, UnaryOperator<String[]> change) throws IOException {
    List<String> lines = new ArrayList<>(List.of(header));
    for (String line : days.get(day)) {
      lines.add(String.join(",", change.apply(line.split(",", -1))));
    }
    Files.createDirectories(folder);
    Files.write(file(folder, day), lines);
  }

  /** Writes a range of days as they are. */
  void write(Path folder, int first, int last) throws IOException {
    for (int day = first; day <= last; day++) {
      write(folder, day, UnaryOperator.identity());
    }
  }

  static Path file(Path folder, int day) {
    return folder.resolve("day-%03d.csv".formatted(day));
  }

  /** Complete flights of the test days, six numbers each. */
  List<double[]> test() {
    return days.tailMap(FIRST_TEST_DAY).values().stream()
        .flatMap(List::stream)
        .map(line -> line.split(",", -1))
        .filter(cells -> List.of(cells).stream().noneMatch(String::isEmpty))
        .map(
            cells -> {
              double[] row = new double[FEATURES.size()];
              for (int i = 0; i < row.length; i++) {
                row[i] = Double.parseDouble(cells[i + 1]);
              }
              return row;
            })
        .toList();
  }

  /** Made-up flights: the air time and the arrival delay are another flight's. */
  static List<double[]> corrupted(List<double[]> rows) {
    Random random = new Random(1);
    List<double[]> corrupted = new ArrayList<>();
    for (double[] row : rows) {
      double[] other = rows.get(random.nextInt(rows.size()));
      double[] mixed = row.clone();
      mixed[2] = other[2];
      mixed[3] = other[3];
      corrupted.add(mixed);
    }
    return corrupted;
  }
}
