/** A trained energy at work: its weights as safetensors, the energies of rows, and their ranks. */
@NullMarked
package io.ebmspark.core.model;

import org.jspecify.annotations.NullMarked;
