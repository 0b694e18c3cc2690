package io.ebmspark.spark.train;

import io.ebmspark.core.data.FloatArrays;
import io.ebmspark.core.training.StepRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/**
 * What a crew's members and the driver tell each other, as bytes: where Spark reads its messages it
 * does not know the classes of an application.
 */
final class CrewMessage {
  private CrewMessage() {}

  private interface Content {
    void write(ObjectOutputStream out) throws IOException;
  }

  private interface Reader<T> {
    T read(ObjectInputStream in) throws IOException, ClassNotFoundException;
  }

  private static byte[] bytes(long floats, Content content) {
    ByteArrayOutputStream bytes =
        new ByteArrayOutputStream((int) Math.min(1 << 30, 1024 + 4 * floats + floats / 32));
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      content.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static <T> T read(byte[] bytes, Reader<T> reader) {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return reader.read(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A member's answer, and its question what to do next.
   *
   * @param run its run of shards
   * @param executor the executor it runs on
   * @param order the number of the order it has worked on; −1 for none
   * @param totals of its shards and of others of its process; null if it has none, or another
   *     member of the process is to send them
   * @param missesRequest whether a request it was to share has not come
   */
  record Report(
      int run, String executor, long order, @Nullable RunTotals totals, boolean missesRequest) {
    static Report ready(int run, String executor) {
      return new Report(run, executor, -1, null, false);
    }

    /** Whether another member has its total of an order. */
    boolean hasHandedOver(long ofOrder) {
      return order == ofOrder && totals == null && !missesRequest;
    }

    byte[] toBytes() {
      RunTotals sent = totals;
      return bytes(
          sent == null ? 0 : sent.values(),
          out -> {
            out.writeInt(run);
            out.writeUTF(executor);
            out.writeLong(order);
            out.writeBoolean(missesRequest);
            out.writeBoolean(sent != null);
            if (sent != null) {
              sent.write(out);
            }
          });
    }

    static Report read(byte[] bytes) {
      return CrewMessage.read(
          bytes,
          in -> {
            int run = in.readInt();
            String executor = in.readUTF();
            long order = in.readLong();
            boolean missesRequest = in.readBoolean();
            RunTotals totals = in.readBoolean() ? RunTotals.read(in) : null;
            return new Report(run, executor, order, totals, missesRequest);
          });
    }
  }

  /**
   * What a member is to do.
   *
   * @param number counts the orders of a crew; negative to dismiss
   * @param request of the step; null if it comes another way
   * @param broadcast another order of this number, that has the request; null if another member of
   *     the process is sent it
   */
  record Order(long number, @Nullable StepRequest request, @Nullable Broadcast<byte[]> broadcast) {
    static final Order DISMISSAL = new Order(-1, null, null);

    boolean isDismissal() {
      return number < 0;
    }

    byte[] toBytes() {
      StepRequest sent = request;
      return bytes(
          sent == null ? 0 : sent.parameters().length,
          out -> {
            out.writeLong(number);
            out.writeObject(broadcast);
            out.writeBoolean(sent != null);
            if (sent != null) {
              out.writeLong(sent.step());
              out.writeLong(sent.seed());
              FloatArrays.write(out, sent.parameters());
              float[] starts = sent.chainStarts();
              out.writeBoolean(starts != null);
              if (starts != null) {
                FloatArrays.write(out, starts);
              }
            }
          });
    }

    @SuppressWarnings("unchecked") // what toBytes wrote
    static Order read(byte[] bytes) {
      return CrewMessage.read(
          bytes,
          in -> {
            long number = in.readLong();
            Broadcast<byte[]> broadcast = (Broadcast<byte[]>) in.readObject();
            if (!in.readBoolean()) {
              return new Order(number, null, broadcast);
            }
            long step = in.readLong();
            long seed = in.readLong();
            float[] parameters = FloatArrays.read(in);
            float[] starts = in.readBoolean() ? FloatArrays.read(in) : null;
            return new Order(number, new StepRequest(step, seed, parameters, starts), broadcast);
          });
    }
  }
}
