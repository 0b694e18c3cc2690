package io.ebmspark.core.data;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Arrays of floats as bytes, at the speed of copying: little-endian, their length before them. */
public final class FloatArrays {
  private static final int CHUNK = 1 << 14;

  private FloatArrays() {}

  /** Writes a length and that many floats. */
  public static void write(DataOutput out, float[] values) throws IOException {
    out.writeInt(values.length);
    byte[] chunk = new byte[Float.BYTES * Math.min(CHUNK, values.length)];
    FloatBuffer floats = floats(chunk);
    for (int from = 0; from < values.length; from += CHUNK) {
      int count = Math.min(CHUNK, values.length - from);
      floats.put(0, values, from, count);
      out.write(chunk, 0, Float.BYTES * count);
    }
  }

  /** Reads what {@link #write} has written. */
  public static float[] read(DataInput in) throws IOException {
    float[] values = new float[in.readInt()];
    byte[] chunk = new byte[Float.BYTES * Math.min(CHUNK, values.length)];
    FloatBuffer floats = floats(chunk);
    for (int from = 0; from < values.length; from += CHUNK) {
      int count = Math.min(CHUNK, values.length - from);
      in.readFully(chunk, 0, Float.BYTES * count);
      floats.get(0, values, from, count);
    }
    return values;
  }

  private static FloatBuffer floats(byte[] chunk) {
    return ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }
}
