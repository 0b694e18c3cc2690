"""Values of settings, as Java and Spark Connect take them."""

from __future__ import annotations

import json
from typing import Any

LARGEST = 2**63 - 1


def plain(value: Any) -> Any:
    """A value in Python's own types, which may come from NumPy or pandas."""
    # Asked of the class: a column of Spark's has every attribute.
    if hasattr(type(value), "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        raise TypeError(f"{value} has more than 64 bits")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"expects a number, a boolean, text, a list or a dict, got {value!r}")


def items(value: Any) -> list[Any]:
    """A list; one value stands for a list of one."""
    own = plain(value)
    return own if isinstance(own, list) else [own]


def structured(value: Any) -> str:
    """A value that may have settings of its own, such as a dict, as the text of a job file."""
    own = plain(value)
    return own if isinstance(own, str) else json.dumps(own)
