package io.ebmspark.spark.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Machines as far as the network goes: namespaces of this one, each with a link of its own to a
 * common switch, as fast as a real one's both ways. This process has such a link too. Linux, as
 * root.
 */
final class LinkedMachines implements AutoCloseable {
  private static final String SWITCH = "ebm-switch";

  private final List<String> namespaces = new ArrayList<>();

  /**
   * Some machines.
   *
   * @param rate of each link, as {@code tc} writes it
   */
  LinkedMachines(int count, String rate) throws IOException {
    namespaces.add(SWITCH);
    run("ip netns add " + SWITCH);
    runIn(SWITCH, "ip link add bridge type bridge");
    runIn(SWITCH, "ip link set bridge up");
    link("ebm-here", "port-here", rate);
    run("ip addr add " + here() + "/24 dev ebm-here");
    run("ip link set ebm-here up");
    for (int i = 0; i < count; i++) {
      String name = "ebm-" + i;
      namespaces.add(name);
      run("ip netns add " + name);
      link("ebm-link" + i, "port" + i, rate);
      run("ip link set ebm-link" + i + " netns " + name);
      runIn(name, "ip addr add " + host(i) + "/24 dev ebm-link" + i);
      runIn(name, "ip link set lo up");
      runIn(name, "ip link set ebm-link" + i + " up");
      runIn(name, limit("ebm-link" + i, rate));
    }
    run(limit("ebm-here", rate));
  }

  private static void link(String end, String port, String rate) throws IOException {
    run("ip link add " + end + " type veth peer name " + port);
    run("ip link set " + port + " netns " + SWITCH);
    runIn(SWITCH, "ip link set " + port + " master bridge up");
    runIn(SWITCH, limit(port, rate));
  }

  private static String limit(String device, String rate) {
    return "tc qdisc add dev " + device + " root tbf rate " + rate + " burst 256kb latency 50ms";
  }

  /** The address of this process. */
  static String here() {
    return "10.77.0.1";
  }

  /** The address of a machine. */
  static String host(int machine) {
    return "10.77.0." + (10 + machine);
  }

  /** The command that runs another on a machine. */
  static List<String> on(int machine) {
    return List.of("ip", "netns", "exec", "ebm-" + machine);
  }

  private static void runIn(String namespace, String command) throws IOException {
    run("ip netns exec " + namespace + " " + command);
  }

  private static void run(String command) throws IOException {
    Process process = new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command + ": " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** Takes the machines and their links away again. */
  @Override
  public void close() throws IOException {
    for (String namespace : namespaces) {
      run("ip netns del " + namespace);
    }
  }
}
