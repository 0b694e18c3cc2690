package io.ebmspark.core.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * One message in the wire format of Protocol Buffers, as far as ONNX needs it: a field is its
 * number and type, then a varint, four bytes, or a length and that many bytes.
 *
 * <p>Written by hand, since Spark's class path has protobuf-java of a version of its own.
 */
final class Message {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int FOUR_BYTES = 5;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** An integer or enum; negative ones take ten bytes, as in the standard. */
  Message number(int field, long value) {
    varint(field << 3 | VARINT);
    varint(value);
    return this;
  }

  Message decimal(int field, float value) {
    varint(field << 3 | FOUR_BYTES);
    byte[] bytes = new byte[Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(value);
    out.writeBytes(bytes);
    return this;
  }

  Message text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  Message message(int field, Message value) {
    return bytes(field, value.toBytes());
  }

  Message bytes(int field, byte[] value) {
    varint(field << 3 | BYTES);
    varint(value.length);
    out.writeBytes(value);
    return this;
  }

  /** All fields of another message. */
  Message fields(Message other) {
    out.writeBytes(other.toBytes());
    return this;
  }

  /** Seven bits a byte, the lowest first; the eighth tells that another byte follows. */
  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  byte[] toBytes() {
    return out.toByteArray();
  }
}
