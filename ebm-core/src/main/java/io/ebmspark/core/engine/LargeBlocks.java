package io.ebmspark.core.engine;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;

/**
 * Native memory for vectors of more than 32 MB. glibc gives every such block back to the kernel
 * when it is freed and asks for it anew, and the kernel clears it page by page, which takes several
 * times as long as adding two of them.
 */
public final class LargeBlocks {
  private static final int FLOATS = 8 << 20;

  // Parameters of mallopt(3), as glibc's malloc.h numbers them.
  private static final int TRIM_THRESHOLD = -1;
  private static final int TOP_PAD = -2;
  private static final int MMAP_THRESHOLD = -3;

  private static final int ANY_BYTES = 1 << 30;

  /** What a heap of a thread's own holds at most. */
  private static final int HEAP_BYTES = 64 << 20;

  private static boolean asked;

  private LargeBlocks() {}

  /**
   * Has this process keep freed blocks for the next ones, if vectors of this length need it.
   * Without effect on blocks above 64 MB, which a thread's own heap cannot hold, where the
   * environment sets a threshold itself, and with another C library than glibc.
   */
  public static synchronized void keep(long floats) {
    if (asked || floats <= FLOATS) {
      return;
    }
    asked = true;
    if (System.getenv("MALLOC_TRIM_THRESHOLD_") == null
        && System.getenv("MALLOC_MMAP_THRESHOLD_") == null) {
      try {
        Function mallopt = NativeLibrary.getProcess().getFunction("mallopt");
        mallopt.invokeInt(new Object[] {MMAP_THRESHOLD, ANY_BYTES});
        mallopt.invokeInt(new Object[] {TRIM_THRESHOLD, ANY_BYTES});
        // A heap that is free as a whole goes back if the one before has this much room left.
        mallopt.invokeInt(new Object[] {TOP_PAD, HEAP_BYTES});
      } catch (UnsatisfiedLinkError e) {
        // Another C library, without such settings.
      }
    }
  }
}
