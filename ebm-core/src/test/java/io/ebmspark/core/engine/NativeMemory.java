package io.ebmspark.core.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Measures how much native memory some work leaves behind, for tests to limit.
 *
 * <p>It is counted without the Java heap, whose growth depends on when garbage is collected: with
 * compressed pointers, and so below 32 GB, HotSpot keeps the heap and its classes below 64 GB of
 * addresses, and the C library's memory lies far above.
 */
public final class NativeMemory {
  private static final long ABOVE_JAVA = 1L << 36;

  private NativeMemory() {}

  /** Bytes resident outside the Java heap. */
  private static long residentBytes() {
    try {
      long total = 0;
      boolean counted = false;
      List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
      for (String line : lines) {
        if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
          String start = line.substring(0, line.indexOf('-'));
          counted = Long.compareUnsigned(Long.parseUnsignedLong(start, 16), ABOVE_JAVA) > 0;
        } else if (counted && line.startsWith("Rss:")) {
          total += 1024 * Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
      return total;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The megabytes that some work leaves behind: the middle one of three rounds after a first. What
   * is set aside for later is set aside once, and the compiler gives memory back now and then; what
   * leaks does so every time.
   */
  public static double megabytesLeft(Runnable round) {
    round.run();
    double[] left = new double[3];
    for (int i = 0; i < left.length; i++) {
      long before = collected();
      round.run();
      left[i] = (collected() - before) / (double) (1 << 20);
    }
    Arrays.sort(left);
    return left[1];
  }

  /**
   * What is in use: without what Java frees only as it collects garbage (the buffers that arrays
   * are copied by), and what the C library keeps of freed memory, where leaks would find room.
   */
  private static long collected() {
    long found = Long.MAX_VALUE;
    try {
      for (int i = 0; i < 20; i++) {
        System.gc();
        Thread.sleep(50); // the thread that frees them is another
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "systemTrimNativeHeap",
                new Object[0],
                new String[0]);
        long now = residentBytes();
        if (i > 1 && found - now < 1 << 18) {
          return now;
        }
        found = now;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (JMException e) {
      throw new IllegalStateException("this needs jcmd's System.trim_native_heap: JDK 17.0.9", e);
    }
    return found;
  }
}
