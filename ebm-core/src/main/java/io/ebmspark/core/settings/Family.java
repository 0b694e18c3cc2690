package io.ebmspark.core.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks an interface whose members are chosen in a job file, as {@code kind: some-name} for the
 * class {@code SomeName} of the package, or as {@code class: com.acme.Theirs} for any class on the
 * class path. A member is a record, whose components are its settings: adding one takes one file.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Family {
  /** The package the kinds are in. */
  String packageName();
}
