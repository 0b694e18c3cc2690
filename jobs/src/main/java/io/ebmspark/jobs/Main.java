package io.ebmspark.jobs;

import io.ebmspark.core.failure.EbmException;
import io.ebmspark.spark.log.QuietLogs;
import io.ebmspark.spark.run.TrainingRun;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command line, the same under {@code scripts/ebm} and {@code spark-submit}. */
@Command(
    name = "ebm",
    description = "Energy-based models on Spark: train, score, sample, evaluate.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      TrainCommand.class,
      ScoreCommand.class,
      SampleCommand.class,
      EvaluateCommand.class,
      RetrainCommand.class,
      DriftCommand.class,
      DescribeCommand.class,
      ExportCommand.class,
      ListCommand.class,
      HistoryCommand.class,
      PromoteCommand.class,
      RollbackCommand.class,
      RegisterCommand.class,
      PreflightCommand.class
    },
    footer = {
      "%nExit codes: 0 done, 2 bad settings, 3 bad data, 4 diverged, 5 another run holds the output,",
      "6 a gate refused the candidate, 7 a check refused the rows, 75 storage full or",
      "unreachable (try again later), 143 stopped by a signal, 1 anything else.",
      "`ebm COMMAND --help` shows a command's options and examples."
    })
public final class Main {
  @Option(
      names = "--stacktrace",
      description = "show where a failure came from",
      scope = ScopeType.INHERIT)
  boolean stackTrace;

  private Main() {}

  /** Runs a command; exits with its code if it failed. */
  public static void main(String[] arguments) {
    int code = run(arguments);
    if (code != 0) {
      // On success returning is enough, and YARN takes an early exit as a failure.
      System.exit(code);
    }
  }

  /** Runs a command and returns its exit code. */
  static int run(String... arguments) {
    Main main = new Main();
    CommandLine line = new CommandLine(main);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionStrategy(
        parsed -> {
          // A system property that starts with spark. is a setting of the session that follows.
          System.setProperty(Sessions.SHOW_ALL, String.valueOf(main.stackTrace));
          if (main.stackTrace) {
            QuietLogs.off();
          } else {
            QuietLogs.on(System.getProperty("spark.log.level", ""));
          }
          try {
            ClusterDriver.prepare();
          } catch (EbmException e) {
            return main.failed(e, line);
          }
          return new CommandLine.RunLast().execute(parsed);
        });
    line.setParameterExceptionHandler(
        (e, args) -> {
          PrintWriter err = e.getCommandLine().getErr();
          err.println("ebm: " + e.getMessage());
          CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
          err.println("`ebm " + name(e.getCommandLine()) + "--help` shows what there is");
          return ExitCode.BAD_SETTINGS.code();
        });
    line.setExecutionExceptionHandler((e, command, parsed) -> main.failed(e, command));
    return line.execute(arguments);
  }

  /** Says what is wrong, and returns the exit code. */
  private int failed(Exception failure, CommandLine command) {
    ExitCode.message(failure).lines().forEach(text -> command.getErr().println("ebm: " + text));
    if (stackTrace) {
      failure.printStackTrace(command.getErr());
    }
    return ExitCode.of(failure).code();
  }

  private static String name(CommandLine command) {
    return command.getParent() == null ? "" : command.getCommandName() + " ";
  }

  /** The version of this build. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"ebm-on-spark " + TrainingRun.version()};
    }
  }
}
