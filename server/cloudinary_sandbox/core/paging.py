"""Pages of a list: how many entries, in which direction, and the cursor that goes on."""

import base64
import json
from typing import Any

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.errors import invalid_value
from cloudinary_sandbox.core.params import Params

_MAX_PAGE = 500
_DIRECTIONS = {"asc": False, "1": False, "desc": True, "-1": True}


def write_cursor(*position: Any) -> str:
    """An opaque `next_cursor` for a position in a list."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *types: type) -> list[Any]:
    """The position in a `next_cursor` of ours; a 400 for any other text."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if [type(item) for item in position] != list(types):
            raise ValueError(cursor)
    except (ValueError, TypeError):
        raise invalid_value("next_cursor", cursor) from None
    return position


def page_size(params: Params, default: int = assumptions.DEFAULT_PAGE_SIZE, most: int = _MAX_PAGE) -> int:
    """Read `max_results`: between 1 and 500, 400 for anything else."""
    size = params.integer("max_results", default)
    if not 1 <= size <= most:
        raise invalid_value("max_results", f"{size}, must be between 1 and {most}")
    return size


def descending(params: Params, default: bool = True) -> bool:
    """Read whether `direction` asks for the descending order."""
    text = params.text("direction").lower()
    if text and text not in _DIRECTIONS:
        raise invalid_value("direction", text)
    return _DIRECTIONS[text] if text else default
