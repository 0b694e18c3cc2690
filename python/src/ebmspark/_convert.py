"""Values of settings, as Java and Spark Connect take them."""

from __future__ import annotations

import json
from typing import Any


def plain(value: Any) -> Any:
    """A value as it is."""
    return value


def items(value: Any) -> list[Any]:
    """A list; one value stands for a list of one."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def structured(value: Any) -> str:
    """A value that may have settings of its own, such as a dict, as the text of a job file."""
    return value if isinstance(value, str) else json.dumps(value)
