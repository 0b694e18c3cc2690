"""Writes what ArviZ says of some chains, for DiagnosticsTest to compare with.

    pip install 'arviz<0.23'
    python ebm-core/src/test/python/diagnostics.py
"""

import json
import pathlib

import arviz
import numpy

OUT = pathlib.Path(__file__).parent.parent / "resources/io/ebmspark/core/diagnostics.json"


def autoregressive(generator, phi, chains, draws):
    x = numpy.zeros((chains, draws))
    x[:, 0] = generator.normal(size=chains)
    for t in range(1, draws):
        x[:, t] = phi * x[:, t - 1] + numpy.sqrt(1 - phi**2) * generator.normal(size=chains)
    return x


def main():
    generator = numpy.random.default_rng(3)
    shifted = autoregressive(generator, 0.5, 4, 60)
    shifted[0] += 1.5
    wide = generator.normal(size=(4, 50)) * numpy.array([[1], [1], [1], [4]])
    cases = {
        "independent": generator.normal(size=(4, 50)),
        "correlated": autoregressive(generator, 0.9, 4, 101),
        "antithetic": autoregressive(generator, -0.6, 3, 80),
        "shifted": shifted,
        "wide": wide,
        "heavy tails": generator.standard_cauchy(size=(4, 60)),
        "ties": numpy.round(autoregressive(generator, 0.4, 4, 60), 0),
        "one chain": autoregressive(generator, 0.7, 1, 100),
        "short": generator.normal(size=(2, 8)),
    }
    found = []
    for name, draws in cases.items():
        draws = numpy.round(draws, 6)
        found.append({
            "name": name, "draws": draws.tolist(), "rHat": float(arviz.rhat(draws, method="rank")) if len(draws) > 1 else None,
            "bulk": float(arviz.ess(draws, method="bulk")),
            "tail": float(arviz.ess(draws, method="tail")),
            "mean": float(arviz.ess(draws, method="mean")),
        })  # fmt: skip
    OUT.write_text(json.dumps(found))


main()
