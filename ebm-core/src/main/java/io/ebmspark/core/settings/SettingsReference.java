package io.ebmspark.core.settings;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Renders what a job file can say, from the settings records themselves, as Markdown. */
public final class SettingsReference {
  private static final Set<Class<?>> NUMBERS =
      Set.of(double.class, Double.class, float.class, Float.class);

  private final StringBuilder text = new StringBuilder();
  private final Deque<Class<?>> pending = new ArrayDeque<>();
  private final Set<Class<?>> seen = new LinkedHashSet<>();

  private SettingsReference() {}

  /** Tables of all settings reachable from the given records. */
  public static String markdown(List<Class<? extends Record>> roots) {
    SettingsReference reference = new SettingsReference();
    roots.forEach(reference::visit);
    while (!reference.pending.isEmpty()) {
      reference.render(reference.pending.poll());
    }
    return reference.text.toString();
  }

  private void visit(Class<?> type) {
    if ((type.isRecord() || type.isAnnotationPresent(Family.class)) && seen.add(type)) {
      pending.add(type);
    }
  }

  private void render(Class<?> type) {
    if (type.isRecord()) {
      text.append("## ").append(type.getSimpleName()).append("\n\n");
      table(type);
      return;
    }
    text.append("## ").append(type.getSimpleName()).append(" (choose a kind)\n\n");
    for (Class<?> kind : Kinds.all(type)) {
      text.append("### `kind: ").append(Kinds.name(kind)).append("`\n\n");
      table(kind);
    }
  }

  private void table(Class<?> record) {
    if (record.getRecordComponents().length == 0) {
      text.append("No settings.\n\n");
      return;
    }
    text.append("| setting | type | default | what it does |\n|---|---|---|---|\n");
    for (RecordComponent component : record.getRecordComponents()) {
      Setting setting = component.getAnnotation(Setting.class);
      boolean optional = component.getType() == Optional.class;
      String byDefault = optional ? "none" : "required";
      if (setting != null && !setting.defaultsTo().isEmpty()) {
        byDefault = "`" + setting.defaultsTo() + "`";
      }
      text.append("| `").append(component.getName()).append("` | ");
      text.append(describe(component.getGenericType()));
      text.append(setting != null && setting.orSingle() ? ", or one alone" : "");
      text.append(" | ").append(byDefault);
      text.append(" | ").append(setting == null ? "" : setting.value()).append(" |\n");
    }
    text.append('\n');
  }

  private String describe(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      String inner = describe(arguments[arguments.length - 1]);
      if (generic.getRawType() == List.class) {
        return "list of " + inner;
      }
      return generic.getRawType() == Map.class ? "mapping to " + inner : inner;
    }
    Class<?> plain = (Class<?>) type;
    if (plain.isEnum()) {
      return String.join(
          ", ",
          Arrays.stream(plain.getEnumConstants())
              .map(constant -> "`" + SettingsBinder.constantName((Enum<?>) constant) + "`")
              .toList());
    }
    visit(plain);
    if (plain.isRecord() || plain.isInterface()) {
      return "[" + plain.getSimpleName() + "](#" + anchor(plain) + ")";
    }
    return plain == String.class
        ? "text"
        : NUMBERS.contains(plain)
            ? "number"
            : plain == boolean.class ? "true or false" : "whole number";
  }

  private static String anchor(Class<?> type) {
    String name = type.getSimpleName().toLowerCase(Locale.ROOT);
    return type.isRecord() ? name : name + "-choose-a-kind";
  }
}
