package io.ebmspark.core.explain;

/**
 * Gauss–Legendre quadrature, {@code ∫₀¹ f(t) dt ≈ Σ wᵢ f(tᵢ)}: exact for polynomials of a degree
 * below twice the number of points. The points are the roots of the Legendre polynomial Pₙ, found
 * by Newton's method from {@code cos(π(i + ¾)/(n + ½))}, and moved from (−1, 1) to (0, 1); {@code
 * wᵢ = 1/((1 − zᵢ²)P'ₙ(zᵢ)²)}.
 *
 * @param points tᵢ, in increasing order
 * @param weights wᵢ, which add to 1
 */
record GaussLegendre(double[] points, double[] weights) {
  private static final int ITERATIONS = 10;

  /** The rule of {@code n} points; the same bits on every machine. */
  static GaussLegendre of(int n) {
    double[] points = new double[n];
    double[] weights = new double[n];
    for (int i = 0; i < n; i++) {
      double z = -StrictMath.cos(Math.PI * (i + 0.75) / (n + 0.5));
      double slope = 0;
      for (int k = 0; k < ITERATIONS; k++) {
        double before = 0;
        double value = 1;
        for (int j = 1; j <= n; j++) {
          double next = ((2 * j - 1) * z * value - (j - 1) * before) / j;
          before = value;
          value = next;
        }
        slope = n * (before - z * value) / (1 - z * z);
        z -= value / slope;
      }
      points[i] = (1 + z) / 2;
      weights[i] = 1 / ((1 - z * z) * slope * slope);
    }
    return new GaussLegendre(points, weights);
  }

  int size() {
    return points.length;
  }
}
