"""The type of decoded JSON objects."""

from typing import Any

JSON = dict[str, Any]
"""A JSON object: replies, settings and the columns that hold one."""
