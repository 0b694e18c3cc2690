package io.ebmspark.spark.store;

import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsException;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Who holds a lock, for people to read. */
record Holder(
    @Setting("the host it runs on") String host,
    @Setting("the scope of its process id: boot and namespace of the system")
        Optional<String> machine,
    @Setting("its process on that host") long process,
    @Setting("the user it runs as") String user,
    @Setting("when it took the lock, UTC") String since) {

  /** The lock of release 0.1: one file that was rewritten. */
  private record Earlier(
      @Setting("a unique name of the holder") String token,
      @Setting("the host it runs on") String host,
      @Setting("its process on that host") long process,
      @Setting("the user it runs as") String user,
      @Setting("when it took the lock, UTC") String since,
      @Setting("how often it has rewritten this") long beats) {}

  static Holder self() {
    return new Holder(
        hostName(),
        machineName(),
        ProcessHandle.current().pid(),
        userName(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
  }

  String toJson() {
    return SettingsWriter.toJson(this);
  }

  /** Empty if the text is not a complete description. */
  static Optional<Holder> parse(String text) {
    try {
      return Optional.of(SettingsBinder.bind(SettingsTree.parse("lock", text), Holder.class));
    } catch (SettingsException e) {
      return Optional.empty();
    }
  }

  /** The same for a lock of release 0.1. */
  static Optional<Holder> parseEarlier(String text) {
    try {
      Earlier earlier = SettingsBinder.bind(SettingsTree.parse("lock", text), Earlier.class);
      return Optional.of(
          new Holder(
              earlier.host(),
              Optional.empty(),
              earlier.process(),
              earlier.user(),
              earlier.since()));
    } catch (SettingsException e) {
      return Optional.empty();
    }
  }

  /**
   * Only a process that this one would see can be known at once to be dead. A host's name does not
   * tell: containers share names, and see none of each other's processes. Other users' processes
   * are hidden on machines that mount {@code /proc} with {@code hidepid}.
   */
  boolean isKnownDead() {
    return machine.isPresent()
        && machine.equals(machineName())
        && user.equals(userName())
        && ProcessHandle.of(process).isEmpty();
  }

  String describe() {
    return "process " + process + " of " + user + " on " + host + " since " + since;
  }

  private static String userName() {
    return System.getProperty("user.name", "?");
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /** Linux reports both; elsewhere the dead are found by watching. */
  private static Optional<String> machineName() {
    try {
      String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
      return Optional.of(boot + " " + Files.readSymbolicLink(Path.of("/proc/self/ns/pid")));
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }
}
