"""Values of settings, as Java and Spark Connect take them."""

from __future__ import annotations

import json
from typing import Any


def plain(value: Any) -> Any:
    """A value of its own kind; a tuple as a list."""
    return list(value) if isinstance(value, tuple) else value


def structured(value: Any) -> str:
    """A value that may have settings of its own, such as a dict, as the text of a job file."""
    return value if isinstance(value, str) else json.dumps(value)
