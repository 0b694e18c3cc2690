"""The Python classes against the Java ones, on a real PySpark; run by scripts/python-tests."""

import glob
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import numpy as np
from pyspark.errors import PythonException
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.ml.feature import StringIndexer, VectorAssembler
from pyspark.sql import SparkSession
from pyspark.sql.functions import expr, udf

from crossvalidation import chosen
from ebmspark import EbmError, EnergyBasedModel, EnergyBasedModelEstimator, EnergyEvaluator
from wrongtypes import refused

SMALL = dict(
    energy={"kind": "mlp", "hidden": [16]},
    objective={"kind": "denoising-score-matching", "noise": 0.5},
    steps=60,
    seed=7,
)


def session():
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "2")
    spark = builder.config("spark.jars", os.environ["EBM_JAR"]).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


class EbmSparkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.spark = session()
        rows = cls.spark.range(0, 600, 1, 2).select(
            expr("randn(1) + if(id % 30 = 0, 6, 0) AS amount"),
            expr("randn(2) - if(id % 30 = 0, 6, 0) AS seconds"),
            expr("if(id % 3 = 0, 'web', 'shop') AS kind"),
            expr("if(id % 30 = 0, 1.0D, 0.0D) AS label"),
        )
        cls.path = os.path.join(cls.folder.name, "table")
        rows.write.parquet(cls.path)
        cls.table = cls.spark.read.parquet(cls.path)
        cls.model = EnergyBasedModelEstimator(exclude=["label"], **SMALL).fit(cls.table)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def place(self, name):
        return os.path.join(self.folder.name, name)

    def scored_table(self):
        return self.model.transform(self.table)

    def scored(self, model, table=None):
        return sorted(map(str, model.transform(table or self.table).collect()))

    def test_model_is_saved_and_read(self):
        self.model.write().overwrite().save(self.place("model"))
        again = EnergyBasedModel.load(self.place("model"))
        self.assertEqual(self.scored(again), self.scored(self.model))
        self.assertEqual(again.numFeatures, self.model.numFeatures)
        self.assertGreater(again.heldOutRows, 0)

    def test_estimator_is_saved_and_read(self):
        estimator = EnergyBasedModelEstimator(exclude=("label",), **SMALL)
        estimator.write().overwrite().save(self.place("estimator"))
        again = EnergyBasedModelEstimator.load(self.place("estimator"))
        self.assertEqual(again.getOrDefault("steps"), 60)
        self.assertEqual(self.scored(again.fit(self.table)), self.scored(self.model))

    def test_pipeline_is_saved_and_read(self):
        pipeline = Pipeline(
            stages=[
                StringIndexer(inputCol="kind", outputCol="index"),
                VectorAssembler(inputCols=["amount", "seconds", "index"], outputCol="features"),
                EnergyBasedModelEstimator(features="features", falsePositiveRate=0.1, **SMALL),
            ]
        )
        fitted = pipeline.fit(self.table)
        fitted.write().overwrite().save(self.place("pipeline"))
        again = PipelineModel.load(self.place("pipeline"))
        self.assertIsInstance(again.stages[2], EnergyBasedModel)
        self.assertEqual(self.scored(again), self.scored(fitted))
        self.assertIn("is_anomaly", again.transform(self.table).columns)

    def test_cross_validation(self):
        best = chosen(self, EnergyBasedModelEstimator(exclude=["label"], **SMALL)).transform(self.table)
        # Spark's own evaluator takes the same column, and is the oracle here.
        other = BinaryClassificationEvaluator(rawPredictionCol="energy").setNumBins(0)
        self.assertAlmostEqual(EnergyEvaluator().evaluate(best), other.evaluate(best), 9)

    def test_rows_are_drawn(self):
        drawn = self.model.sample(20, seed=3)
        self.assertEqual(drawn.columns, ["amount", "seconds", "kind", "energy"])
        self.assertEqual(drawn.count(), 20)

    def test_settings_of_wrong_types_are_told_where_they_are_set(self):
        refused(self)

    def test_mistakes_are_told(self):
        for settings, kind, message in [
            (dict(steps=-1), EbmError, "training.steps must be positive, got -1"),
            (dict(energy={"kind": "mpl"}), EbmError, "did you mean 'mlp'"),
            (dict(stepz=1), TypeError, "stepz is no setting"),
            (dict(falsePositiveRate=2), EbmError, "must be above 0 and below 1"),
            (dict(falsePositiveRate=0.1, threshold={}), TypeError, "both given"),
        ]:
            with self.subTest(settings), self.assertRaisesRegex(kind, message):
                EnergyBasedModelEstimator(**settings)
        pandas = self.table.limit(9).toPandas()
        for other in [
            lambda: EnergyBasedModelEstimator(**SMALL).fit(pandas),
            lambda: self.model.transform(pandas),
            lambda: EnergyEvaluator().evaluate(pandas),
        ]:
            with self.assertRaisesRegex(TypeError, "got pandas.*; spark.createDataFrame makes one"):
                other()
        with self.assertRaisesRegex(TypeError, "seed .* has more than 64 bits"):
            self.model.sample(1, seed=2**64)
        with self.assertRaisesRegex(TypeError, "features expects a number, .* got Column<"):
            EnergyBasedModelEstimator(features=[expr("amount")])
        for use, message in [
            (lambda: EnergyBasedModel.load(self.place("nowhere")), "^there is no model at .*/nowhere"),
            (lambda: self.model.transform(self.table.drop("amount")), "^the table lacks a column"),
            (lambda: EnergyBasedModelEstimator(**SMALL).fit(self.table.limit(0)), "0 rows"),
            (lambda: EnergyEvaluator(labelCol="kind").evaluate(self.scored_table()), "kind"),
            (lambda: self.model.sample(-1), "^rows must be positive, got -1$"),
            (lambda: self.model.save(self.folder.name), "already exists. To overwrite it"),
            (lambda: EnergyEvaluator().save(self.folder.name), "already exists. To overwrite it"),
        ]:
            with self.assertRaisesRegex(EbmError, message) as raised:
                use()
            self.assertNotIn("\tat ", str(raised.exception))

    def test_a_function_of_the_users_that_fails_is_told_as_pyspark_tells_it(self):
        failing = udf(lambda amount: 1 / 0, "double")
        with self.assertRaisesRegex(PythonException, "ZeroDivisionError"):
            EnergyBasedModelEstimator(**SMALL).fit(self.table.withColumn("ratio", failing("amount")))

    def test_sessions_without_the_jar_or_none_at_all_are_told_of(self):
        said = subprocess.run(
            [sys.executable, __file__, "without-jar"], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        self.assertEqual(said.count("there is no Spark session"), 1, said)
        # Also by a session that is started with it, in the Java of the one before.
        self.assertEqual(said.count("restart Python"), 3, said)

    def test_values_may_be_numpys(self):
        values = dict(
            steps=np.int64(5),
            gradientClip=np.float32(0.5),
            exclude=np.array(["label"]),
            energy={"kind": "mlp", "hidden": [np.int64(16)]},
            output={"model": pathlib.Path(self.place("of-numpys"))},
        )
        estimator = EnergyBasedModelEstimator(**values)
        self.assertIs(type(estimator.getOrDefault("steps")), int)
        self.assertEqual(estimator.fit(self.table).sample(np.int64(2)).count(), 2)

    def test_a_killed_stream_goes_on_and_writes_every_row_once(self):
        self.model.write().overwrite().save(self.place("for-stream"))
        source = self.place("source")
        self.table.repartition(12).write.parquet(source)
        arguments = [source, self.place("for-stream"), self.place("out"), self.place("state")]
        command = [sys.executable, __file__, "stream", *arguments]
        query = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for line in query.stdout:
            if line.startswith("batches 3"):
                os.kill(query.pid, signal.SIGKILL)
                break
        self.assertEqual(query.wait(), -signal.SIGKILL)
        before = len(glob.glob(self.place("out") + "/part-*"))
        self.assertGreater(before, 0)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        out = self.spark.read.parquet(self.place("out"))
        self.assertEqual(sorted(map(str, out.collect())), self.scored(self.model))


def stream(source, model, out, state):
    """Scores a stream of files, one at a time."""
    spark = session()
    rows = spark.readStream.schema(spark.read.parquet(source).schema)
    rows = rows.option("maxFilesPerTrigger", 1).parquet(source)
    scored = EnergyBasedModel.load(model).transform(rows)
    query = (
        scored.writeStream.format("parquet")
        .option("checkpointLocation", state)
        .trigger(availableNow=True)
        .start(out)
    )
    while not query.awaitTermination(0.05):
        if query.lastProgress:
            print("batches", query.lastProgress["batchId"], flush=True)


def without_jar():
    """What is said before a session, in one that knows the classes not, and in one after it."""

    def tell(use):
        try:
            use()
        except RuntimeError as e:
            print(e)

    tell(EnergyBasedModelEstimator)
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    first = builder.getOrCreate()
    tell(EnergyBasedModelEstimator)
    tell(lambda: EnergyBasedModel.load("anywhere"))
    first.stop()
    session()
    tell(EnergyEvaluator)


if __name__ == "__main__":
    if sys.argv[1:2] == ["stream"]:
        stream(*sys.argv[2:])
    elif sys.argv[1:2] == ["without-jar"]:
        without_jar()
    else:
        unittest.main()
