"""Cursors that carry their query, so that the next call needs nothing else."""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

from cloudinary_tools.json_types import is_object
from cloudinary_tools.toolkit.results import Problem

_MOST = 20_000
"""Bytes that a cursor may hold when unpacked; what is longer was not made here."""


def pack(tool: str, state: dict[str, Any]) -> str:
    """A cursor of one tool, as short text."""
    packed = zlib.compress(json.dumps([tool, state], separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def resume(tool: str, cursor: str, asked: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The query that a cursor goes on with. Arguments beside it may repeat that query; `Problem` for a change of it."""
    query = {**defaults, **unpack(tool, cursor)}
    if not all(_fits(query[name], default) for name, default in defaults.items()):
        raise foreign(tool)
    for name, value in asked.items():
        if value not in (defaults[name], query[name]):
            raise Problem(
                f"This next_cursor goes on with {name}={query[name]!r}, not {value!r}.",
                hint="Give next_cursor alone, or start anew without it.",
            )
    return query


def _fits(value: object, default: object) -> bool:
    """Where nothing is the default, a text may stand."""
    return value is None or isinstance(value, str) if default is None else type(value) is type(default)


def unpack(tool: str, cursor: str) -> dict[str, Any]:
    """What a cursor of this tool carries; `Problem` for any other text."""
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        unpacking = zlib.decompressobj()
        maker, state = json.loads(unpacking.decompress(packed, _MOST))
        if maker != tool or not is_object(state) or not unpacking.eof:
            raise ValueError(cursor)
    except (ValueError, TypeError, binascii.Error, zlib.error):
        raise foreign(tool) from None
    return state


def foreign(tool: str) -> Problem:
    """What is said to a text that is no cursor of this tool."""
    return Problem(f"next_cursor is not one of {tool}.", hint="Copy it whole from the last page, or leave it out.")
