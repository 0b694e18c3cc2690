/**
 * Job settings: records bound strictly from YAML or JSON, every problem reported with its place.
 */
@NullMarked
package io.ebmspark.core.settings;

import org.jspecify.annotations.NullMarked;
