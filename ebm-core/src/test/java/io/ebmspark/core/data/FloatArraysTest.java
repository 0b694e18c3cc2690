package io.ebmspark.core.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class FloatArraysTest {
  @Test
  void everyBitComesBack() throws IOException {
    for (int length : new int[] {0, 1, 16_383, 16_384, 16_385, 50_000}) {
      float[] values = new float[length];
      for (int i = 0; i < length; i++) {
        values[i] = Float.intBitsToFloat(i * 0x9E3779B9);
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      FloatArrays.write(new DataOutputStream(bytes), values);
      ByteBuffer written = ByteBuffer.wrap(bytes.toByteArray());
      assertThat(written.remaining()).isEqualTo(4 + 4 * length);
      assertThat(written.getInt()).isEqualTo(length);
      written.order(ByteOrder.LITTLE_ENDIAN);
      float[] read =
          FloatArrays.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
      assertThat(read).hasSize(length);
      for (int i = 0; i < length; i++) {
        int bits = Float.floatToRawIntBits(values[i]);
        assertThat(written.getInt()).isEqualTo(bits);
        assertThat(Float.floatToRawIntBits(read[i])).isEqualTo(bits);
      }
    }
  }
}
