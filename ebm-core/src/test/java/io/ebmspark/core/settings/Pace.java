package io.ebmspark.core.settings;

/** A family for tests, whose kinds have been renamed. */
@Family(packageName = "io.ebmspark.core.settings")
interface Pace {}
