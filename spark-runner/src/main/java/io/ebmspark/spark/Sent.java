package io.ebmspark.spark;

import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Settings on their way to executors. They travel as text, not as serialised objects: a user's
 * class need not be serialisable. Broadcast it, and each process reads the text once.
 *
 * @param <R> a record of settings
 */
public final class Sent<R extends Record> implements Serializable {
  private static final long serialVersionUID = 1;

  private final String text;
  private transient volatile @Nullable R value;

  public Sent(R value) {
    this.text = SettingsWriter.toJson(value);
  }

  /**
   * This process's copy, shared by its tasks.
   *
   * @param type the class of what was sent, which does not travel
   */
  public R value(Class<R> type) {
    R known = value;
    if (known == null) {
      synchronized (this) {
        known = value;
        if (known == null) {
          known = SettingsBinder.bind(SettingsTree.parse("sent settings", text), type);
          value = known;
        }
      }
    }
    return known;
  }
}
