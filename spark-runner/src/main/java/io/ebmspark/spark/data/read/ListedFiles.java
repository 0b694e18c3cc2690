package io.ebmspark.spark.data.read;

import io.ebmspark.spark.data.DataException;
import io.ebmspark.spark.data.SourceSettings;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathFilter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.InMemoryFileIndex;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.util.HadoopFSUtils;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The files of a table, which Spark lists once, when the table is opened. A file that is added
 * later is never read, and one that is removed makes reading fail. One that is written to or
 * replaced would go unnoticed: a table is read several times, and some rows would be those of
 * before.
 */
public final class ListedFiles {
  private ListedFiles() {}

  /** Accepts everything: a file that Spark had listed is looked for, whatever its name. */
  private static final class All implements PathFilter, Serializable {
    private static final long serialVersionUID = 1;

    @Override
    public boolean accept(Path path) {
      return true;
    }
  }

  /**
   * To be asked when a table has been read for the last time. A file that is gone by then was read,
   * and says nothing.
   *
   * @param source names the rows in messages
   * @throws DataException if a file is no longer what it was when the table was opened
   */
  public static void refuseChanged(Dataset<Row> table, SourceSettings source) {
    QueryExecution query = ((org.apache.spark.sql.classic.Dataset<Row>) table).queryExecution();
    // Rows that are kept in memory come from no file any more.
    for (LogicalPlan leaf : CollectionConverters.asJava(query.withCachedData().collectLeaves())) {
      if (leaf instanceof LogicalRelation relation
          && relation.relation() instanceof HadoopFsRelation files
          && files.location() instanceof InMemoryFileIndex listed) {
        changed(query.sparkSession(), listed, source)
            .ifPresent(
                path -> {
                  throw new DataException(
                      path
                          + " of "
                          + source.describe()
                          + " was written to or replaced while the table was read, so that rows of"
                          + " before and after may be mixed; read the table again once nothing"
                          + " writes to it");
                });
      }
    }
  }

  private static Optional<Path> changed(
      SparkSession spark, InMemoryFileIndex listed, SourceSettings source) {
    Map<Path, FileStatus> now = new HashMap<>();
    try {
      SQLConf conf = spark.sessionState().conf();
      CollectionConverters.asJava(
              HadoopFSUtils.parallelListLeafFiles(
                  spark.sparkContext(),
                  listed.rootPaths(),
                  listed.hadoopConf(),
                  new All(),
                  true,
                  true,
                  conf.parallelPartitionDiscoveryThreshold(),
                  conf.parallelPartitionDiscoveryParallelism()))
          .forEach(
              folder ->
                  CollectionConverters.asJava(folder._2())
                      .forEach(file -> now.put(file.getPath(), file)));
    } catch (Exception e) { // Scala declares no checked exceptions.
      throw TableReader.whileReading(source, e);
    }
    List<FileStatus> before = List.copyOf(CollectionConverters.asJava(listed.leafFiles()).values());
    return before.stream()
        .filter(file -> isOther(file, now.get(file.getPath())))
        .map(FileStatus::getPath)
        .findFirst();
  }

  private static boolean isOther(FileStatus before, @Nullable FileStatus now) {
    return now != null
        && (now.getLen() != before.getLen()
            || now.getModificationTime() != before.getModificationTime());
  }
}
