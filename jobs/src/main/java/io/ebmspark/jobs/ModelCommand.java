package io.ebmspark.jobs;

import io.ebmspark.core.settings.SettingsWriter;
import io.ebmspark.spark.run.Job;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/**
 * A command that looks at a model, which may be named instead of a job file, or after it.
 *
 * @param <J> the job
 */
abstract class ModelCommand<J extends Record & Job> extends JobCommand<J> {
  private static final Pattern JOB_FILE = Pattern.compile(".*\\.(yaml|yml|json)");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "MODEL",
      description =
          "the model, where the job file names none or another; without a job file it comes first")
  @Nullable String model;

  ModelCommand(Class<J> type) {
    super(type);
  }

  /** What does not look like a job file is a model. */
  @Override
  J readJob() {
    String named = file;
    List<String> settings = new ArrayList<>(assignments);
    if (named != null && model == null && !JOB_FILE.matcher(named).matches()) {
      settings.add(0, setting(named));
      named = null;
    } else if (model != null) {
      settings.add(setting(model));
    }
    return read(named, settings);
  }

  /** Quoted, since a path is text whatever it looks like in YAML. */
  private static String setting(String path) {
    return "model=" + SettingsWriter.quoted(path);
  }
}
