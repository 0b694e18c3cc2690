package io.ebmspark.spark.profile;

import io.ebmspark.core.settings.Check;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.spark.data.encoding.ColumnKind;
import io.ebmspark.spark.data.features.Features;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The distributions of a table's columns before any row was left out: the content of {@code
 * profile.json}. Counts cover all rows; the same rows give the same profile, however they are
 * stored, split or read.
 */
public record DataProfile(
    @Setting("format of this file") String format,
    @Setting("where the rows came from") String source,
    @Setting("number of rows") long rows,
    @Setting("rows whose array had the wrong length; all their values count as missing")
        long wrongLengths,
    @Setting("digest of the columns and all rows, in any order") String fingerprint,
    @Setting("rows sampled by their content, for edges, moments and duplicates") long sampled,
    @Setting("distinct rows among these") long distinct,
    @Setting("sum, over these, of the squared number of copies") long copiesSquared,
    @Setting("Spark types of all columns of the table, by name") Map<String, String> schema,
    @Setting("columns or expressions that are features, or the one array column")
        List<String> features,
    @Setting("whether the features are the values of one array column") boolean packed,
    @Setting("number of features") int width,
    @Setting("SQL of the features that are expressions, by name") Map<String, String> expressions,
    @Setting("Spark types of the columns the features are computed from, by name")
        Map<String, String> types,
    @Setting("each feature; of a long array, at most a thousand evenly spaced elements")
        List<ColumnProfile> columns,
    @Setting(value = "files the rows were read from, if they are tracked", defaultsTo = "[]")
        List<SourceFile> files,
    @Setting(
            value = "what the values are of features that are no numbers, by name",
            defaultsTo = "{}")
        Map<String, ColumnKind> kinds) {
  /** The one format there is. */
  public static final String FORMAT = "ebm-on-spark-profile/1";

  public DataProfile {
    Check.that(
        format.equals(FORMAT), "format", "is '" + format + "'; this version reads " + FORMAT);
    Check.notNegative("rows", rows);
    schema = Collections.unmodifiableMap(new LinkedHashMap<>(schema));
    expressions = Collections.unmodifiableMap(new LinkedHashMap<>(expressions));
    types = Collections.unmodifiableMap(new LinkedHashMap<>(types));
    features = List.copyOf(features);
    columns = List.copyOf(columns);
    files = List.copyOf(files);
    kinds = Collections.unmodifiableMap(new LinkedHashMap<>(kinds));
  }

  /** The features, to look up in a table; the model knows the zone of their instants. */
  public Features toFeatures() {
    return new Features(features, expressions, types, kinds, packed, width, Optional.empty());
  }

  /** What the bins of one of its columns are called. */
  public List<String> binNames(ColumnProfile column) {
    return column.binNames(kinds.getOrDefault(column.name(), ColumnKind.NUMBER));
  }

  /** What its columns are called. */
  public Set<String> names() {
    return columns.stream().map(ColumnProfile::name).collect(Collectors.toSet());
  }

  /** A column's profile, by its name. */
  public Optional<ColumnProfile> column(String name) {
    return columns.stream().filter(column -> column.name().equals(name)).findFirst();
  }

  /** The share of rows that are copies of another row. */
  public double duplicates() {
    return sampled == 0 ? 0 : 1 - (double) distinct / sampled;
  }

  /** A copy with the files the rows were read from. */
  public DataProfile withFiles(List<SourceFile> read) {
    return new DataProfile(
        format,
        source,
        rows,
        wrongLengths,
        fingerprint,
        sampled,
        distinct,
        copiesSquared,
        schema,
        features,
        packed,
        width,
        expressions,
        types,
        columns,
        read,
        kinds);
  }
}
