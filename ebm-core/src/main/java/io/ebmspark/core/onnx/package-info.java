/** Energies as ONNX files: graphs of the standard operators, with derivatives written out. */
@NullMarked
package io.ebmspark.core.onnx;

import org.jspecify.annotations.NullMarked;
