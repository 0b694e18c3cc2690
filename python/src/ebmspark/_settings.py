# Written by PythonSettingsTest from the settings of job files; do not edit.
"""The settings of job files as parameters."""

from __future__ import annotations

from typing import Any

from pyspark.ml.param import Param, Params

from ebmspark._convert import items, scalar, structured


class TrainingSettings(Params):
    """The settings of ebm train whose rows are given."""

    features: Param[Any] = Param(
        Params._dummy(),
        "features",
        "names or patterns (with *) of columns: numbers, booleans as 0 or 1, text, dates where columns says so; nested fields (a.b) and SQL expressions (log(a), a / b AS ratio); or one array or vector column (by default [\"*\"])",
        items("features", "text"),
    )
    exclude: Param[Any] = Param(
        Params._dummy(),
        "exclude",
        "names or patterns (with *) of columns left out (by default [])",
        items("exclude", "text"),
    )
    columns: Param[Any] = Param(
        Params._dummy(),
        "columns",
        "what is made of columns, by their names, or patterns (with *) (by default {})",
        structured("columns"),
    )
    shape: Param[Any] = Param(
        Params._dummy(),
        "shape",
        "shape of a row, as in [1, 28, 28]; empty: [number of features] (by default [])",
        items("shape", "int"),
    )
    missing: Param[Any] = Param(
        Params._dummy(),
        "missing",
        "what to do about nulls, NaN and infinities among numbers and dates: put in the mean and tell the model by an input of its own (indicator), put in the mean, drop such rows, or refuse the table (error) (by default indicator)",
        scalar("missing", "text"),
    )
    transform: Param[Any] = Param(
        Params._dummy(),
        "transform",
        "what is done to numbers before they are scaled, unless columns says otherwise; auto takes the logarithm of those that are far more skewed without it (by default none)",
        scalar("transform", "text"),
    )
    constantColumns: Param[Any] = Param(
        Params._dummy(),
        "constantColumns",
        "what to do about columns of one value, under standard scaling: keep them, so that another value is unusual, leave them out (drop), or refuse the table (error); text of one value is never used (by default keep)",
        scalar("constantColumns", "text"),
    )
    scaling: Param[Any] = Param(
        Params._dummy(),
        "scaling",
        "how features are scaled for the model (by default standard)",
        scalar("scaling", "text"),
    )
    range: Param[Any] = Param(
        Params._dummy(),
        "range",
        "lowest and highest value, taken to -1 and 1 under range scaling (by default [0, 255])",
        items("range", "double"),
    )
    holdOut: Param[Any] = Param(
        Params._dummy(),
        "holdOut",
        "rows held out of training, for thresholds and percentiles that hold on new rows (by default {})",
        structured("holdOut"),
    )
    weight: Param[Any] = Param(
        Params._dummy(),
        "weight",
        "numeric column that says what each row counts for in training: one of weight 2 counts as two such rows, one of weight 0 is not used; all count the same if absent",
        scalar("weight", "text"),
    )
    objective: Param[Any] = Param(
        Params._dummy(),
        "objective",
        "what is minimised (by default {kind: denoising-score-matching})",
        structured("objective"),
    )
    optimizer: Param[Any] = Param(
        Params._dummy(),
        "optimizer",
        "the optimiser (by default {kind: adam})",
        structured("optimizer"),
    )
    learningRate: Param[Any] = Param(
        Params._dummy(),
        "learningRate",
        "learning rate, a schedule over training steps (by default 0.001)",
        structured("learningRate"),
    )
    steps: Param[Any] = Param(
        Params._dummy(),
        "steps",
        "number of training steps (by default 2000)",
        scalar("steps", "long"),
    )
    batchSize: Param[Any] = Param(
        Params._dummy(),
        "batchSize",
        "rows per step, over all shards; if there are fewer, all of them (by default 512)",
        scalar("batchSize", "int"),
    )
    shards: Param[Any] = Param(
        Params._dummy(),
        "shards",
        "parts the data is cut into, whatever the cluster; changing it changes only rounding; if absent, more where a part would have more than about 33 million values (by default 2)",
        scalar("shards", "int"),
    )
    gradientClip: Param[Any] = Param(
        Params._dummy(),
        "gradientClip",
        "largest Euclidean norm of the gradient; a longer one is scaled down to it",
        scalar("gradientClip", "double"),
    )
    averageDecay: Param[Any] = Param(
        Params._dummy(),
        "averageDecay",
        "decay of the moving average of the parameters, which is what scores and samples; 0 turns it off (by default 0.999)",
        scalar("averageDecay", "double"),
    )
    blockRows: Param[Any] = Param(
        Params._dummy(),
        "blockRows",
        "about how many rows are computed at once inside a shard (by default 512)",
        scalar("blockRows", "int"),
    )
    seed: Param[Any] = Param(
        Params._dummy(),
        "seed",
        "seed of every random number of the run (by default 0)",
        scalar("seed", "long"),
    )
    checkpointEvery: Param[Any] = Param(
        Params._dummy(),
        "checkpointEvery",
        "steps between checkpoints, from which an interrupted run continues; 0 keeps none (by default 200)",
        scalar("checkpointEvery", "long"),
    )
    divergence: Param[Any] = Param(
        Params._dummy(),
        "divergence",
        "what counts as divergence, and what to do about it (by default {})",
        structured("divergence"),
    )
    validation: Param[Any] = Param(
        Params._dummy(),
        "validation",
        "rows set aside to keep the best weights by, and to end training where it no longer helps; without it, all steps are taken and the last weights kept",
        structured("validation"),
    )
    energy: Param[Any] = Param(
        Params._dummy(),
        "energy",
        "the energy to train; follows from the table if absent",
        structured("energy"),
    )
    sampling: Param[Any] = Param(
        Params._dummy(),
        "sampling",
        "how the model is sampled by default (by default {})",
        structured("sampling"),
    )
    output: Param[Any] = Param(
        Params._dummy(),
        "output",
        "where the model goes",
        structured("output"),
    )
    initialWeights: Param[Any] = Param(
        Params._dummy(),
        "initialWeights",
        "a safetensors file of weights that training begins with, under the energy's own names, as PyTorch writes it (docs/exchange.md); fresh ones if absent",
        scalar("initialWeights", "text"),
    )


class ScoringSettings(Params):
    """The settings of ebm score whose rows are given."""

    missing: Param[Any] = Param(
        Params._dummy(),
        "missing",
        "what to do with rows that have missing values the model has no input for; as in training if absent; drop and indicator make their energy null",
        scalar("missing", "text"),
    )
    energyColumn: Param[Any] = Param(
        Params._dummy(),
        "energyColumn",
        "column added for the energy: higher is less usual (by default energy)",
        scalar("energyColumn", "text"),
    )
    percentileColumn: Param[Any] = Param(
        Params._dummy(),
        "percentileColumn",
        "column added for the energy's percentile, 0 to 100, among the rows held out from training, or the training rows if none were (by default energy_percentile)",
        scalar("percentileColumn", "text"),
    )
    pValueColumn: Param[Any] = Param(
        Params._dummy(),
        "pValueColumn",
        "column added for the energy's p-value among n rows held out from training, (1 + the number with an energy at least as high) / (n + 1), if there were any (by default energy_p_value)",
        scalar("pValueColumn", "text"),
    )
    threshold: Param[Any] = Param(
        Params._dummy(),
        "threshold",
        "which rows to flag; none if absent",
        structured("threshold"),
    )
    flagColumn: Param[Any] = Param(
        Params._dummy(),
        "flagColumn",
        "column added if there is a threshold: whether a row is flagged (by default is_anomaly)",
        scalar("flagColumn", "text"),
    )
    explain: Param[Any] = Param(
        Params._dummy(),
        "explain",
        "which rows are explained, and how; none if absent",
        structured("explain"),
    )
