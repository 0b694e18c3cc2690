package io.ebmspark.core.settings;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Settings of which some may be left open until the data are known. They are bound at once, with
 * ordinary defaults in the open places, so that every mistake is reported before a row is read.
 *
 * @param provisional the settings as they would be without data
 * @param said the components a person has set
 */
public record Partial<R extends Record>(R provisional, Set<String> said) {
  public Partial {
    said = Set.copyOf(said);
  }

  /** Settings with nothing left open. */
  public static <R extends Record> Partial<R> complete(R settings) {
    Set<String> all = new LinkedHashSet<>();
    for (RecordComponent component : settings.getClass().getRecordComponents()) {
      all.add(component.getName());
    }
    return new Partial<>(settings, all);
  }

  /** Whether a person has set a component. */
  public boolean says(String component) {
    return said.contains(component);
  }

  /**
   * The settings, with values for what was left open.
   *
   * @param open values by component; those of components that were set are ignored
   * @throws BadSettingException if what was set does not go with them
   */
  public R with(Map<String, ?> open) {
    RecordComponent[] components = provisional.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      String name = components[i].getName();
      values[i] =
          open.containsKey(name) && !says(name)
              ? open.get(name)
              : SettingsWriter.read(components[i], provisional);
    }
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      var constructor = provisional.getClass().getDeclaredConstructor(types);
      constructor.setAccessible(true);
      @SuppressWarnings("unchecked") // the constructor of R
      R settings = (R) constructor.newInstance(values);
      return settings;
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException bad) {
        throw bad;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
