package io.ebmspark.jobs;

import io.ebmspark.core.failure.EbmException;
import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.spark.log.QuietLogs;
import io.ebmspark.spark.run.Versions;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
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
      "`ebm COMMAND --help` shows a command's options and examples.",
      "`ebm COMMAND ... then COMMAND ...` runs the second if the first is done, in one session."
    })
public final class Main {
  /** Between two commands. */
  private static final String THEN = "then";

  /** Of Spark 4.1; scripts/check-java must know it as well, before this is built. */
  private static final int NEWEST_JAVA = 21;

  @Option(
      names = "--stacktrace",
      description = "show where a failure came from",
      scope = ScopeType.INHERIT)
  boolean stackTrace;

  private Main() {}

  /** Runs commands; exits with the code of one that failed. */
  public static void main(String[] arguments) {
    int code = run(arguments);
    if (code != 0) {
      // On success returning is enough, and YARN takes an early exit as a failure.
      System.exit(code);
    }
  }

  /**
   * Runs a command, or several with {@code then} between them: each if the one before ended with 0,
   * all in one session, and none if one of them is wrong.
   *
   * @return the exit code of the last that ran
   */
  static int run(String... arguments) {
    List<String[]> commands = split(arguments);
    return commands.size() == 1
        ? execute(commands.get(0), new CommandLine.RunLast())
        : Sessions.share(() -> runAll(commands));
  }

  private static List<String[]> split(String[] arguments) {
    List<String[]> commands = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i <= arguments.length; i++) {
      if (i == arguments.length || arguments[i].equals(THEN)) {
        commands.add(Arrays.copyOfRange(arguments, begin, i));
        begin = i + 1;
      }
    }
    return commands;
  }

  private static int runAll(List<String[]> commands) {
    for (String[] command : commands) {
      int code = execute(command, Main::check);
      if (code != 0) {
        return code;
      }
    }
    for (int i = 0; i < commands.size(); i++) {
      int code = execute(commands.get(i), new CommandLine.RunLast());
      if (code != 0) {
        commands.stream().skip(i + 1).forEach(Main::sayNotRun);
        return code;
      }
    }
    return 0;
  }

  /** Names a command, without its settings, which may hold secrets. */
  private static void sayNotRun(String[] command) {
    Arrays.stream(command)
        .filter(word -> !word.startsWith("-"))
        .findFirst()
        .ifPresent(name -> System.err.println("ebm: " + name + " was not run"));
  }

  /** Reads a command's job without running it. */
  private static int check(ParseResult parsed) {
    List<CommandLine> named = parsed.asCommandLineList();
    CommandLine command = named.get(named.size() - 1);
    if (command.getParent() == null) {
      throw new BadSettingException(THEN, "stands between two commands; one of them is missing");
    }
    if (command.getCommand() instanceof JobCommand<?> job && !command.isUsageHelpRequested()) {
      job.readJob();
    }
    return 0;
  }

  /** A newer Java than Spark knows of fails somewhere in Hadoop, with a sentence about nothing. */
  static void checkJava(int version) {
    if (version > NEWEST_JAVA) {
      throw new BadSettingException(
          "JAVA_HOME",
          "needs to be that of a JDK 17 (or 21), and this is Java "
              + version
              + " at "
              + System.getProperty("java.home")
              + "; install a JDK 17 and set it to its folder");
    }
  }

  /** Parses a command and has it executed; what goes wrong is said, and becomes the exit code. */
  private static int execute(String[] arguments, IExecutionStrategy strategy) {
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
            checkJava(Runtime.version().feature());
            ClusterDriver.prepare();
            return strategy.execute(parsed);
          } catch (EbmException | Error e) {
            // Of errors picocli makes no exit code: a class that a jar lacks, memory used up.
            return main.failed(e, line);
          }
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
  private int failed(Throwable failure, CommandLine command) {
    ExitCode.message(failure)
        .lines()
        .forEach(text -> command.getErr().println("ebm: " + Printable.of(text)));
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
      return new String[] {"ebm-on-spark " + Versions.ofThisBuild()};
    }
  }
}
