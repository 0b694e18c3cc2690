package io.ebmspark.core.settings;

import io.ebmspark.core.failure.Category;
import io.ebmspark.core.failure.EbmException;

/** A setting of the right type with a value that makes no sense. */
public final class BadSettingException extends EbmException {
  private static final long serialVersionUID = 1;

  private final String component;
  private final String problem;

  /**
   * A bad value of one component of a settings record.
   *
   * @param problem what is wrong, to be read after the component's name
   */
  public BadSettingException(String component, String problem) {
    super(Category.SETTINGS, component + " " + problem);
    this.component = component;
    this.problem = problem;
  }

  /** The same for a record that is itself a component. */
  public BadSettingException under(String owner) {
    return new BadSettingException(owner + "." + component, problem);
  }

  String component() {
    return component;
  }

  String problem() {
    return problem;
  }
}
