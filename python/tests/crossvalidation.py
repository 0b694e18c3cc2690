"""A choice that cross-validation has to make: columns that tell anomalies, or a column of noise."""

from pyspark.ml.tuning import CrossValidator, ParamGridBuilder

from ebmspark import EnergyEvaluator

FEATURES = [["amount", "seconds"], ["sin(1e6 * amount) AS noise"]]


def chosen(test, estimator):
    """The model chosen on the test's table, of whose two candidates only the first is any good."""
    grid = ParamGridBuilder().addGrid(estimator.getParam("features"), FEATURES)
    found = CrossValidator(
        estimator=estimator,
        estimatorParamMaps=grid.build(),
        evaluator=EnergyEvaluator(),
        numFolds=2,
        seed=5,
    ).fit(test.table)
    test.assertGreater(found.avgMetrics[0], 0.85)
    test.assertLess(found.avgMetrics[1], 0.75)
    return found.bestModel
