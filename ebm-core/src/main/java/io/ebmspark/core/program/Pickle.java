package io.ebmspark.core.program;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Python's pickle format, protocol 2, as far as a TorchScript module of tensors needs it. */
final class Pickle {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Pickle() {
    code(0x80);
    code(2);
  }

  Pickle code(int code) {
    out.write(code);
    return this;
  }

  /** A name that a module has. */
  Pickle global(String module, String name) {
    code('c');
    out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    return this;
  }

  Pickle text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    code('X');
    out.writeBytes(
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length).array());
    out.writeBytes(bytes);
    return this;
  }

  /** A whole number, in eight bytes. */
  Pickle number(long number) {
    code(0x8a);
    code(8);
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array());
    return this;
  }

  Pickle yes() {
    return code(0x88);
  }

  /** What another file holds. */
  Pickle content(byte[] file) {
    out.write(file, 2, file.length - 3); // without its protocol and its end
    return this;
  }

  Pickle emptyTuple() {
    return code(')');
  }

  Pickle emptyDictionary() {
    return code('}');
  }

  /** Begins what {@link #tuple} or {@link #items} ends. */
  Pickle mark() {
    return code('(');
  }

  Pickle tuple() {
    return code('t');
  }

  /** Puts names and values into the dictionary before the mark. */
  Pickle items() {
    return code('u');
  }

  /** An object of the class and arguments before. */
  Pickle made() {
    return code(0x81);
  }

  /** Gives the object before its attributes. */
  Pickle built() {
    return code('b');
  }

  /** The result of the function and arguments before. */
  private Pickle called() {
    return code('R');
  }

  /**
   * A tensor whose numbers are an entry of the archive.
   *
   * @param entry its name
   */
  Pickle tensor(String kind, String entry, long count, long[] shape) {
    global("torch._utils", "_rebuild_tensor_v2").mark().mark();
    text("storage").global("torch", kind + "Storage").text(entry).text("cpu");
    number(count).tuple().code('Q').number(0);
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= shape[axis];
    }
    numbers(shape).numbers(strides).code(0x89);
    return global("collections", "OrderedDict").emptyTuple().called().tuple().called();
  }

  private Pickle numbers(long[] numbers) {
    mark();
    for (long number : numbers) {
      number(number);
    }
    return tuple();
  }

  /** The whole file; nothing can be added afterwards. */
  byte[] bytes() {
    return code('.').out.toByteArray();
  }
}
