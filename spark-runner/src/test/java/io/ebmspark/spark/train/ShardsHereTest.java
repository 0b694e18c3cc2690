package io.ebmspark.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.data.RowBlock;
import io.ebmspark.spark.data.Sample;
import io.ebmspark.spark.data.Sessions;
import io.ebmspark.spark.data.shards.ShardedTable;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class ShardsHereTest {
  @Test
  void shardsAreTheCachedBlocksThemselves() {
    Dataset<Row> rows = Sessions.shared().range(0, 1_000, 1, 3).selectExpr("randn(1) a", "id b");
    try (ShardedTable table = ShardedTable.of(rows, Sample.table("rows").settings(), 4)) {
      List<RowBlock> blocks = ShardsHere.of(table.shards());
      List<RowBlock> again = ShardsHere.of(table.shards());
      List<RowBlock> copies = table.shards().collect();
      assertThat(blocks).hasSize(4);
      for (int shard = 0; shard < 4; shard++) {
        assertThat(blocks.get(shard)).isSameAs(again.get(shard));
        assertThat(blocks.get(shard).firstRow()).isEqualTo(copies.get(shard).firstRow());
        assertThat(blocks.get(shard).values()).isEqualTo(copies.get(shard).values());
        assertThat(blocks.get(shard)).isNotSameAs(copies.get(shard));
      }
    }
  }
}
