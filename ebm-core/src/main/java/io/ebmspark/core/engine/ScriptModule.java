package io.ebmspark.core.engine;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A module saved by {@code torch.jit.save}, called as a function of its input and its parameters.
 *
 * <p>A TorchScript module owns its parameters; here they are handed in with every call, as views of
 * the vector that is trained. To that end a method is added to the source of the module's class,
 * inside the archive: it puts the given tensors in the parameters' places, then calls {@code
 * forward}. One thread uses a module at a time.
 */
public final class ScriptModule {
  private static final Pattern ROOT_CLASS = Pattern.compile("c(__torch__[^\\n]*)\\n([^\\n]+)\\n");
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z_0-9]*");

  private final Program program;
  private final List<Trained> parameters;

  /** A parameter that is trained, with the value it was saved with. */
  public record Trained(String name, long[] shape, float[] value) {}

  private ScriptModule(Program program, List<Trained> parameters) {
    this.program = program;
    this.parameters = parameters;
  }

  /**
   * Reads the entries of an archive; nothing is run.
   *
   * @throws IllegalArgumentException if it is no TorchScript archive
   */
  public static Map<String, byte[]> read(Path file) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        String name = entry.getName();
        entries.put(
            name.substring(name.indexOf('/') + 1), zip.getInputStream(entry).readAllBytes());
      }
    } catch (IOException e) {
      throw refused(file + ": " + e.getMessage());
    }
    if (!entries.containsKey("data.pkl") || !entries.containsKey("constants.pkl")) {
      throw refused(file + ": it has no data.pkl and constants.pkl");
    }
    return entries;
  }

  /** Whether any source in an archive mentions {@code function}. */
  public static boolean mentions(Map<String, byte[]> archive, String function) {
    return archive.entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(".py"))
        .anyMatch(entry -> new String(entry.getValue(), StandardCharsets.UTF_8).contains(function));
  }

  /**
   * Loads an archive. <b>This runs what is in it</b>: only for files a user has named.
   *
   * @param archive its entries, from {@link #read}
   * @throws IllegalArgumentException if libtorch refuses it, or a parameter is not float32
   */
  public static ScriptModule load(Map<String, byte[]> archive) {
    Map<String, byte[]> entries = new LinkedHashMap<>(archive);
    try (PtNDManager manager = NativeEngine.manager(Device.cpu())) {
      List<Trained> parameters = parameters(entries, manager);
      addMethod(entries, parameters);
      return new ScriptModule(Program.load(entries), parameters);
    }
  }

  private static IllegalArgumentException refused(String reason) {
    return new IllegalArgumentException(
        "not a TorchScript archive, as torch.jit.save writes it: " + reason);
  }

  /** The parameters saved with {@code requires_grad}, in the module's order. */
  public List<Trained> parameters() {
    return parameters;
  }

  /**
   * {@code forward(x)} with the given parameters.
   *
   * @param values one tensor for each of {@link #parameters()}
   */
  public Tensor call(Tensor x, List<Tensor> values) {
    return program.call(x.scope(), "call_with", x, values).get(0);
  }

  private static List<Trained> parameters(Map<String, byte[]> entries, PtNDManager manager) {
    PtSymbolBlock module = Program.module(entries, manager);
    List<Trained> parameters = new ArrayList<>();
    for (var array : JniUtils.moduleGetParams(module, manager)) {
      if (!JniUtils.requiresGrad((PtNDArray) array)) {
        continue;
      }
      if (array.getDataType() != DataType.FLOAT32) {
        throw refused(
            "its parameter " + array.getName() + " is " + array.getDataType() + ", not float32");
      }
      long[] shape = array.getShape().getShape();
      parameters.add(new Trained(array.getName(), shape, array.toFloatArray()));
    }
    return parameters;
  }

  /** Appends {@code call_with} to the class of the module itself. */
  private static void addMethod(Map<String, byte[]> entries, List<Trained> parameters) {
    String pickle = new String(entries.get("data.pkl"), StandardCharsets.ISO_8859_1);
    Matcher root = ROOT_CLASS.matcher(pickle);
    if (!root.find()) {
      throw refused("its data.pkl names no class");
    }
    String file = "code/" + root.group(1).replace('.', '/') + ".py";
    byte[] source = entries.get(file);
    String header = "class " + root.group(2) + "(Module):";
    String code = source == null ? "" : new String(source, StandardCharsets.UTF_8);
    int start = code.indexOf(header);
    if (start < 0) {
      throw refused("its class " + root.group(2) + " is not in " + file);
    }
    Matcher next = Pattern.compile("(?m)^\\S").matcher(code);
    int end = next.find(start + header.length()) ? next.start() : code.length();
    String method = method(parameters);
    String joined = code.substring(0, end).stripTrailing() + "\n" + method + code.substring(end);
    entries.put(file, joined.getBytes(StandardCharsets.UTF_8));
    // Maps the old source's bytes to lines; it would not fit any more.
    entries.keySet().removeIf(name -> name.endsWith(".debug_pkl"));
  }

  private static String method(List<Trained> parameters) {
    StringBuilder body = new StringBuilder();
    body.append("def call_with(self, x: Tensor, parameters: List[Tensor]) -> Tensor:\n");
    for (int i = 0; i < parameters.size(); i++) {
      String[] path = parameters.get(i).name().split("\\.");
      String owner = "self";
      for (int part = 0; part < path.length - 1; part++) {
        String child = "owner" + i + "_" + part;
        String select =
            IDENTIFIER.matcher(path[part]).matches()
                ? owner + "." + path[part]
                : "getattr(" + owner + ", \"" + path[part] + "\")";
        body.append("  ").append(child).append(" = ").append(select).append('\n');
        owner = child;
      }
      String name = path[path.length - 1];
      body.append("  " + owner + "." + name + " = parameters[" + i + "]\n");
    }
    body.append("  return (self).forward(x, )\n");
    return body.toString().indent(2);
  }
}
