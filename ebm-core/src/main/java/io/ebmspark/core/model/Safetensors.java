package io.ebmspark.core.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ebmspark.core.energy.Parameter;
import io.ebmspark.core.energy.ParameterLayout;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The safetensors format (huggingface/safetensors, format 1): eight bytes of little-endian header
 * length, a JSON header of names, types, shapes and offsets, and the raw values. Reading it can run
 * no code, and PyTorch and JAX read it too.
 */
public final class Safetensors {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LARGEST_HEADER = 100_000_000;
  private static final int CHUNK = 1 << 16;

  private Safetensors() {}

  /**
   * Writes the parts of a parameter vector as float32 tensors.
   *
   * @param metadata free text kept in the header
   */
  public static void write(
      OutputStream out, ParameterLayout layout, float[] values, Map<String, String> metadata)
      throws IOException {
    ObjectNode header = JSON.createObjectNode();
    ObjectNode free = header.putObject("__metadata__");
    metadata.forEach(free::put);
    long offset = 0;
    for (Parameter parameter : layout.parameters()) {
      ObjectNode entry = header.putObject(parameter.name());
      entry.put("dtype", "F32");
      ArrayNode shape = entry.putArray("shape");
      Arrays.stream(parameter.shape()).forEach(shape::add);
      ArrayNode offsets = entry.putArray("data_offsets");
      offsets.add(offset);
      offset += 4L * parameter.size();
      offsets.add(offset);
    }
    byte[] text = JSON.writeValueAsBytes(header);
    int padded = (text.length + 7) / 8 * 8; // so that the values are aligned
    byte[] aligned = Arrays.copyOf(text, padded);
    Arrays.fill(aligned, text.length, padded, (byte) ' ');
    byte[] length = new byte[8];
    littleEndian(length).putLong(padded);
    out.write(length);
    out.write(aligned);
    byte[] bytes = new byte[CHUNK];
    ByteBuffer chunk = littleEndian(bytes);
    for (int from = 0; from < values.length; from += CHUNK / 4) {
      int count = Math.min(CHUNK / 4, values.length - from);
      chunk.clear().asFloatBuffer().put(values, from, count);
      out.write(bytes, 0, 4 * count);
    }
  }

  /** A file that is malformed, however often it is read. */
  public static final class MalformedException extends IOException {
    private static final long serialVersionUID = 1;

    MalformedException(String message) {
      super(message);
    }

    MalformedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Reads a parameter vector.
   *
   * @param layout what the file must hold: the same names (or former ones), shapes and float32
   * @throws MalformedException if the file is truncated, is not a safetensors file, or holds
   *     anything else
   * @throws IOException if it cannot be read
   */
  public static float[] read(InputStream in, ParameterLayout layout) throws IOException {
    DataInputStream data = new DataInputStream(in);
    try {
      JsonNode header = header(data);
      Map<String, JsonNode> entries = new LinkedHashMap<>();
      header.properties().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
      entries.remove("__metadata__");
      float[] values = new float[layout.size()];
      long offset = 0;
      for (Parameter parameter : layout.parameters()) {
        JsonNode entry = taken(entries, parameter);
        offset = check(parameter, entry, offset);
      }
      if (!entries.isEmpty()) {
        throw new MalformedException(
            "the weights hold tensors that the model does not have: " + entries.keySet());
      }
      readFloats(data, values);
      if (data.read() != -1) {
        throw new MalformedException("the weights have bytes after their last tensor");
      }
      return values;
    } catch (EOFException e) {
      throw new MalformedException("the weights are truncated", e);
    }
  }

  /**
   * Reads a parameter vector that another program wrote: tensors in any order, of float32, or of
   * float64, which is rounded.
   *
   * @param layout what the file must hold
   * @param ignored names of tensors that may be there too, and are not read
   * @throws MalformedException if the file is no safetensors file, or holds anything else; the
   *     message continues the file's name
   * @throws IOException if it cannot be read
   */
  public static float[] readForeign(InputStream in, ParameterLayout layout, Set<String> ignored)
      throws IOException {
    DataInputStream data = new DataInputStream(in);
    Map<String, JsonNode> entries = new LinkedHashMap<>();
    byte[] content;
    try {
      header(data).properties().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
      content = data.readAllBytes();
    } catch (EOFException e) {
      throw new MalformedException("is truncated", e);
    }
    entries.remove("__metadata__");
    String held = entries.keySet().toString();
    float[] values = new float[layout.size()];
    int at = 0;
    for (Parameter parameter : layout.parameters()) {
      JsonNode entry = taken(entries, parameter);
      if (entry == null) {
        throw new MalformedException(
            "lacks the tensor '"
                + parameter.name()
                + "', of shape "
                + Arrays.toString(parameter.shape())
                + "; it has "
                + held);
      }
      copy(parameter, entry, content, values, at);
      at += parameter.size();
    }
    entries.keySet().removeAll(ignored);
    if (!entries.isEmpty()) {
      throw new MalformedException(
          "holds tensors that the energy does not have, " + entries.keySet() + "; leave them out");
    }
    return values;
  }

  private static void copy(
      Parameter parameter, JsonNode entry, byte[] content, float[] into, int at)
      throws IOException {
    String type = entry.path("dtype").asText();
    boolean isDouble = type.equals("F64");
    if (!isDouble && !type.equals("F32")) {
      throw new MalformedException(
          "holds '" + parameter.name() + "' as " + type + "; save it as float32 or float64");
    }
    long[] shape = longs(entry.path("shape"));
    if (!Arrays.equals(shape, parameter.shape())) {
      throw new MalformedException(
          "holds '"
              + parameter.name()
              + "' of shape "
              + Arrays.toString(shape)
              + ", where the energy has "
              + Arrays.toString(parameter.shape()));
    }
    long[] offsets = longs(entry.path("data_offsets"));
    long bytes = (isDouble ? 8L : 4L) * parameter.size();
    if (offsets.length != 2 || offsets[0] < 0 || offsets[1] - offsets[0] != bytes) {
      throw new MalformedException(
          "places '" + parameter.name() + "' at bytes " + Arrays.toString(offsets));
    }
    if (offsets[1] > content.length) {
      throw new MalformedException("is truncated");
    }
    ByteBuffer from = littleEndian(content).position((int) offsets[0]);
    for (int i = at; i < at + parameter.size(); i++) {
      into[i] = isDouble ? (float) from.getDouble() : from.getFloat();
    }
  }

  /** A parameter's entry, under the name it has or had; null if there is none. */
  private static @Nullable JsonNode taken(Map<String, JsonNode> entries, Parameter parameter) {
    JsonNode entry = entries.remove(parameter.name());
    for (String former : parameter.formerNames()) {
      entry = entry == null ? entries.remove(former) : entry;
    }
    return entry;
  }

  private static JsonNode header(DataInputStream data) throws IOException {
    long length = Long.reverseBytes(data.readLong());
    if (length < 2 || length > LARGEST_HEADER) {
      throw new MalformedException(
          "not a safetensors file: its header would have " + length + " bytes");
    }
    byte[] text = new byte[(int) length];
    data.readFully(text);
    try {
      JsonNode header = JSON.readTree(new String(text, StandardCharsets.UTF_8));
      if (header == null || !header.isObject()) {
        throw new MalformedException("not a safetensors file: its header is not a JSON object");
      }
      return header;
    } catch (JsonProcessingException e) {
      throw new MalformedException("not a safetensors file: its header is not JSON", e);
    }
  }

  /** Tensors must lie in the layout's order without gaps, as they are written. */
  private static long check(Parameter parameter, @Nullable JsonNode entry, long offset)
      throws IOException {
    if (entry == null) {
      throw new MalformedException("the weights lack the tensor '" + parameter.name() + "'");
    }
    long end = offset + 4L * parameter.size();
    long[] shape = longs(entry.path("shape"));
    boolean fits =
        entry.path("dtype").asText().equals("F32")
            && Arrays.equals(shape, parameter.shape())
            && Arrays.equals(longs(entry.path("data_offsets")), new long[] {offset, end});
    if (!fits) {
      throw new MalformedException(
          "the tensor '"
              + parameter.name()
              + "' is "
              + entry
              + ", where the model has F32 "
              + Arrays.toString(parameter.shape())
              + " at bytes "
              + offset
              + " to "
              + end);
    }
    return end;
  }

  private static long[] longs(JsonNode array) {
    long[] values = new long[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asLong(-1);
    }
    return values;
  }

  private static void readFloats(DataInputStream data, float[] values) throws IOException {
    byte[] bytes = new byte[CHUNK];
    ByteBuffer chunk = littleEndian(bytes);
    for (int from = 0; from < values.length; from += CHUNK / 4) {
      int count = Math.min(CHUNK / 4, values.length - from);
      data.readFully(bytes, 0, 4 * count);
      chunk.clear().asFloatBuffer().get(values, from, count);
    }
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
