package io.ebmspark.jobs;

import io.ebmspark.core.energy.UnfitEnergyException;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.FirstLine;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.training.DivergedException;
import io.ebmspark.core.training.StoppedException;
import io.ebmspark.spark.checkpoint.LockedException;
import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.model.ModelException;

/** What a job ends with. */
enum ExitCode {
  DONE(0),
  FAILED(1),
  BAD_SETTINGS(2),
  BAD_DATA(3),
  DIVERGED(4),
  HELD(5),
  STOPPED(143);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /** The code for what a job threw. */
  static ExitCode of(Throwable failure) {
    if (failure instanceof SettingsException
        || failure instanceof BadSettingException
        || failure instanceof UnfitEnergyException
        || failure instanceof ModelException) {
      return BAD_SETTINGS;
    } else if (failure instanceof DivergedException) {
      return DIVERGED;
    } else if (failure instanceof LockedException) {
      return HELD;
    } else if (failure instanceof StoppedException) {
      return STOPPED;
    }
    return DataException.inside(failure).isPresent() ? BAD_DATA : FAILED;
  }

  /** What to tell a person, in as few lines as it takes. */
  static String message(Throwable failure) {
    if (of(failure) == BAD_DATA) {
      return DataException.inside(failure).map(DataException::getMessage).orElse("");
    } else if (of(failure) != FAILED) {
      return String.valueOf(failure.getMessage());
    }
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getClass().getSimpleName()
        + ": "
        + FirstLine.of(root)
        + " (--stacktrace shows more)";
  }
}
