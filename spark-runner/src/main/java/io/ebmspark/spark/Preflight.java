package io.ebmspark.spark;

import io.ebmspark.core.engine.NativeEngine;
import io.ebmspark.core.engine.NativeLibraryException;
import io.ebmspark.core.engine.Processor;
import io.ebmspark.core.failure.EbmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.storage.BlockManagerId;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;

/**
 * What a run does before it reads a row: the driver and every executor load libtorch, and open the
 * GPU that Spark gives their tasks. A machine that cannot ends the run with a sentence that names
 * it, rather than with the first step's failure after an hour of loading.
 *
 * <p>An executor is asked once an application. One that joins later loads libtorch in its first
 * task, which fails with the same sentence.
 */
public final class Preflight {
  /** Executors that were found able, of this process's applications. */
  private static final Set<String> ABLE = ConcurrentHashMap.newKeySet();

  private Preflight() {}

  /**
   * An executor's answer.
   *
   * @param platform its Java and kind of processor
   * @param problem why it cannot compute; null if it can
   */
  record Answer(String executor, String host, String platform, @Nullable String problem) {
    /** Spark's Kryo cannot make a record. */
    String[] sent() {
      return new String[] {executor, host, platform, problem};
    }

    static Answer of(String[] sent) {
      return new Answer(sent[0], sent[1], sent[2], sent[3]);
    }
  }

  /** A task that answers for the executor it runs on. */
  private static final class Question implements Function<String, String[]> {
    private static final long serialVersionUID = 1;

    @Override
    public String[] call(String place) {
      String problem = null;
      try {
        NativeEngine.load(TaskDevice.current());
      } catch (EbmException e) {
        problem = e.getMessage();
      }
      BlockManagerId here = SparkEnv.get().blockManager().blockManagerId();
      return new Answer(here.executorId(), here.host(), platform(), problem).sent();
    }
  }

  /**
   * Checks the driver, and the executors that were not checked before.
   *
   * @param notice told where executors are other machines than the driver in a way that shows in
   *     last bits
   * @return the machines that were asked, with their Java and kind
   * @throws NativeLibraryException if a machine cannot compute, with what to change
   * @throws io.ebmspark.core.settings.BadSettingException if tasks would share a GPU
   */
  public static List<String> check(SparkContext context, Consumer<String> notice) {
    TaskDevice.check(context.getConf());
    NativeEngine.load();
    List<String> machines = new ArrayList<>();
    machines.add("the driver, " + platform());
    if (context.isLocal()) {
      return machines;
    }
    List<BlockManagerId> executors = executors(context);
    String prefix = context.applicationId() + "/";
    List<String> places = new ArrayList<>();
    for (BlockManagerId executor : executors) {
      if (!ABLE.contains(prefix + executor.executorId())) {
        places.add("executor_" + executor.host() + "_" + executor.executorId());
      }
    }
    if (executors.isEmpty()) {
      places.add(""); // whoever comes first
    }
    if (!places.isEmpty()) {
      List<Answer> answers = ask(context, places);
      judge(answers, platform(), notice);
      for (Answer answer : answers) {
        ABLE.add(prefix + answer.executor());
        machines.add(
            "executor " + answer.executor() + " on " + answer.host() + ", " + answer.platform());
      }
    }
    return machines;
  }

  private static List<BlockManagerId> executors(SparkContext context) {
    return CollectionConverters.asJava(
            context.env().blockManager().master().getMemoryStatus().keySet())
        .stream()
        .filter(id -> !id.isDriver())
        .toList();
  }

  private static List<Answer> ask(SparkContext context, List<String> places) {
    List<Tuple2<String, Seq<String>>> tasks = new ArrayList<>();
    for (String place : places) {
      List<String> wanted = place.isEmpty() ? List.of() : List.of(place);
      tasks.add(new Tuple2<>(place, CollectionConverters.asScala(wanted).toSeq()));
    }
    ClassTag<String> tag = ClassTag.apply(String.class);
    context.setJobDescription("checking the executors");
    try {
      return JavaRDD.fromRDD(context.makeRDD(CollectionConverters.asScala(tasks).toSeq(), tag), tag)
          .map(new Question())
          .collect()
          .stream()
          .map(Answer::of)
          .toList();
    } catch (Exception e) { // Scala declares no checked exceptions.
      // What Java says of a class that it does not have, and what Scala makes of that.
      String message = String.valueOf(e.getMessage());
      if (message.contains(Question.class.getName()) || message.contains("SerializedLambda")) {
        throw new NativeLibraryException(
            "the executors do not have the application's jar; name it in spark.jars, or put it into"
                + " spark.executor.extraClassPath on every machine",
            e);
      }
      throw e;
    } finally {
      context.setJobDescription(null);
    }
  }

  /** Ends the run if an executor cannot compute. */
  static void judge(List<Answer> answers, String driver, Consumer<String> notice) {
    List<String> problems = new ArrayList<>();
    Set<String> others = new TreeSet<>();
    for (Answer answer : answers) {
      if (answer.problem() != null) {
        problems.add(answer.problem());
      } else if (!answer.platform().equals(driver)) {
        others.add(answer.host() + " has " + answer.platform());
      }
    }
    if (!problems.isEmpty()) {
      String all =
          problems.size() == 1
              ? ""
              : " (the first of " + problems.size() + " executors that cannot compute)";
      throw new NativeLibraryException(problems.get(0) + all, null);
    }
    if (!others.isEmpty()) {
      notice.accept(
          "the driver has "
              + driver
              + ", and "
              + String.join(", ", others)
              + ": the same bits are only promised on machines that are alike, or told to compute"
              + " alike (docs/clusters.md)");
    }
  }

  private static String platform() {
    return "Java " + Runtime.version().feature() + " on " + Processor.kind();
  }
}
