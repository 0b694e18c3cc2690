"""The Python classes on a real Spark Connect server; run by scripts/python-tests."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import pyspark
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession
from pyspark.sql.functions import expr

from crossvalidation import chosen
from ebmspark import EbmError, EnergyBasedModel, EnergyBasedModelEstimator, EnergyEvaluator
from wrongtypes import refused

SMALL = dict(
    exclude=["label"],
    energy={"kind": "mlp", "hidden": [16]},
    objective={"kind": "denoising-score-matching", "noise": 0.5},
    learningRate=0.002,
    steps=40,
    seed=7,
)
IN_MEMORY = "spark.connect.session.connectML.mlCache.memoryControl.maxInMemorySize"


class Server:
    """A process that answers on a port of its own."""

    def __init__(self, folder, *options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = os.path.join(folder, f"server-{self.port}.log")
        command = [
            os.path.join(os.path.dirname(pyspark.__file__), "bin", "spark-submit"),
            *("--master", "local[2]", "--driver-memory", "1g"),
            *("--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2"),
            *("--driver-java-options", f"-Djava.io.tmpdir={folder}"),
            *("--conf", f"spark.connect.grpc.binding.port={self.port}"),
            *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
            *options,
            "spark-internal",
        ]
        self.sessions = []
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        while True:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                with open(self.log) as log:
                    raise AssertionError(log.read())
            time.sleep(0.2)

    @property
    def url(self):
        return f"sc://127.0.0.1:{self.port}"

    def session(self):
        session = SparkSession.builder.remote(self.url).create()
        self.sessions.append(session)
        return session

    def stop(self):
        # A session whose server has gone tries to reach it for minutes.
        for session in self.sessions:
            session.stop()
        self.process.terminate()
        self.process.wait()


def scored(model, table):
    return sorted(map(str, model.transform(table).collect()))


class ConnectTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.server = Server(cls.folder.name, "--jars", os.environ["EBM_JAR"])
        cls.spark = cls.server.session()
        rows = cls.spark.range(0, 400, 1, 2).select(
            expr("randn(1) + if(id % 20 = 0, 6, 0) AS amount"),
            expr("randn(2) - if(id % 20 = 0, 6, 0) AS seconds"),
            expr("if(id % 20 = 0, 1.0D, 0.0D) AS label"),
        )
        cls.path = os.path.join(cls.folder.name, "table")
        rows.write.parquet(cls.path)
        cls.table = cls.spark.read.parquet(cls.path)
        cls.model = EnergyBasedModelEstimator(falsePositiveRate=0.1, **SMALL).fit(cls.table)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.cleanup()

    def place(self, name):
        return os.path.join(self.folder.name, name)

    def test_same_bits_as_in_a_classic_session(self):
        self.model.write().overwrite().save(self.place("model"))
        classic = [sys.executable, __file__, "classic", self.path, self.place("classic")]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SPARK_CONNECT")}
        said = subprocess.run(classic, check=True, stdout=subprocess.PIPE, text=True, env=environment)
        with open(self.place("model/model.safetensors"), "rb") as ours:
            with open(self.place("classic/model.safetensors"), "rb") as theirs:
                self.assertEqual(ours.read(), theirs.read())
        rows = [line for line in said.stdout.splitlines() if line.startswith("Row(")]
        self.assertEqual(len(rows), 400)
        self.assertEqual(rows, scored(self.model, self.table))

    def test_model_is_saved_and_read(self):
        self.model.write().overwrite().save(self.place("again"))
        again = EnergyBasedModel.load(self.place("again"))
        self.assertIs(type(again), EnergyBasedModel)
        self.assertEqual(scored(again, self.table), scored(self.model, self.table))

    def test_estimator_is_saved_and_read(self):
        EnergyBasedModelEstimator(**SMALL).write().overwrite().save(self.place("estimator"))
        again = EnergyBasedModelEstimator.load(self.place("estimator"))
        self.assertEqual(again.getOrDefault("steps"), 40)
        self.assertEqual(list(again.getOrDefault("exclude")), ["label"])
        model = again.setParams(falsePositiveRate=0.1).fit(self.table)
        self.assertEqual(scored(model, self.table), scored(self.model, self.table))

    def test_pipeline_is_saved_and_read(self):
        pipeline = Pipeline(
            stages=[
                VectorAssembler(inputCols=["amount", "seconds"], outputCol="features"),
                EnergyBasedModelEstimator(features="features", steps=20, energy=SMALL["energy"]),
            ]
        )
        fitted = pipeline.fit(self.table)
        fitted.write().overwrite().save(self.place("pipeline"))
        again = PipelineModel.load(self.place("pipeline"))
        self.assertIsInstance(again.stages[1], EnergyBasedModel)
        self.assertEqual(scored(again, self.table), scored(fitted, self.table))

    def test_cross_validation(self):
        chosen(self, EnergyBasedModelEstimator(**SMALL))

    def test_a_model_that_was_put_aside_comes_back(self):
        small = self.server.session()
        small.conf.set(IN_MEMORY, 1)
        table = small.read.parquet(self.path)
        model = EnergyBasedModelEstimator(falsePositiveRate=0.1, **SMALL).fit(table)
        self.assertEqual(scored(model, table), scored(self.model, self.table))
        # It was read from the server's disk, since without that it is gone.
        shutil.rmtree(self.place("spark_connect_model_cache"))
        with self.assertRaises(Exception):
            scored(model, table)

    def test_settings_of_wrong_types_are_told_where_they_are_set(self):
        refused(self)

    def test_mistakes_are_told(self):
        for settings, message in [
            (dict(steps=-1), "training.steps must be positive, got -1"),
            (dict(energy={"kind": "mpl"}), "did you mean 'mlp'"),
        ]:
            with self.subTest(settings), self.assertRaisesRegex(EbmError, message) as raised:
                EnergyBasedModelEstimator(**settings).fit(self.table)
            self.assertNotIn("JVM stacktrace", str(raised.exception))
        for use, message in [
            (lambda: EnergyBasedModel.load(self.place("nowhere")), "^there is no model at .*/nowhere"),
            (lambda: EnergyBasedModelEstimator(**SMALL).fit(self.table.limit(0)), "0 rows"),
            (lambda: self.model.save(self.folder.name), "already exists. To overwrite it"),
        ]:
            with self.assertRaisesRegex(EbmError, message) as raised:
                use()
            self.assertNotIn("JVM stacktrace", str(raised.exception))

    def test_a_stream_is_scored_like_a_table(self):
        stream = self.spark.readStream.schema(self.table.schema).parquet(self.path)
        writer = self.model.transform(stream).writeStream.format("parquet")
        writer = writer.option("checkpointLocation", self.place("state")).trigger(availableNow=True)
        writer.start(self.place("out")).awaitTermination()
        out = self.spark.read.parquet(self.place("out"))
        self.assertEqual(sorted(map(str, out.collect())), scored(self.model, self.table))

    def test_what_does_not_work_says_so(self):
        for use in [
            lambda: self.model.sample(10),
            lambda: self.model.folder,
            lambda: self.model.numFeatures,
            lambda: self.model.heldOutRows,
        ]:
            with self.assertRaisesRegex(RuntimeError, "does not work in a Spark Connect session; "):
                use()

    def test_a_server_without_the_jar_is_told_of(self):
        server = Server(self.folder.name)
        try:
            command = [sys.executable, __file__, "without-jar", server.url, self.path]
            said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            self.assertEqual(said.stdout.count("start it with --jars"), 4, said.stdout)
        finally:
            server.stop()


def without_jar(url, path):
    """What is said of a server that does not know our classes."""
    spark = SparkSession.builder.remote(url).getOrCreate()
    table = spark.read.parquet(path)

    def with_a_jar_of_the_client():
        spark.addArtifacts(os.environ["EBM_JAR"])
        EnergyBasedModelEstimator(**SMALL).fit(table)

    for use in [
        lambda: EnergyBasedModelEstimator().fit(table),
        lambda: EnergyEvaluator().evaluate(table),
        lambda: EnergyBasedModel.load(path),
        with_a_jar_of_the_client,
    ]:
        try:
            use()
        except RuntimeError as e:
            print(e)
    spark.stop()


def classic(table, model):
    """The same in a session with a JVM."""
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.jars", os.environ["EBM_JAR"]).getOrCreate()
    rows = spark.read.parquet(table)
    fitted = EnergyBasedModelEstimator(falsePositiveRate=0.1, **SMALL).fit(rows)
    fitted.save(model)
    print(*scored(fitted, rows), sep="\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["classic"]:
        classic(*sys.argv[2:])
    elif sys.argv[1:2] == ["without-jar"]:
        without_jar(*sys.argv[2:])
    else:
        unittest.main()
