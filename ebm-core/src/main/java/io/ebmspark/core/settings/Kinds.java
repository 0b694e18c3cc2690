package io.ebmspark.core.settings;

import io.github.classgraph.ClassGraph;
import io.github.classgraph.ScanResult;
import java.lang.reflect.AnnotatedElement;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The members of a {@link Family}, by their names in job files. */
final class Kinds {
  private Kinds() {}

  /** {@code DenoisingScoreMatching} is {@code denoising-score-matching}. */
  static String name(Class<?> member) {
    return member
        .getSimpleName()
        .replaceAll("([a-z0-9])([A-Z])", "$1-$2")
        .replaceAll("([A-Z])([A-Z][a-z])", "$1-$2")
        .toLowerCase(Locale.ROOT);
  }

  /** The record of a kind, by the name it has or had, if there is one. */
  static Optional<Class<?>> find(Class<?> family, String kind) {
    return named(family, kind)
        .or(() -> all(family).stream().filter(member -> was(member, kind)).findFirst());
  }

  /** Whether something had a name in an earlier release. */
  static boolean was(AnnotatedElement renamed, String name) {
    FormerNames former = renamed.getAnnotation(FormerNames.class);
    return former != null && List.of(former.value()).contains(name);
  }

  private static Optional<Class<?>> named(Class<?> family, String kind) {
    if (!kind.matches("[a-z][a-z0-9]*(-[a-z0-9]+)*")) {
      return Optional.empty();
    }
    StringBuilder simpleName = new StringBuilder();
    for (String word : kind.split("-", -1)) {
      simpleName.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
    }
    String name = family.getAnnotation(Family.class).packageName() + "." + simpleName;
    try {
      Class<?> found = Class.forName(name, true, family.getClassLoader());
      return isMember(family, found) ? Optional.of(found) : Optional.empty();
    } catch (ClassNotFoundException | LinkageError e) {
      return Optional
          .empty(); // LinkageError: a class name of other case, on a case-insensitive file system
    }
  }

  private static boolean isMember(Class<?> family, Class<?> found) {
    return found.isRecord() && family.isAssignableFrom(found);
  }

  /** Every kind of a family, in alphabetical order. */
  static List<Class<?>> all(Class<?> family) {
    String packageName = family.getAnnotation(Family.class).packageName();
    try (ScanResult scan =
        new ClassGraph()
            .overrideClassLoaders(family.getClassLoader())
            .acceptPackagesNonRecursive(packageName)
            .ignoreClassVisibility()
            .scan()) {
      return scan.getAllClasses().stream()
          .filter(info -> !info.isInnerClass())
          .<Class<?>>map(info -> info.loadClass())
          .filter(found -> isMember(family, found))
          .sorted(Comparator.comparing(Kinds::name))
          .toList();
    }
  }
}
