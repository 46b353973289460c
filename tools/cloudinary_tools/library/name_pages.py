"""One page of a long list of names: as many as fit one answer, and the cursor of what follows."""

from collections.abc import Mapping
from typing import Any

from cloudinary_tools.toolkit.cursors import pack
from cloudinary_tools.toolkit.results import MAX_ANSWER_BYTES, visible


def one_page(tool: str, query: Mapping[str, Any], names: list[str], cursor: str | None) -> tuple[list[str], str | None]:
    """The names that fit one answer, and the cursor of what follows: the rest of this page, or Cloudinary's next.

    `cursor` is the one that Cloudinary gave with `names`.
    """
    start: int = query.get("skip", 0)
    room, end = MAX_ANSWER_BYTES, start
    while end < len(names) and (end == start or room >= len(names[end].encode()) + 4):
        room -= len(names[end].encode()) + 4
        end += 1
    rest = {name: value for name, value in query.items() if name != "skip"}
    if end < len(names):
        return names[start:end], pack(tool, {**rest, "skip": end})
    return names[start:], pack(tool, {**rest, "next_cursor": cursor}) if cursor else None


def page_text(head: str, names: list[str], cursor: str | None) -> str:
    """A page in words: a headline, a name a line, and the cursor where more follow."""
    return "\n".join([head, *(visible(name) for name in names), *([f"next_cursor: {cursor}"] if cursor else [])])
