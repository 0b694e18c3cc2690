package io.ebmspark.spark.registry;

import io.ebmspark.core.settings.Setting;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which versions are in use at one moment. */
public record Aliases(
    @Setting("the champion, followed by the former ones a rollback goes to, most recent first")
        List<Long> champions,
    @Setting("the newest version that has not become champion") Optional<Long> candidate,
    @Setting("the highest version number so far") long newest) {
  static final Aliases NONE = new Aliases(List.of(), Optional.empty(), 0);

  public Aliases {
    champions = List.copyOf(champions);
  }

  /** The version in use. */
  public Optional<Long> champion() {
    return champions.stream().findFirst();
  }

  /** The version in use before the champion. */
  public Optional<Long> previous() {
    return champions.stream().skip(1).findFirst();
  }

  /** The aliases of a version, such as champion. */
  public List<String> of(long version) {
    return Stream.of(Alias.values())
        .filter(alias -> alias.in(this).equals(Optional.of(version)))
        .map(Alias::text)
        .toList();
  }

  Aliases registered(long version) {
    return new Aliases(champions, Optional.of(version), Math.max(newest, version));
  }

  Aliases promoted(long version) {
    List<Long> all =
        Stream.concat(Stream.of(version), champions.stream().filter(old -> old != version))
            .toList();
    return new Aliases(all, candidate.filter(other -> other != version), newest);
  }

  /**
   * Goes back to a former champion; the champions after it are forgotten, so later rollbacks do not
   * return to them.
   */
  Aliases rolledBack(long version) {
    return new Aliases(
        champions.subList(champions.indexOf(version), champions.size()), candidate, newest);
  }

  Aliases removed(long version) {
    return new Aliases(
        champions.stream().filter(other -> other != version).toList(),
        candidate.filter(other -> other != version),
        newest);
  }
}
