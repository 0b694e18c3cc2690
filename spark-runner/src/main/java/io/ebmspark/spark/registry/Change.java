package io.ebmspark.spark.registry;

import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.security.UserGroupInformation;

/**
 * Who changes a registry, and why.
 *
 * @param user name as known to the file system
 * @param reason for people to read
 * @param forced whether it overrides a gate
 * @param run the run that does it, if one does
 */
public record Change(String user, Optional<String> reason, boolean forced, Optional<String> run) {
  /** A change by the user of this process. */
  public static Change because(String reason) {
    return new Change(
        self(), Optional.of(reason).filter(text -> !text.isBlank()), false, Optional.empty());
  }

  /** The same change, made by a run. */
  public Change byRun(String id) {
    return new Change(user, reason, forced, Optional.of(id));
  }

  /** The same change, overriding a gate. */
  public Change withForce() {
    return new Change(user, reason, true, run);
  }

  private static String self() {
    try {
      return UserGroupInformation.getCurrentUser().getShortUserName();
    } catch (IOException e) {
      return System.getProperty("user.name", "?");
    }
  }
}
