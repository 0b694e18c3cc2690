package io.ebmspark.core.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Documents one component of a settings record, and is the one home of its default.
 *
 * <p>A component without a default is required, unless its type is {@link java.util.Optional}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
  /** What the setting does, in one line, with its unit where it has one. */
  String value();

  /** The default, written as it would be in a job file. */
  String defaultsTo() default REQUIRED;

  /** Whether a list may be written as its only entry: {@code x} for {@code [x]}. */
  boolean orSingle() default false;

  /** Marks a setting that has no default. */
  String REQUIRED = "";
}
