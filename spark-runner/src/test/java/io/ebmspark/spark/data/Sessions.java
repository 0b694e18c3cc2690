package io.ebmspark.spark.data;

import org.apache.spark.sql.SparkSession;

/** The one Spark session shared by all tests here: starting another takes seconds. */
public final class Sessions {
  private Sessions() {}

  public static SparkSession shared() {
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("data tests")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config(
                "spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/ebm-warehouse")
            .config("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
            .config("spark.kryo.registrator", "io.ebmspark.spark.KryoRegistration")
            .getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    return spark;
  }
}
