/**
 * TorchScript as text: sources that lie beside classes, and the archives libtorch loads, assembled
 * from them or brought from PyTorch. Nothing here is run; {@code engine} does that.
 */
@NullMarked
package io.ebmspark.core.program;

import org.jspecify.annotations.NullMarked;
