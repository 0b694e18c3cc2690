package io.ebmspark.ml;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ebmspark.core.settings.Family;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsWriter;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.Identifiable;

/**
 * A setting of a job file as a parameter of Spark ML: named, described and checked by the record
 * that declares it.
 *
 * <p>A value is a number, a boolean, a string, a list or an array of them, or, for a setting that
 * has settings of its own, a map or the text that a job file would have: {@code "{kind: mlp,
 * hidden: [64, 64]}"}.
 */
public final class SettingParam extends Param<Object> {
  private static final long serialVersionUID = 1;

  /** One value stands for a list of one, as in a job file. */
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY);

  private final JobSettings job;
  private final String path;
  private final transient RecordComponent component;
  private final boolean structured;

  /**
   * The parameter of one setting.
   *
   * @param job which kind of job it is a setting of
   * @param section the part of the job it is in, such as {@code training}; empty for none
   */
  SettingParam(Identifiable parent, JobSettings job, String section, RecordComponent component) {
    super(parent.uid(), component.getName(), description(component), sentAs(component));
    this.job = job;
    this.path = section.isEmpty() ? component.getName() : section + "." + component.getName();
    this.component = component;
    this.structured = isStructured(component.getGenericType());
  }

  private static String description(RecordComponent component) {
    Setting setting = component.getAnnotation(Setting.class);
    return setting.defaultsTo().equals(Setting.REQUIRED)
        ? setting.value()
        : setting.value() + " (by default " + setting.defaultsTo() + ")";
  }

  /** The class of a value that Spark Connect has carried; text for what has settings of its own. */
  @SuppressWarnings("unchecked") // a parameter's values are objects of several classes
  private static Class<Object> sentAs(RecordComponent component) {
    Type type = component.getGenericType();
    return (Class<Object>) (isStructured(type) ? String.class : plain(type));
  }

  private static Class<?> plain(Type type) {
    if (type instanceof ParameterizedType generic) {
      Class<?> element = plain(generic.getActualTypeArguments()[0]);
      return generic.getRawType() == List.class ? element.arrayType() : element;
    }
    Class<?> named = (Class<?>) type;
    Class<?> primitive = MethodType.methodType(named).unwrap().returnType();
    return primitive.isPrimitive() ? primitive : String.class;
  }

  /** Whether a value has settings of its own, which text then stands for. */
  private static boolean isStructured(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type raw = generic.getRawType();
      return raw != List.class
          && (raw == Map.class
              || raw != Optional.class
              || isStructured(generic.getActualTypeArguments()[0]));
    }
    Class<?> plain = (Class<?>) type;
    return plain.isRecord() || plain.isAnnotationPresent(Family.class);
  }

  /** Whether a value has settings of its own. */
  boolean isStructured() {
    return structured;
  }

  /** Whether it is a setting of that kind of job. */
  boolean isOf(JobSettings kind) {
    return job == kind;
  }

  /** Where a job file has the setting, such as {@code training.steps}. */
  public String path() {
    return path;
  }

  /** A value as a job file would have it. */
  String yaml(Object value) {
    return structured && value instanceof String text
        ? text
        : SettingsWriter.fitForYaml(jsonEncode(value));
  }

  /**
   * Rejects a value that the setting cannot have, whatever the others are.
   *
   * @throws IllegalArgumentException if it is one, saying why
   */
  @Override
  public void validate(Object value) {
    try {
      if (structured) {
        SettingsBinder.check(component, parent(), yaml(value));
      } else {
        job.checkAlone(this, value);
      }
    } catch (SettingsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  @Override
  public String jsonEncode(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          name() + " expects a number, a boolean, text, a list or a map, got " + value, e);
    }
  }

  @Override
  public Object jsonDecode(String json) {
    try {
      JsonNode value = JSON.readTree(json);
      if (structured) {
        return value.isTextual() ? value.textValue() : json;
      }
      return JSON.treeToValue(value, dataClass());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the stored value of " + name() + " is not one", e);
    }
  }
}
