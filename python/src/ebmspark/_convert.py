"""Values of settings, as Java takes them."""

from __future__ import annotations

import json
from typing import Any


def setting(value: Any) -> Any:
    """The same value; a dict as the text of a job file, a tuple as a list."""
    if isinstance(value, dict):
        return json.dumps(value)
    return list(value) if isinstance(value, tuple) else value
