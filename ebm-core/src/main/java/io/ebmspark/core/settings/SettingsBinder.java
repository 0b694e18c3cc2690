package io.ebmspark.core.settings;

import io.ebmspark.core.failure.RootCause;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Binds a settings tree to a record, strictly: unknown keys, missing keys and bad values are all
 * reported, together, each with its place.
 */
public final class SettingsBinder {
  /** Stands for a value that could not be bound; its problem is in the list. */
  private static final Object FAILED = new Object();

  private static final Set<Class<?>> SCALARS =
      Set.of(
          String.class,
          boolean.class,
          Boolean.class,
          int.class,
          Integer.class,
          long.class,
          Long.class,
          double.class,
          Double.class,
          float.class,
          Float.class);

  private final List<Problem> problems = new ArrayList<>();

  private SettingsBinder() {}

  /**
   * Binds a whole tree.
   *
   * @throws SettingsException with every problem of the tree
   */
  public static <R extends Record> R bind(SettingsTree tree, Class<R> type) {
    SettingsBinder binder = new SettingsBinder();
    Object bound = binder.record(tree.root(), type, "");
    if (!binder.problems.isEmpty()) {
      throw new SettingsException(binder.problems);
    }
    return type.cast(bound);
  }

  /**
   * Rejects what one component of a record cannot be, whatever the record's others are.
   *
   * @param place what problems are reported under
   * @param yaml the value, as a job file would have it
   * @throws SettingsException with every problem of the value
   */
  public static void check(RecordComponent component, String place, String yaml) {
    SettingsBinder binder = new SettingsBinder();
    SettingsNode node = SettingsTree.moved(SettingsTree.node(place, yaml), place);
    String name = component.getName();
    binder.component(new SettingsNode.Mapping(place, Map.of(name, node)), component, name);
    if (!binder.problems.isEmpty()) {
      throw new SettingsException(binder.problems);
    }
  }

  private Object failed(SettingsNode node, String path, String message) {
    problems.add(new Problem(node.place(), path, message));
    return FAILED;
  }

  private Object value(SettingsNode node, Type type, String path) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      if (generic.getRawType() == Optional.class) {
        return optional(node, arguments[0], path);
      } else if (generic.getRawType() == List.class) {
        return list(node, arguments[0], path);
      } else if (generic.getRawType() == Map.class) {
        return map(node, arguments[1], path);
      } else if (generic.getRawType() == Partial.class) {
        return partial(node, (Class<?>) arguments[0], path);
      }
    } else if (type instanceof Class<?> plain) {
      if (plain.isAnnotationPresent(Family.class)) {
        return member(node, plain, path);
      } else if (plain.isRecord()) {
        return node instanceof SettingsNode.Mapping mapping
            ? record(mapping, plain, path)
            : failed(node, path, "expects a mapping, got " + node.describe());
      }
      return scalar(node, plain, path);
    }
    throw new IllegalStateException("no setting can have the type " + type);
  }

  private Object optional(SettingsNode node, Type type, String path) {
    if (node instanceof SettingsNode.Absent) {
      return Optional.empty();
    }
    Object bound = value(node, type, path);
    return bound == FAILED ? FAILED : Optional.of(bound);
  }

  private Object partial(SettingsNode node, Class<?> type, String path) {
    Object bound = value(node, type, path);
    return bound instanceof Record settings && node instanceof SettingsNode.Mapping mapping
        ? new Partial<>(
            settings, renamed(mapping, type.getRecordComponents(), path).entries().keySet())
        : FAILED;
  }

  private Object list(SettingsNode node, Type type, String path) {
    if (!(node instanceof SettingsNode.Sequence sequence)) {
      return failed(node, path, "expects a list such as [a, b], got " + node.describe());
    }
    List<Object> bound = new ArrayList<>();
    for (SettingsNode item : sequence.items()) {
      bound.add(value(item, type, SettingsTree.child(path, "" + bound.size())));
    }
    return bound.contains(FAILED) ? FAILED : List.copyOf(bound);
  }

  private Object map(SettingsNode node, Type type, String path) {
    if (!(node instanceof SettingsNode.Mapping mapping)) {
      return failed(node, path, "expects a mapping, got " + node.describe());
    }
    Map<String, Object> bound = new LinkedHashMap<>();
    mapping
        .entries()
        .forEach((key, item) -> bound.put(key, value(item, type, SettingsTree.child(path, key))));
    return bound.containsValue(FAILED) ? FAILED : bound;
  }

  // ---- records -------------------------------------------------------------------------------

  private Object record(SettingsNode.Mapping given, Class<?> type, String path) {
    RecordComponent[] components = type.getRecordComponents();
    SettingsNode.Mapping node = renamed(given, components, path);
    List<String> known = Arrays.stream(components).map(RecordComponent::getName).toList();
    node.entries()
        .forEach(
            (key, value) -> {
              if (!known.contains(key)) {
                String hint = Suggestion.text(key, known);
                failed(value, SettingsTree.child(path, key), "is an unknown key" + hint);
              }
            });
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = component(node, components[i], SettingsTree.child(path, known.get(i)));
    }
    return Arrays.asList(values).contains(FAILED) ? FAILED : instance(node, type, values, path);
  }

  /** The same mapping, with former names replaced by current ones. */
  private SettingsNode.Mapping renamed(
      SettingsNode.Mapping node, RecordComponent[] components, String path) {
    Map<String, SettingsNode> entries = new LinkedHashMap<>();
    node.entries()
        .forEach(
            (key, value) -> {
              String name =
                  Arrays.stream(components)
                      .filter(component -> Kinds.was(component, key))
                      .map(RecordComponent::getName)
                      .findFirst()
                      .orElse(key);
              if (entries.put(name, value) != null) {
                String at = SettingsTree.child(path, name);
                failed(value, at, "is set twice, under a name it had formerly as well");
              }
            });
    return new SettingsNode.Mapping(node.place(), entries);
  }

  private Object component(SettingsNode.Mapping node, RecordComponent component, String path) {
    if (!isSettable(component.getGenericType())) {
      return failed(
          node,
          path,
          "is declared as "
              + component.getGenericType().getTypeName()
              + " by "
              + component.getDeclaringRecord().getName()
              + ", which no setting can be; declare it as a number (int, long, float, double),"
              + " boolean, String, an enum, a record, an Energy, Sampler, Objective, Optimizer or"
              + " Schedule, or an Optional, a List or a Map<String, …> of these");
    }
    SettingsNode given = node.entries().get(component.getName());
    boolean optional = component.getType() == Optional.class;
    if (given instanceof SettingsNode.Absent && !optional) {
      return failed(given, path, "is empty; give it a value or leave it out");
    }
    Setting setting = component.getAnnotation(Setting.class);
    if (given instanceof SettingsNode.Scalar && setting != null && setting.orSingle()) {
      given = new SettingsNode.Sequence(given.place(), List.of(given));
    }
    if (given != null) {
      return value(given, component.getGenericType(), path);
    }
    if (setting != null && !setting.defaultsTo().equals(Setting.REQUIRED)) {
      SettingsNode byDefault = SettingsTree.node("default", setting.defaultsTo());
      return value(byDefault, component.getGenericType(), path);
    }
    if (optional) {
      return Optional.empty();
    }
    String purpose = setting == null ? "" : ": " + setting.value();
    return failed(node, path, "is missing" + purpose);
  }

  /**
   * Whether a component of a record, which may be of a user's own, has a type that can be bound.
   */
  private static boolean isSettable(Type type) {
    if (type instanceof ParameterizedType holder) {
      Type[] held = holder.getActualTypeArguments();
      Type raw = holder.getRawType();
      boolean known = raw == Optional.class || raw == List.class || raw == Partial.class;
      return (known || (raw == Map.class && held[0] == String.class))
          && isSettable(held[held.length - 1]);
    }
    return type instanceof Class<?> plain
        && (SCALARS.contains(plain)
            || plain.isEnum()
            || plain.isRecord()
            || plain.isAnnotationPresent(Family.class));
  }

  private Object instance(SettingsNode.Mapping node, Class<?> type, Object[] values, String path) {
    List<Object> made = new ArrayList<>();
    try {
      List<BadSettingException> failures = Check.failures(() -> made.add(construct(type, values)));
      for (BadSettingException bad : failures) {
        failed(
            culprit(node, bad.component()),
            SettingsTree.child(path, bad.component()),
            bad.problem());
      }
      return failures.isEmpty() ? made.get(0) : FAILED;
    } catch (IllegalArgumentException bad) {
      return failed(node, path, String.valueOf(bad.getMessage()));
    } catch (RuntimeException | Error e) {
      return failed(
          node, path, "cannot be made a " + type.getName() + ": " + RootCause.describe(e));
    }
  }

  private static Object construct(Class<?> type, Object[] values) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      // A record's own constructor declares no exceptions.
      if (e.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw (Error) e.getCause();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " cannot be made", e);
    }
  }

  /** The node a path of components leads to, as far as the file has it. */
  private static SettingsNode culprit(SettingsNode.Mapping node, String path) {
    SettingsNode found = node;
    for (String component : path.split("\\.", -1)) {
      SettingsNode next =
          found instanceof SettingsNode.Mapping mapping ? mapping.entries().get(component) : null;
      if (next == null) {
        return found;
      }
      found = next;
    }
    return found;
  }

  // ---- families ------------------------------------------------------------------------------

  private Object member(SettingsNode node, Class<?> family, String path) {
    Optional<Method> shorthand =
        Arrays.stream(family.getMethods())
            .filter(method -> method.isAnnotationPresent(Shorthand.class))
            .findFirst();
    if (node instanceof SettingsNode.Scalar && shorthand.isPresent()) {
      Object number = scalar(node, double.class, path);
      return number == FAILED ? FAILED : invoke(shorthand.get(), number);
    }
    if (!(node instanceof SettingsNode.Mapping mapping)) {
      return failed(
          node, path, "expects a mapping with a kind, such as {kind: …}, got " + node.describe());
    }
    Map<String, SettingsNode> others = new LinkedHashMap<>(mapping.entries());
    SettingsNode kind = others.remove("kind");
    SettingsNode className = others.remove("class");
    if ((kind == null) == (className == null)) {
      return failed(node, path, "needs either a kind or a class" + kindsOf(family));
    }
    SettingsNode.Mapping settings = new SettingsNode.Mapping(node.place(), others);
    return kind != null
        ? kind(kind, settings, family, path)
        : named(className == null ? node : className, settings, family, path);
  }

  private Object kind(
      SettingsNode kind, SettingsNode.Mapping settings, Class<?> family, String path) {
    String name = kind instanceof SettingsNode.Scalar scalar ? scalar.text() : kind.describe();
    Optional<Class<?>> member = Kinds.find(family, name);
    if (member.isEmpty()) {
      List<String> known = Kinds.all(family).stream().map(Kinds::name).toList();
      String hint = Suggestion.text(name, known);
      return failed(
          kind, SettingsTree.child(path, "kind"), "is '" + name + "', which is unknown" + hint);
    }
    return record(settings, member.get(), path);
  }

  /** Loads a user's class with the class loader in which Spark puts users' jars. */
  private Object named(
      SettingsNode node, SettingsNode.Mapping settings, Class<?> family, String path) {
    String at = SettingsTree.child(path, "class");
    String name = node instanceof SettingsNode.Scalar scalar ? scalar.text() : node.describe();
    Class<?> found;
    try {
      found = Class.forName(name, true, Thread.currentThread().getContextClassLoader());
    } catch (ClassNotFoundException e) {
      return failed(
          node, at, "names " + name + ", which is not on the class path; add its jar with --jars");
    } catch (LinkageError e) {
      // Spark's own class path, above that of --jars, does not see this program.
      String hint =
          e instanceof NoClassDefFoundError
              ? "; give its jar, and those it needs, by --jars"
              : e instanceof UnsupportedClassVersionError ? "; compile it with --release 17" : "";
      return failed(
          node, at, "names " + name + ", which cannot be loaded: " + RootCause.describe(e) + hint);
    }
    if (!family.isAssignableFrom(found)) {
      return failed(node, at, "names " + name + ", which does not implement " + family.getName());
    }
    if (found.isRecord()) {
      return record(settings, found, path);
    }
    if (!settings.entries().isEmpty()) {
      return failed(
          node,
          at,
          "names "
              + name
              + ", which is not a record and so takes no settings, got "
              + settings.entries().keySet());
    }
    try {
      Constructor<?> constructor = found.getConstructor();
      if (Modifier.isAbstract(found.getModifiers())) {
        throw new NoSuchMethodException();
      }
      return constructor.newInstance();
    } catch (NoSuchMethodException e) {
      return failed(
          node, at, "names " + name + ", which needs a public constructor without arguments");
    } catch (ReflectiveOperationException e) {
      return failed(
          node, at, "names " + name + ", whose constructor fails: " + RootCause.describe(e));
    }
  }

  private static String kindsOf(Class<?> family) {
    return " (kinds: "
        + String.join(", ", Kinds.all(family).stream().map(Kinds::name).toList())
        + ")";
  }

  private static Object invoke(Method method, Object argument) {
    try {
      return method.invoke(null, argument);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(method + " cannot be called", e);
    }
  }

  // ---- single values -------------------------------------------------------------------------

  private Object scalar(SettingsNode node, Class<?> type, String path) {
    if (!(node instanceof SettingsNode.Scalar scalar)) {
      return failed(node, path, "expects " + expected(type) + ", got " + node.describe());
    }
    String text = scalar.text();
    if (type == String.class) {
      return text;
    } else if (type.isEnum()) {
      return constant(scalar, type, path);
    } else if (type == boolean.class || type == Boolean.class) {
      return text.equals("true") || text.equals("false")
          ? (Object) text.equals("true")
          : failed(node, path, "expects true or false, got '" + text + "'");
    } else if (type == int.class || type == Integer.class) {
      return number(scalar, path, type, decimal -> decimal.intValueExact());
    } else if (type == long.class || type == Long.class) {
      return number(scalar, path, type, decimal -> decimal.longValueExact());
    } else if (type == double.class || type == Double.class) {
      return number(
          scalar, path, type, decimal -> inRange(decimal.doubleValue(), decimal.signum()));
    } else if (type == float.class || type == Float.class) {
      return number(
          scalar, path, type, decimal -> (float) inRange(decimal.floatValue(), decimal.signum()));
    }
    throw new IllegalStateException("no setting can have the type " + type);
  }

  private Object number(
      SettingsNode.Scalar node,
      String path,
      Class<?> type,
      Function<BigDecimal, Object> conversion) {
    try {
      if (!node.quoted()) {
        return conversion.apply(new BigDecimal(node.text().replace("_", "")));
      }
    } catch (NumberFormatException e) {
      // said below
    } catch (ArithmeticException e) {
      return failed(
          node, path, "expects " + expected(type) + " within its range, got " + node.describe());
    }
    return failed(node, path, "expects " + expected(type) + ", got " + node.describe());
  }

  /** Rejects a decimal that overflows to infinity or underflows to 0. */
  private static double inRange(double rounded, int sign) {
    if (Double.isInfinite(rounded) || (rounded == 0 && sign != 0)) {
      throw new ArithmeticException("out of range");
    }
    return rounded;
  }

  private Object constant(SettingsNode.Scalar node, Class<?> type, String path) {
    List<String> known = new ArrayList<>();
    for (Object constant : type.getEnumConstants()) {
      String name = constantName((Enum<?>) constant);
      if (name.equals(node.text()) || Kinds.was(field((Enum<?>) constant), node.text())) {
        return constant;
      }
      known.add(name);
    }
    return failed(
        node,
        path,
        "is '" + node.text() + "', which is unknown" + Suggestion.text(node.text(), known));
  }

  private static Field field(Enum<?> constant) {
    try {
      return constant.getDeclaringClass().getField(constant.name());
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@code PER_COLUMN} is {@code per-column}. */
  static String constantName(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String expected(Class<?> type) {
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return "a whole number";
    } else if (type == double.class
        || type == Double.class
        || type == float.class
        || type == Float.class) {
      return "a finite number";
    } else if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    return type.isEnum() ? "one of its names" : "text";
  }
}
