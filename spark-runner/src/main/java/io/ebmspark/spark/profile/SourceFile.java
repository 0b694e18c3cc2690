package io.ebmspark.spark.profile;

import io.ebmspark.core.settings.Setting;

/** A file that rows were read from, identified by its content. */
public record SourceFile(
    @Setting("path") String name,
    @Setting("length in bytes") long bytes,
    @Setting("SHA-256 of the content, in hex") String sha256) {}
