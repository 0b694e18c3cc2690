package io.ebmspark.spark.checkpoint;

import io.ebmspark.core.data.Sha256;
import io.ebmspark.core.energy.Energy;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.core.training.TrainingSettings;
import io.ebmspark.core.training.TrainingState;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What identifies a run: only its own checkpoints are continued from. */
public record RunIdentity(
    @Setting("fingerprint of the rows") String rows,
    @Setting("SHA-256 of the columns, the row shape and the scaling") String features,
    @Setting("the energy, as JSON") String energy,
    @Setting("the training settings that must agree, as JSON") String training,
    @Setting(value = "share of all possible rows that is held out", defaultsTo = "0")
        double heldOut,
    @Setting("SHA-256 of the state it starts from; absent if freshly initialised")
        Optional<String> start) {
  /** The identity of a run that starts with fresh parameters. */
  public RunIdentity(String rows, String features, String energy, String training, double heldOut) {
    this(rows, features, energy, training, heldOut, Optional.empty());
  }

  /** The identity of a run that starts with fresh parameters. */
  public static RunIdentity of(ShardedTable table, Energy energy, TrainingSettings training) {
    return of(table, energy, training, Optional.empty());
  }

  /** The identity of a run. */
  public static RunIdentity of(
      ShardedTable table, Energy energy, TrainingSettings training, Optional<TrainingState> start) {
    String features =
        table.features().columns()
            + Arrays.toString(table.shape())
            + Arrays.toString(table.scaling().offset())
            + Arrays.toString(table.scaling().scale())
            + table.heldOutFrom().map(from -> "held out " + from).orElse("");
    return new RunIdentity(
        table.fingerprint(),
        Sha256.hex(features.getBytes(StandardCharsets.UTF_8)),
        SettingsWriter.toJson(new Held(energy)),
        SettingsWriter.toJson(training.comparable()),
        table.heldOutShare(),
        start.map(TrainingState::digest));
  }

  private record Held(@Setting("the energy") Energy energy) {}

  /**
   * How this run differs from another, in words; empty if they are the same.
   *
   * <p>Settings are compared by their present meaning: a release that renames one, or adds one with
   * a default, still recognises runs of the release before.
   */
  List<String> differences(RunIdentity other) {
    List<String> differences = new ArrayList<>();
    if (!rows.equals(other.rows)) {
      differences.add("the rows");
    }
    if (!features.equals(other.features)) {
      differences.add("the columns or their scaling");
    }
    if (!energy.equals(other.energy) && !energy.equals(other.energyToday())) {
      differences.add("the energy");
    }
    if (!training.equals(other.training) && !training.equals(other.trainingToday())) {
      differences.add("the training settings");
    }
    if (heldOut != other.heldOut) {
      differences.add("the rows held out (data.holdOut)");
    }
    if (!start.equals(other.start)) {
      differences.add("the weights it starts with");
    }
    return differences;
  }

  private String energyToday() {
    return today(() -> SettingsWriter.toJson(bind("energy", energy, Held.class)));
  }

  private String trainingToday() {
    return today(
        () ->
            SettingsWriter.toJson(bind("training", training, TrainingSettings.class).comparable()));
  }

  private static <R extends Record> R bind(String name, String json, Class<R> type) {
    return SettingsBinder.bind(SettingsTree.parse(name, json), type);
  }

  /** Empty, and so unlike any settings, if they can no longer be read. */
  private static String today(Supplier<String> text) {
    try {
      return text.get();
    } catch (SettingsException e) {
      return "";
    }
  }
}
