"""Energy-based models on Spark, from Python: everything is computed in Java, on the executors."""

from ebmspark.ml import EbmError, EnergyBasedModel, EnergyBasedModelEstimator, EnergyEvaluator

__all__ = ["EbmError", "EnergyBasedModel", "EnergyBasedModelEstimator", "EnergyEvaluator"]
