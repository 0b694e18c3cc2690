package io.ebmspark.core.settings;

/** A family of the tests' own, whose kinds have been renamed. */
@Family(packageName = "io.ebmspark.core.settings")
interface Pace {}
