package io.ebmspark.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.spark.data.Sessions;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.junit.jupiter.api.Test;

class KeptBlocksTest {
  private static final int FLOATS = 65_536;
  private static final JavaSparkContext CONTEXT =
      JavaSparkContext.fromSparkContext(Sessions.shared().sparkContext());

  private static JavaRDD<float[]> kept(StorageLevel level) {
    JavaRDD<float[]> rows =
        CONTEXT.parallelize(List.of(1, 2), 2).map(i -> new float[FLOATS]).persist(level);
    assertThat(rows.count()).isEqualTo(2);
    return rows;
  }

  @Test
  void whatLiesOnDiscIsCountedUntilItIsGivenBack() {
    JavaRDD<float[]> inMemory = kept(StorageLevel.MEMORY_AND_DISK());
    JavaRDD<float[]> onDisc = kept(StorageLevel.DISK_ONLY());
    assertThat(KeptBlocks.bytesOnDisc(inMemory)).isZero();
    assertThat(KeptBlocks.bytesOnDisc(onDisc)).isBetween(8L * FLOATS, 9L * FLOATS);
    KeptBlocks.release(inMemory);
    KeptBlocks.release(onDisc);
    assertThat(KeptBlocks.bytesOnDisc(onDisc)).isZero();
  }
}
