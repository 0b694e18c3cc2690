package io.ebmspark.core.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names that something in a job file had in earlier releases: a kind, a setting or a choice. It is
 * still read under them, and written under its own, so that renaming breaks neither a job file nor
 * a stored model or checkpoint. A name once given to one thing is not given to another.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.RECORD_COMPONENT, ElementType.FIELD})
public @interface FormerNames {
  /** The names as they stood in job files, such as {@code score-matching} or {@code learnRate}. */
  String[] value();
}
