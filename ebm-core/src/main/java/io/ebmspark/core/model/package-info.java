/** The trained model as files, and its settings. */
@NullMarked
package io.ebmspark.core.model;

import org.jspecify.annotations.NullMarked;
