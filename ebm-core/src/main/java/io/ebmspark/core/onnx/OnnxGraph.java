package io.ebmspark.core.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An ONNX graph under construction (onnx.ai, operator set 17): nodes in the order of their
 * computation, and the numbers they take. What is computed is an {@link OnnxValue}; a name alone
 * stands for a constant, or for what needs no derivative.
 */
public final class OnnxGraph {
  private static final int IR_VERSION = 8;
  private static final int OPERATOR_SET = 17;

  /** Protocol Buffers' limit, less what is not weights. */
  private static final long MOST_BYTES = Integer.MAX_VALUE - (1L << 20);

  /** Element types, by their numbers in {@code TensorProto.DataType}. */
  enum ElementType {
    FLOAT(1, Float.BYTES),
    LONG(7, Long.BYTES),
    DOUBLE(11, Double.BYTES);

    final int number;
    final int bytes;

    ElementType(int number, int bytes) {
      this.number = number;
      this.bytes = bytes;
    }
  }

  /** An attribute of a node: a whole number, or several. */
  record Attribute(String name, List<Long> values, boolean isList) {
    static Attribute of(String name, long value) {
      return new Attribute(name, List.of(value), false);
    }

    static Attribute list(String name, long... values) {
      return new Attribute(name, Arrays.stream(values).boxed().toList(), true);
    }

    private Message toMessage() {
      Message message = new Message().text(1, name);
      values.forEach(value -> message.number(isList ? 8 : 3, value));
      return message.number(20, isList ? 7 : 2);
    }
  }

  /** One operation. */
  record Node(String operator, List<String> inputs, String result, List<Attribute> attributes) {
    /** The values of an attribute. */
    List<Long> values(String name) {
      return attributes.stream()
          .filter(attribute -> attribute.name.equals(name))
          .findFirst()
          .orElseThrow()
          .values();
    }
  }

  /** Numbers that are part of the file, little-endian. */
  record Constant(String name, ElementType type, long[] shape, byte[] raw) {
    private Message toMessage() {
      Message tensor = new Message();
      for (long axis : shape) {
        tensor.number(1, axis);
      }
      return tensor.number(2, type.number).text(8, name).bytes(9, raw);
    }

    /** Whole numbers. */
    long[] integers() {
      long[] numbers = new long[raw.length / Long.BYTES];
      littleEndian(raw).asLongBuffer().get(numbers);
      return numbers;
    }
  }

  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Constant> constants = new LinkedHashMap<>();
  private final Message inputs = new Message();
  private final Message outputs = new Message();
  private final Map<Object, String> small = new HashMap<>();
  private final List<OnnxValue> values = new ArrayList<>();
  private int names;
  private long bytes;

  List<Node> nodes() {
    return nodes;
  }

  /** The constants, by name. */
  Map<String, Constant> constants() {
    return constants;
  }

  /** What is computed and has a derivative, in order. */
  List<OnnxValue> values() {
    return values;
  }

  /** Adds a node and names its result. */
  String node(String operator, List<String> operands, Attribute... attributes) {
    String result = "v" + names++;
    named(result, operator, operands, attributes);
    return result;
  }

  private void named(
      String result, String operator, List<String> operands, Attribute... attributes) {
    nodes.add(new Node(operator, operands, result, List.of(attributes)));
  }

  private static Message message(Node node) {
    Message message = new Message();
    node.inputs.forEach(input -> message.text(1, input));
    message.text(2, node.result).text(3, node.result).text(4, node.operator);
    node.attributes.forEach(attribute -> message.message(5, attribute.toMessage()));
    return message;
  }

  // ---- constants -----------------------------------------------------------------------------

  String constant(float[] numbers, long... shape) {
    byte[] raw = room(ElementType.FLOAT, numbers.length);
    littleEndian(raw).asFloatBuffer().put(numbers);
    return constant(ElementType.FLOAT, raw, shape);
  }

  String constant(double[] numbers, long... shape) {
    byte[] raw = room(ElementType.DOUBLE, numbers.length);
    littleEndian(raw).asDoubleBuffer().put(numbers);
    return constant(ElementType.DOUBLE, raw, shape);
  }

  /** One number, which any shape broadcasts with. */
  String number(float number) {
    return small.computeIfAbsent(number, key -> constant(new float[] {number}));
  }

  /** A list of whole numbers, such as axes. */
  String integers(long... numbers) {
    return small.computeIfAbsent(
        Arrays.stream(numbers).boxed().toList(), key -> longs(numbers, numbers.length));
  }

  /** One whole number. */
  String integer(long number) {
    return small.computeIfAbsent(number, key -> longs(new long[] {number}));
  }

  private String longs(long[] numbers, long... shape) {
    byte[] raw = room(ElementType.LONG, numbers.length);
    littleEndian(raw).asLongBuffer().put(numbers);
    return constant(ElementType.LONG, raw, shape);
  }

  private byte[] room(ElementType type, int count) {
    bytes += (long) type.bytes * count;
    if (bytes > MOST_BYTES) {
      throw new OnnxException(
          "the model's weights take more than 2 GiB, which is more than an ONNX file holds");
    }
    return new byte[type.bytes * count];
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private String constant(ElementType type, byte[] raw, long... shape) {
    String name = "c" + names++;
    constants.put(name, new Constant(name, type, shape, raw));
    return name;
  }

  // ---- inputs and outputs --------------------------------------------------------------------

  /** Declares an input of shape (batch, …shape). */
  void input(String name, ElementType type, long... shape) {
    inputs.message(11, declaration(name, type, shape));
  }

  /** Declares an output of shape (batch, …shape). */
  void output(String name, String value, ElementType type, long... shape) {
    named(name, "Identity", List.of(value));
    outputs.message(12, declaration(name, type, shape));
  }

  private static Message declaration(String name, ElementType type, long... shape) {
    Message axes = new Message().message(1, new Message().text(2, "batch"));
    for (long axis : shape) {
      axes.message(1, new Message().number(1, axis));
    }
    Message tensor = new Message().number(1, type.number).message(2, axes);
    return new Message().text(1, name).message(2, new Message().message(1, tensor));
  }

  /**
   * The file's bytes.
   *
   * @param metadata free text kept in the file
   */
  byte[] toBytes(String producer, Map<String, String> metadata) {
    Message content = new Message();
    nodes.forEach(node -> content.message(1, message(node)));
    content.text(2, "energy");
    constants.values().forEach(constant -> content.message(5, constant.toMessage()));
    content.fields(inputs).fields(outputs);
    Message model = new Message().number(1, IR_VERSION).text(2, producer).message(7, content);
    model.message(8, new Message().text(1, "").number(2, OPERATOR_SET));
    metadata.forEach((key, value) -> model.message(14, new Message().text(1, key).text(2, value)));
    return model.toBytes();
  }
}
