package io.ebmspark.core.settings;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Writes a settings record with every default filled in; binding the text gives back the record.
 */
public final class SettingsWriter {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Characters that JSON takes as they are, and YAML, which reads it again, does not or takes for
   * line breaks. A text of a table may hold any.
   */
  private static final Pattern UNFIT_FOR_YAML =
      Pattern.compile("[\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff\\ufeff\\ufffe\\uffff]");

  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .stringQuotingChecker(new Quoting())
              .build());

  private SettingsWriter() {}

  /** Quoted, a text may hold any character: those that need it are escaped. */
  private static final class Quoting extends StringQuotingChecker.Default {
    private static final long serialVersionUID = 1;

    @Override
    public boolean needToQuoteName(String name) {
      return super.needToQuoteName(name) || UNFIT_FOR_YAML.matcher(name).find();
    }

    @Override
    public boolean needToQuoteValue(String value) {
      return super.needToQuoteValue(value) || UNFIT_FOR_YAML.matcher(value).find();
    }
  }

  /** The settings as a job file. */
  public static String toYaml(Record settings) {
    return text(YAML, settings);
  }

  /** The settings as indented JSON. */
  public static String toJson(Record settings) {
    return fitForYaml(text(JSON, settings));
  }

  /** A text as a value of a setting, whatever it looks like. */
  public static String quoted(String text) {
    return fitForYaml(JsonNodeFactory.instance.textNode(text).toString());
  }

  /** JSON that YAML reads as what it is. */
  public static String fitForYaml(String json) {
    return UNFIT_FOR_YAML
        .matcher(json)
        .replaceAll(
            found -> String.format(Locale.ROOT, "\\\\u%04x", (int) found.group().charAt(0)));
  }

  private static String text(ObjectMapper mapper, Record settings) {
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(tree(settings));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(settings.getClass() + " cannot be written", e);
    }
  }

  static JsonNode tree(Object value) {
    return tree(value, Object.class);
  }

  /**
   * A value, or the values in it.
   *
   * @param declared the type where it stands: a member of a family is named by its kind unless it
   *     is the only one that could stand there
   */
  private static JsonNode tree(Object value, Class<?> declared) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    if (value instanceof List<?> list) {
      ArrayNode array = nodes.arrayNode();
      list.forEach(item -> array.add(tree(item, declared)));
      return array;
    } else if (value instanceof Map<?, ?> map) {
      ObjectNode object = nodes.objectNode();
      map.forEach((key, item) -> object.set((String) key, tree(item, declared)));
      return object;
    } else if (value instanceof Enum<?> constant) {
      return nodes.textNode(SettingsBinder.constantName(constant));
    } else if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return JSON.valueToTree(value);
    }
    if (value instanceof Partial<?> partial) {
      ObjectNode settings = (ObjectNode) tree(partial.provisional());
      return settings.retain(partial.said());
    }
    ObjectNode object = nodes.objectNode();
    family(value.getClass())
        .filter(family -> declared != value.getClass())
        .ifPresent(
            family -> {
              if (hasKind(family, value.getClass())) {
                object.put("kind", Kinds.name(value.getClass()));
              } else {
                object.put("class", value.getClass().getName());
              }
            });
    if (value instanceof Record) {
      for (RecordComponent component : value.getClass().getRecordComponents()) {
        Object part = read(component, value);
        Class<?> type = declared(component.getGenericType());
        Setting setting = component.getAnnotation(Setting.class);
        if (part instanceof List<?> list
            && list.size() == 1
            && setting != null
            && setting.orSingle()) {
          part = list.get(0);
        }
        if (part instanceof Optional<?> optional) {
          optional.ifPresent(present -> object.set(component.getName(), tree(present, type)));
        } else {
          object.set(component.getName(), tree(part, type));
        }
      }
    }
    return object;
  }

  /** A type; of optional values, of lists and of maps, that of what they hold. */
  private static Class<?> declared(Type type) {
    if (type instanceof ParameterizedType holder) {
      Type[] held = holder.getActualTypeArguments();
      return declared(held[held.length - 1]);
    }
    return type instanceof Class<?> plain ? plain : Object.class;
  }

  /** How a job file names a member of a family: {@code kind mlp}, or {@code class com.acme.Own}. */
  public static String name(Object member) {
    Class<?> type = member.getClass();
    boolean kind = family(type).filter(family -> hasKind(family, type)).isPresent();
    return kind ? "kind " + Kinds.name(type) : "class " + type.getName();
  }

  private static boolean hasKind(Class<?> family, Class<?> member) {
    return Kinds.find(family, Kinds.name(member)).isPresent()
        && member.getPackageName().equals(packageOf(family));
  }

  private static String packageOf(Class<?> family) {
    return family.getAnnotation(Family.class).packageName();
  }

  /** The family a class belongs to, through everything it extends and implements. */
  private static Optional<Class<?>> family(Class<?> type) {
    for (Class<?> parent : type.getInterfaces()) {
      Optional<Class<?>> found =
          parent.isAnnotationPresent(Family.class) ? Optional.of(parent) : family(parent);
      if (found.isPresent()) {
        return found;
      }
    }
    return type.getSuperclass() == null ? Optional.empty() : family(type.getSuperclass());
  }

  static Object read(RecordComponent component, Object record) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }
}
