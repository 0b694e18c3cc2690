package io.ebmspark.core.engine;

import java.io.IOException;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The memory of a process. What is resident and not Java heap is native: libtorch's arrays and
 * code, and the virtual machine's own.
 *
 * @param process its process id and host
 * @param residentBytes as the operating system counts it; −1 where it does not say (anything but
 *     Linux)
 * @param heapBytes committed to the Java heap
 */
public record ProcessMemory(String process, long residentBytes, long heapBytes)
    implements Serializable {

  private static final String NAME = ProcessHandle.current().pid() + "@" + host();

  /** The memory of this process now. */
  public static ProcessMemory now() {
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
    return new ProcessMemory(NAME, residentBytesNow(), heap);
  }

  private static long residentBytesNow() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
      return -1;
    } catch (IOException e) {
      return -1;
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
