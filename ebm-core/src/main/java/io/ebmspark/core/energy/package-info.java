/** Energies: functions E(x), one file each. */
@NullMarked
package io.ebmspark.core.energy;

import org.jspecify.annotations.NullMarked;
