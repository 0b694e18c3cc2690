"""Values of settings, as Java and Spark Connect take them; each mistake names the setting."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

LARGEST = {"int": 2**31 - 1, "long": 2**63 - 1}
EXPECTED = {
    "int": "a whole number of at most 32 bits",
    "long": "a whole number of at most 64 bits",
    "double": "a number",
    "boolean": "True or False",
    "text": "text",
}


def plain(name: str, value: Any) -> Any:
    """A value in Python's own types, which may come from NumPy or pandas."""
    # Asked of the class: a column of Spark's has every attribute.
    if hasattr(type(value), "tolist"):
        value = value.tolist()
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, dict):
        return {key: plain(name, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(name, item) for item in value]
    if isinstance(value, int) and abs(value) > LARGEST["long"]:
        raise TypeError(f"{name} {value} has more than 64 bits")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{name} expects a number, a boolean, text, a list or a dict, got {value!r}")


def scalar(name: str, kind: str) -> Callable[[Any], Any]:
    """Converts to one value of a kind of Java's, which Spark Connect does not convert."""
    return lambda value: _of(name, kind, plain(name, value))


def items(name: str, kind: str) -> Callable[[Any], list[Any]]:
    """Converts to a list of values of a kind; one value stands for a list of one."""

    def convert(value: Any) -> list[Any]:
        own = plain(name, value)
        return [_of(name, kind, item) for item in (own if isinstance(own, list) else [own])]

    return convert


def structured(name: str) -> Callable[[Any], str]:
    """Converts what may have settings of its own, such as a dict, to the text of a job file."""

    def convert(value: Any) -> str:
        own = plain(name, value)
        return own if isinstance(own, str) else json.dumps(own)

    return convert


def _of(name: str, kind: str, own: Any) -> Any:
    if kind == "text" and isinstance(own, str):
        return own
    if kind == "boolean" and isinstance(own, bool):
        return own
    if isinstance(own, (int, float)) and not isinstance(own, bool):
        if kind == "double":
            return float(own)
        if kind in LARGEST and own == own // 1 and abs(own) <= LARGEST[kind]:
            return int(own)
    raise TypeError(f"{name} expects {EXPECTED[kind]}, got {own!r}")
