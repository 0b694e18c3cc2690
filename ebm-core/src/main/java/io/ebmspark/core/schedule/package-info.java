/** Schedules: pure functions of a step, one file each. */
@NullMarked
package io.ebmspark.core.schedule;

import org.jspecify.annotations.NullMarked;
