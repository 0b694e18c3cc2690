package io.ebmspark.spark.run;

import java.util.Map;
import org.apache.spark.package$;

/** The versions that a run, and a model, are recorded with. */
public final class Versions {
  private Versions() {}

  /** The version of this build. */
  public static String ofThisBuild() {
    String version = Versions.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  /** The versions of this build, of Java and of Spark. */
  static Map<String, String> all() {
    return Map.of(
        "ebm-on-spark", ofThisBuild(),
        "java", System.getProperty("java.version"),
        "spark", package$.MODULE$.SPARK_VERSION());
  }
}
