/**
 * Why a row has the energy it has: what each of its values adds, and which value would be expected
 * in its place.
 */
@NullMarked
package io.ebmspark.core.explain;

import org.jspecify.annotations.NullMarked;
