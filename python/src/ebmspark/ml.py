"""The classes of ``io.ebmspark.ml`` as PySpark's own stages are: thin, with every parameter."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pyspark import keyword_only
from pyspark.errors import IllegalArgumentException
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.util import JavaMLReadable, JavaMLReader, JavaMLWritable, MLReadable
from pyspark.ml.wrapper import JavaEstimator, JavaModel, JavaParams, JavaWrapper
from pyspark.ml.evaluation import JavaEvaluator
from pyspark.sql import DataFrame
from pyspark.sql.utils import is_remote

from ebmspark._convert import scalar
from ebmspark._settings import ScoringSettings, TrainingSettings

PACKAGE = "io.ebmspark.ml"
FAILURE = "io.ebmspark.core.failure.EbmException"
REFUSAL = "java.io.IOException"
T = TypeVar("T", bound=MLReadable[Any])
Stage = TypeVar("Stage", bound=JavaParams)


class EbmError(RuntimeError):
    """What a user can mend: says in a sentence what is wrong, which value, and what to change."""


@contextmanager
def _told() -> Iterator[None]:
    """Raises what Java has to tell the user without Java's trace."""
    if is_remote():
        with _server():
            yield
        return
    _require_session()
    # A client of Spark Connect has no Py4J.
    from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]

    try:
        yield
    except IllegalArgumentException as e:
        raise EbmError(str(e)) from None
    except Py4JJavaError as e:
        told = _what_is_told(e.java_exception)
        if told is None:
            raise
        raise told from None


def _require_session() -> None:
    """PySpark's own word for it is an AssertionError without one."""
    from pyspark import SparkContext

    if SparkContext._active_spark_context is None:
        raise RuntimeError(
            "there is no Spark session, or it was stopped; start one, and load again what was made "
            "in another"
        )


def _what_is_told(failure: Any) -> Exception | None:
    from py4j.java_gateway import is_instance_of  # type: ignore[import-untyped]
    from pyspark import SparkContext
    from pyspark.errors.exceptions.captured import PythonException, convert_exception

    # As Spark refuses to write where something is.
    if failure.getClass().getName() == REFUSAL:
        return EbmError(failure.getMessage())
    while failure is not None:
        if is_instance_of(SparkContext._gateway, failure, FAILURE):
            return EbmError(failure.getMessage())
        # A Python function of the user's may have failed on the table's rows.
        converted = convert_exception(failure)
        if isinstance(converted, PythonException):
            return converted
        failure = failure.getCause()
    return None


@contextmanager
def _server() -> Iterator[None]:
    """Raises what a Spark Connect server has to tell, as that it does not know our classes."""
    try:
        yield
    except Exception as e:
        # Of a jar that a client has added, the server's tasks know nothing, nor does who reads their
        # results; which of them says so first is a matter of the plan.
        unknown = (
            rf"Unsupported .* {PACKAGE}\.|ClassNotFound with classloader"
            r"|ClassNotFoundException: io\.ebmspark\.|cannot assign instance of .*SerializedLambda"
        )
        if re.search(unknown, str(e)):
            raise RuntimeError(
                f"the Spark Connect server does not know {PACKAGE}; start it with "
                "--jars …/jobs-…-all.jar, which mvn package builds"
            ) from e
        ours = rf"\((?:io\.ebmspark\.\S+|{REFUSAL})\) "
        told = re.match(rf"({ours})?(.*?)(\n\nJVM stacktrace:|$)", str(e), re.DOTALL)
        if told and (told[1] or isinstance(e, IllegalArgumentException)):
            raise EbmError(told[2]) from None
        raise


def _only_classic(name: str, instead: str) -> None:
    if is_remote():
        raise RuntimeError(f"{name} does not work in a Spark Connect session; {instead}")


class _Reader(JavaMLReader[T]):
    """Reads with the Java class of the same name in our package."""

    @classmethod
    def _java_loader_class(cls, clazz: type) -> str:
        return f"{PACKAGE}.{clazz.__name__}"


class _Readable(JavaMLReadable[T]):
    @classmethod
    def read(cls) -> Any:
        """A reader of what ``save`` wrote."""
        if is_remote():
            from pyspark.ml.connect.readwrite import RemoteMLReader

            # It takes the Java class's name from the Python class's.
            return RemoteMLReader(type(cls.__name__, (cls,), {"__module__": PACKAGE}))
        return _Reader(cls)

    @classmethod
    def load(cls, path: str) -> T:
        """Reads what ``save`` wrote."""
        with _told():
            _java_class(cls.__name__)
            stage: T = cls.read().load(path)
            return stage


class _Writable(JavaMLWritable):
    def write(self) -> Any:
        """A writer of what ``load`` reads."""
        writer = super().write()
        writer.save = _told()(writer.save)  # type: ignore[method-assign]
        return writer


def _java_class(name: str) -> None:
    """Refuses a session whose Java does not know our classes."""
    if is_remote():
        return
    from py4j.java_gateway import JavaPackage
    from pyspark import SparkContext

    _require_session()
    assert SparkContext._jvm is not None
    found = SparkContext._jvm
    for part in f"{PACKAGE}.{name}".split("."):
        found = getattr(found, part)
    if isinstance(found, JavaPackage):
        raise RuntimeError(
            f"Spark does not know {PACKAGE}.{name}; restart Python, as a notebook's kernel, since "
            "Java stays as the first session of a process started it, and start that session with "
            '.config("spark.jars", "…/jobs-…-all.jar"), which mvn package builds'
        )


def _java_object(name: str, uid: str) -> Any:
    """The Java object; in a Spark Connect session, its class's name."""
    _java_class(name)
    return JavaWrapper._new_java_obj(f"{PACKAGE}.{name}", uid)


def _spark_dataframe(method: str, dataset: Any) -> None:
    if not hasattr(type(dataset), "sparkSession"):
        raise TypeError(
            f"{method} expects a dataframe of Spark's, got {type(dataset).__module__}."
            f"{type(dataset).__name__}; spark.createDataFrame makes one of pandas'"
        )


class EnergyBasedModelEstimator(
    JavaEstimator["EnergyBasedModel"],
    TrainingSettings,
    ScoringSettings,
    _Readable["EnergyBasedModelEstimator"],
    _Writable,
):
    """Trains an energy-based model on the rows of a dataframe, as ``ebm train`` does.

    Every keyword is a setting of a job file (docs/settings.md); what is not given follows from the
    rows, as does what is None. A setting with settings of its own takes a dict, or the text of a
    job file. A value of the wrong type is a ``TypeError`` where it is set. Other mistakes are an
    ``EbmError`` that says what to change: in settings as they are made, in a Spark Connect session
    by ``fit``; in the rows, or in training, by ``fit``.

    ``falsePositiveRate`` is short for ``threshold={"falsePositiveRate": …}``.
    """

    def __init__(self, *, falsePositiveRate: float | None = None, **settings: Any) -> None:
        super().__init__()
        self._java_obj = _java_object("EnergyBasedModelEstimator", self.uid)
        self.setParams(falsePositiveRate=falsePositiveRate, **settings)

    def setParams(
        self, *, falsePositiveRate: float | None = None, **settings: Any
    ) -> EnergyBasedModelEstimator:
        """Sets settings by their names."""
        return _set(self, falsePositiveRate, settings)

    def _fit(self, dataset: DataFrame) -> EnergyBasedModel:
        _spark_dataframe("fit", dataset)
        with _told():
            return super()._fit(dataset)

    def _create_model(self, java_model: Any) -> EnergyBasedModel:
        return EnergyBasedModel(java_model)


class EnergyBasedModel(JavaModel, ScoringSettings, _Readable["EnergyBasedModel"], _Writable):
    """A trained model: adds energy, percentile, p-value and, if so set, flag and reasons.

    ``load`` reads any model folder, also one that ``ebm train`` wrote.
    """

    def _transform(self, dataset: DataFrame) -> DataFrame:
        _spark_dataframe("transform", dataset)
        with _told():
            return super()._transform(dataset)

    def setParams(
        self, *, falsePositiveRate: float | None = None, **settings: Any
    ) -> EnergyBasedModel:
        """Sets settings of scoring by their names."""
        return _set(self, falsePositiveRate, settings)

    @property
    def folder(self) -> str:
        """The folder of the model."""
        _only_classic("folder", "set output, which is the folder")
        return str(self._call_java("folder"))

    @property
    def numFeatures(self) -> int:
        """The number of inputs, which encoded columns make several of."""
        _only_classic("numFeatures", "save the model; ebm describe tells it")
        return int(self._call_java("numFeatures"))

    @property
    def heldOutRows(self) -> int:
        """How many rows were held out of training, whose energies p-values are taken among."""
        _only_classic("heldOutRows", "save the model; ebm describe tells it")
        return int(self._call_java("heldOutRows"))

    def sample(self, rows: int, seed: int = 0) -> DataFrame:
        """Draws rows in the columns, types and units of the training rows, with their energies."""
        _only_classic("sample", "save the model; ebm sample draws from it")
        with _told():
            drawn: DataFrame = self._call_java(
                "sample", scalar("rows", "long")(rows), scalar("seed", "long")(seed)
            )
            return drawn


class EnergyEvaluator(JavaEvaluator, _Readable["EnergyEvaluator"], _Writable):
    """How well energies tell labelled anomalies from other rows; only their order counts."""

    _input_kwargs: dict[str, Any]  # which keyword_only sets

    metricName: Param[str] = Param(
        Params._dummy(),
        "metricName",
        "what is computed: areaUnderROC or averagePrecision",
        TypeConverters.toString,
    )
    labelCol: Param[str] = Param(
        Params._dummy(), "labelCol", "column that is above 0 for anomalies", TypeConverters.toString
    )
    energyCol: Param[str] = Param(
        Params._dummy(), "energyCol", "column of the energies", TypeConverters.toString
    )

    @keyword_only
    def __init__(
        self,
        *,
        metricName: str = "areaUnderROC",
        labelCol: str = "label",
        energyCol: str = "energy",
    ) -> None:
        super().__init__()
        self._java_obj = _java_object("EnergyEvaluator", self.uid)
        self._setDefault(metricName="areaUnderROC", labelCol="label", energyCol="energy")
        self._set(**self._input_kwargs)

    def _evaluate(self, dataset: DataFrame) -> float:
        _spark_dataframe("evaluate", dataset)
        with _told():
            return super()._evaluate(dataset)

    def isLargerBetter(self) -> bool:
        """Whether a larger metric is better: always."""
        return True


def _set(stage: Stage, falsePositiveRate: float | None, settings: dict[str, Any]) -> Stage:
    if falsePositiveRate is not None:
        if settings.get("threshold") is not None:
            raise TypeError("falsePositiveRate and threshold are both given, and mean the same")
        settings = {**settings, "threshold": {"falsePositiveRate": falsePositiveRate}}
    for name, value in settings.items():
        if not stage.hasParam(name):
            raise TypeError(f"{name} is no setting; explainParams() lists them")
        param = stage.getParam(name)
        if value is None:
            stage.clear(param)
            continue
        converted = param.typeConverter(value)
        if not is_remote():
            # Java's check, at once rather than when the dataframe comes.
            with _told():
                stage._make_java_param_pair(param, converted)
        stage._set(**{name: converted})
    return stage


# A pipeline that is read finds the Python class of a Java stage by importing the Java class's name.
sys.modules.setdefault(PACKAGE, sys.modules[__name__])
