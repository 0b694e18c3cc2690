package io.ebmspark.spark.train;

import io.ebmspark.core.data.FloatArrays;
import io.ebmspark.core.training.StepRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a crew's members and the driver tell each other, as bytes: where Spark reads its messages it
 * does not know the classes of an application.
 */
final class CrewMessage {
  private CrewMessage() {}

  interface Content {
    void write(ObjectOutputStream out) throws IOException;
  }

  interface Reader<T> {
    T read(ObjectInputStream in) throws IOException, ClassNotFoundException;
  }

  static byte[] bytes(long floats, Content content) {
    ByteArrayOutputStream bytes =
        new ByteArrayOutputStream((int) Math.min(1 << 30, 1024 + 4 * floats + floats / 32));
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      content.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static <T> T read(byte[] bytes, Reader<T> reader) {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return reader.read(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void writeSlices(Map<Integer, float[]> slices, ObjectOutputStream out)
      throws IOException {
    out.writeInt(slices.size());
    for (Map.Entry<Integer, float[]> slice : slices.entrySet()) {
      out.writeInt(slice.getKey());
      FloatArrays.write(out, slice.getValue());
    }
  }

  private static Map<Integer, float[]> readSlices(ObjectInputStream in) throws IOException {
    Map<Integer, float[]> slices = new TreeMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      slices.put(in.readInt(), FloatArrays.read(in));
    }
    return slices;
  }

  private static void writeKept(List<SliceStore.Kept> kept, ObjectOutputStream out)
      throws IOException {
    out.writeInt(kept.size());
    for (SliceStore.Kept part : kept) {
      part.write(out);
    }
  }

  private static List<SliceStore.Kept> readKept(ObjectInputStream in) throws IOException {
    List<SliceStore.Kept> kept = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      kept.add(SliceStore.Kept.read(in));
    }
    return kept;
  }

  private static long floats(Map<Integer, float[]> slices) {
    return slices.values().stream().mapToLong(slice -> slice.length).sum();
  }

  /** What a member has to say. */
  enum Answer {
    /** It has just begun. */
    READY,
    /** Here are its totals, and those others of its process have left to it. */
    TOTALS,
    /** Another member of its process is to send its total. */
    HANDED_OVER,
    /** The request that it was to share with others of its process has not come. */
    MISSES_REQUEST,
    /** It keeps its slices of the parameters. */
    KEEPS_PARAMETERS,
    /** Here is what it was to join. */
    SLICES,
    /** A slice could not be fetched. */
    MISSES_SLICES
  }

  /**
   * A member's answer, and its question what to do next.
   *
   * @param run its run of shards
   * @param executor the executor it runs on
   * @param order the number of the order it has worked on; −1 for none
   * @param totals of its shards and of others of its process, without gradients if those are kept
   *     in slices
   * @param kept where they, or its slices of the parameters, are kept
   * @param slices what it has joined, by their numbers
   */
  record Report(
      int run,
      String executor,
      long order,
      Answer answer,
      @Nullable RunTotals totals,
      SliceStore.@Nullable Kept kept,
      Map<Integer, float[]> slices) {
    static Report of(int run, String executor, long order, Answer answer) {
      return new Report(run, executor, order, answer, null, null, Map.of());
    }

    Report with(RunTotals sent) {
      return new Report(run, executor, order, answer, sent, kept, slices);
    }

    Report with(SliceStore.Kept where) {
      return new Report(run, executor, order, answer, totals, where, slices);
    }

    Report with(Map<Integer, float[]> joined) {
      return new Report(run, executor, order, answer, totals, kept, joined);
    }

    byte[] toBytes() {
      return bytes(
          floats(slices) + (totals == null ? 0 : totals.values()),
          out -> {
            out.writeInt(run);
            out.writeUTF(executor);
            out.writeLong(order);
            out.writeUTF(answer.name());
            out.writeBoolean(totals != null);
            if (totals != null) {
              totals.write(out);
            }
            out.writeBoolean(kept != null);
            if (kept != null) {
              kept.write(out);
            }
            writeSlices(slices, out);
          });
    }

    static Report read(byte[] bytes) {
      return CrewMessage.read(
          bytes,
          in -> {
            int run = in.readInt();
            String executor = in.readUTF();
            long order = in.readLong();
            Answer answer = Answer.valueOf(in.readUTF());
            RunTotals totals = in.readBoolean() ? RunTotals.read(in) : null;
            SliceStore.Kept kept = in.readBoolean() ? SliceStore.Kept.read(in) : null;
            Map<Integer, float[]> slices = readSlices(in);
            return new Report(run, executor, order, answer, totals, kept, slices);
          });
    }
  }

  /**
   * A step to compute gradients for.
   *
   * @param request without parameters if they are to be fetched
   * @param parameters where each slice of them is kept; empty if the request has them. Totals are
   *     then to be kept in as many slices, and not to be sent.
   */
  record Work(StepRequest request, List<SliceStore.Kept> parameters) {
    /** The same work, with the parameters that have been fetched. */
    Work with(float[] vector) {
      StepRequest whole =
          new StepRequest(request.step(), request.seed(), vector, request.chainStarts());
      return new Work(whole, parameters);
    }

    private void write(ObjectOutputStream out) throws IOException {
      out.writeLong(request.step());
      out.writeLong(request.seed());
      FloatArrays.write(out, request.parameters());
      float[] starts = request.chainStarts();
      out.writeBoolean(starts != null);
      if (starts != null) {
        FloatArrays.write(out, starts);
      }
      writeKept(parameters, out);
    }

    private static Work read(ObjectInputStream in) throws IOException {
      long step = in.readLong();
      long seed = in.readLong();
      float[] vector = FloatArrays.read(in);
      float[] starts = in.readBoolean() ? FloatArrays.read(in) : null;
      return new Work(new StepRequest(step, seed, vector, starts), readKept(in));
    }
  }

  /**
   * Slices of the total over all shards that a member is to join.
   *
   * @param slices their numbers
   * @param kept where the slices of all runs are
   */
  record Joining(List<Integer> slices, List<SliceStore.Kept> kept) {
    private void write(ObjectOutputStream out) throws IOException {
      out.writeInt(slices.size());
      for (int slice : slices) {
        out.writeInt(slice);
      }
      writeKept(kept, out);
    }

    private static Joining read(ObjectInputStream in) throws IOException {
      List<Integer> slices = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        slices.add(in.readInt());
      }
      return new Joining(slices, readKept(in));
    }
  }

  /**
   * What a member is to do; one of what follows is not null, or its process is sent the request.
   *
   * @param number counts the orders of a crew, one for each step; negative to dismiss
   * @param work a step to compute gradients for
   * @param toKeep slices of the parameters for others to fetch, by their numbers
   * @param toJoin slices of totals
   */
  record Order(
      long number,
      @Nullable Work work,
      @Nullable Map<Integer, float[]> toKeep,
      @Nullable Joining toJoin) {
    static final Order DISMISSAL = new Order(-1, null, null, null);

    static Order toCompute(long number, Work work) {
      return new Order(number, work, null, null);
    }

    /** To compute gradients for the step that another member of the process is sent. */
    static Order toShare(long number) {
      return new Order(number, null, null, null);
    }

    static Order toKeep(long number, Map<Integer, float[]> slices) {
      return new Order(number, null, slices, null);
    }

    static Order toJoin(long number, Joining slices) {
      return new Order(number, null, null, slices);
    }

    boolean isDismissal() {
      return number < 0;
    }

    byte[] toBytes() {
      long floats = work == null ? 0 : work.request.parameters().length;
      return bytes(
          floats + (toKeep == null ? 0 : floats(toKeep)),
          out -> {
            out.writeLong(number);
            out.writeBoolean(work != null);
            if (work != null) {
              work.write(out);
            }
            out.writeBoolean(toKeep != null);
            if (toKeep != null) {
              writeSlices(toKeep, out);
            }
            out.writeBoolean(toJoin != null);
            if (toJoin != null) {
              toJoin.write(out);
            }
          });
    }

    static Order read(byte[] bytes) {
      return CrewMessage.read(
          bytes,
          in -> {
            long number = in.readLong();
            Work work = in.readBoolean() ? Work.read(in) : null;
            Map<Integer, float[]> toKeep = in.readBoolean() ? readSlices(in) : null;
            Joining toJoin = in.readBoolean() ? Joining.read(in) : null;
            return new Order(number, work, toKeep, toJoin);
          });
    }
  }
}
