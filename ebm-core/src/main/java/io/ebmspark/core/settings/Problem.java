package io.ebmspark.core.settings;

/**
 * One thing wrong with settings.
 *
 * @param place where it is: {@code job.yaml:12}, or the {@code --set} it came with
 * @param path the setting, such as {@code training.optimizer}; empty for the whole file
 * @param message what is wrong and what to write instead
 */
public record Problem(String place, String path, String message) {
  @Override
  public String toString() {
    return place + ": " + (path.isEmpty() ? "" : path + " ") + message;
  }
}
