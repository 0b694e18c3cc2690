/** An objective and a sampler of one's own: see docs/own-methods.md. */
@NullMarked
package com.example.methods;

import org.jspecify.annotations.NullMarked;
