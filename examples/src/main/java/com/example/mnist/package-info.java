/** Tools around the MNIST example: see docs/results.md. */
@NullMarked
package com.example.mnist;

import org.jspecify.annotations.NullMarked;
