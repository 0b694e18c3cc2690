/** Custom energies: see docs/custom-energies.md. */
@NullMarked
package com.example.energies;

import org.jspecify.annotations.NullMarked;
