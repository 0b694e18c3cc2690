"""Energy-based models on Spark, from Python: everything is computed in Java, on the executors."""

from ebmspark.ml import EnergyBasedModel, EnergyBasedModelEstimator, EnergyEvaluator

__all__ = ["EnergyBasedModel", "EnergyBasedModelEstimator", "EnergyEvaluator"]
