package io.ebmspark.core.program;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript archive, as {@code torch.jit.save} writes it: a stored zip of {@code data.pkl} (the
 * pickled module), {@code code/….py}, {@code constants.pkl} and {@code version}. Here it is only
 * read, built and modified, never run.
 */
public final class Archive {
  private static final String PICKLED_MODULE =
      "\u0080\u0002c__torch__\nProgram\nq\u0000)\u0081}X\b\u0000\u0000\u0000trainingq\u0001\u0088sbq\u0002.";
  private static final String PICKLED_NO_CONSTANTS = "\u0080\u0002).";
  private static final String HEADER =
      """
      class Program(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
      """;

  /** One method of a class, up to the next, or the next class. */
  private static final Pattern CALL =
      Pattern.compile("(?ms)^  def call_with\\(.*?(?=^  def |^\\S|\\z)");

  private static final String ROOT_SOURCE = "code/__torch__.py";

  /** Unlikely to be the name of a user's class. */
  private static final String OUTER = "EbmModel";

  private static final Pattern ROOT_CLASS = Pattern.compile("c(__torch__[^\\n]*)\\n([^\\n]+)\\n");
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z_0-9]*");

  private final Map<String, byte[]> entries;

  /**
   * A tensor that is part of a module.
   *
   * @param name of the module's attribute
   * @param kind {@code Float} or {@code Double}
   * @param values row-major and little-endian
   */
  public record Stored(String name, String kind, long[] shape, byte[] values) {
    private long count() {
      return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }
  }

  private Archive(Map<String, byte[]> entries) {
    this.entries = entries;
  }

  /**
   * A program without tensors, from the source of its methods in the serialised dialect (typed
   * methods, no decorators).
   */
  public static Archive ofMethods(String source) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("data.pkl", PICKLED_MODULE.getBytes(StandardCharsets.ISO_8859_1));
    entries.put(ROOT_SOURCE, (HEADER + source.indent(2)).getBytes(StandardCharsets.UTF_8));
    entries.put("constants.pkl", PICKLED_NO_CONSTANTS.getBytes(StandardCharsets.ISO_8859_1));
    entries.put("version", "10\n".getBytes(StandardCharsets.UTF_8));
    return new Archive(entries);
  }

  /**
   * A module of methods and the tensors they use, as {@code self.name}.
   *
   * @param extra free text kept in the file, by name
   */
  public static Archive of(String methods, List<Stored> tensors, Map<String, String> extra) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("constants.pkl", PICKLED_NO_CONSTANTS.getBytes(StandardCharsets.ISO_8859_1));
    entries.put("version", "10\n".getBytes(StandardCharsets.UTF_8));
    complete(entries, begun("Program"), new StringBuilder(HEADER), methods, tensors, extra);
    return new Archive(entries);
  }

  /** A module of a class, before its attributes. */
  private static Pickle begun(String name) {
    Pickle module = new Pickle().global("__torch__", name).emptyTuple().made();
    return module.emptyDictionary().mark().text("training").yes();
  }

  /** Adds a module's tensors, methods and free text to what there is of it. */
  private static void complete(
      Map<String, byte[]> entries,
      Pickle module,
      StringBuilder source,
      String methods,
      List<Stored> tensors,
      Map<String, String> extra) {
    for (Stored tensor : tensors) {
      source.append("  ").append(tensor.name).append(" : Tensor\n");
      module.text(tensor.name).tensor(tensor.kind, tensor.name, tensor.count(), tensor.shape);
      entries.put("data/" + tensor.name, tensor.values);
    }
    source.append(methods.indent(2));
    entries.put("data.pkl", module.items().built().bytes());
    entries.put(ROOT_SOURCE, source.toString().getBytes(StandardCharsets.UTF_8));
    extra.forEach(
        (name, text) -> entries.put("extra/" + name, text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * This module inside another, which has one more method and the tensors that it uses.
   *
   * @param methods in which {@code self.inner} is this module
   * @param extra free text kept in the file, by name
   */
  public Archive inside(String methods, List<Stored> tensors, Map<String, String> extra) {
    byte[] pickled = entries.get("data.pkl");
    if (pickled == null) {
      throw refused("it has no data.pkl");
    }
    Matcher root = root();
    Map<String, byte[]> joined = new LinkedHashMap<>(entries);
    Pickle module = begun(OUTER).text("inner").content(pickled);
    StringBuilder source = new StringBuilder();
    byte[] before = entries.get(ROOT_SOURCE);
    source.append(before == null ? "" : new String(before, StandardCharsets.UTF_8).stripTrailing());
    source.append(source.isEmpty() ? "" : "\n").append(HEADER.replace("Program", OUTER));
    source.append("  inner : " + root.group(1) + "." + root.group(2) + "\n");
    complete(joined, module, source, methods, tensors, extra);
    return new Archive(withoutLineNumbers(joined));
  }

  /** Those map the old source's bytes to lines, and would no longer match. */
  private static Map<String, byte[]> withoutLineNumbers(Map<String, byte[]> entries) {
    entries.keySet().removeIf(name -> name.endsWith(".debug_pkl"));
    return entries;
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if it is not a TorchScript archive
   */
  public static Archive read(Path file) {
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
      throw refused(
          file
              + ": it has no data.pkl and constants.pkl, as a state dict, a module that torch.save"
              + " wrote or a program of torch.export has none");
    }
    return new Archive(entries);
  }

  /** The failure for an archive that cannot be used. */
  public static IllegalArgumentException refused(String reason) {
    return new IllegalArgumentException(
        "not a TorchScript archive, as torch.jit.save(torch.jit.script(module), file) writes it: "
            + reason);
  }

  /** Whether any source mentions {@code function}. */
  public boolean mentions(String function) {
    return entries.entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(".py"))
        .anyMatch(entry -> new String(entry.getValue(), StandardCharsets.UTF_8).contains(function));
  }

  /**
   * This archive with a method {@code call_with(x, parameters)} of the module itself: it puts the
   * given tensors in place of the named parameters, then calls {@code forward}.
   *
   * @param parameters their names, such as {@code layers.0.weight}
   * @param sources of each the position of the tensor that is put there
   */
  public Archive withCallOn(List<String> parameters, List<Integer> sources) {
    Matcher root = root();
    String file = source(root);
    byte[] source = entries.get(file);
    String header = "class " + root.group(2) + "(Module):";
    String code = source == null ? "" : new String(source, StandardCharsets.UTF_8);
    int start = code.indexOf(header);
    if (start < 0) {
      throw refused("its class " + root.group(2) + " is not in " + file);
    }
    Matcher next = Pattern.compile("(?m)^\\S").matcher(code);
    int end = next.find(start + header.length()) ? next.start() : code.length();
    String joined =
        code.substring(0, end).stripTrailing()
            + "\n"
            + call(parameters, sources)
            + code.substring(end);
    Map<String, byte[]> changed = new LinkedHashMap<>(entries);
    changed.put(file, joined.getBytes(StandardCharsets.UTF_8));
    return new Archive(withoutLineNumbers(changed));
  }

  /** The module of the root's class, and its name. */
  private Matcher root() {
    Matcher root =
        ROOT_CLASS.matcher(new String(entries.get("data.pkl"), StandardCharsets.ISO_8859_1));
    if (!root.find()) {
      throw refused("its data.pkl names no class");
    }
    return root;
  }

  /** This archive without what {@link #withCallOn} added, after libtorch has written it. */
  public Archive withoutCall() {
    Matcher root = root();
    String file = source(root);
    byte[] source = entries.get(file);
    if (source == null) {
      throw refused("it has no " + file);
    }
    String code = CALL.matcher(new String(source, StandardCharsets.UTF_8)).replaceFirst("");
    Map<String, byte[]> changed = new LinkedHashMap<>(entries);
    changed.put(file, code.getBytes(StandardCharsets.UTF_8));
    return new Archive(withoutLineNumbers(changed));
  }

  private static String source(Matcher root) {
    return "code/" + root.group(1).replace('.', '/') + ".py";
  }

  private static String call(List<String> parameters, List<Integer> sources) {
    StringBuilder body = new StringBuilder();
    body.append("def call_with(self, x: Tensor, parameters: List[Tensor]) -> Tensor:\n");
    for (int i = 0; i < parameters.size(); i++) {
      String[] path = parameters.get(i).split("\\.", -1);
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
      if (!IDENTIFIER.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "the TorchScript module's parameter "
                + parameters.get(i)
                + " has a number for a name, as those of a ParameterList have, under which a program"
                + " cannot set it; hold it in a ParameterDict, or as an attribute of its own");
      }
      body.append("  " + owner + "." + name + " = parameters[" + sources.get(i) + "]\n");
    }
    body.append("  return (self).forward(x, )\n");
    return body.toString().indent(2);
  }

  /** The file's bytes. */
  public byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        store(zip, entry.getKey(), entry.getValue());
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot be written to", e);
    }
    return bytes.toByteArray();
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry("program/" + name);
    entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0)); // the same file at any time
    CRC32 checksum = new CRC32();
    checksum.update(content);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(checksum.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
