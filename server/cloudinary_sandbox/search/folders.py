"""Searching folders: the same grammar over a few fields, evaluated in memory since there are few folders."""

import time
from collections.abc import Callable
from typing import Any

from cloudinary_sandbox.assets.folders import Folder, all_folders
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import last_segment
from cloudinary_sandbox.core.paging import write_cursor
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.search.parser import parse
from cloudinary_sandbox.search.predicates import (
    Anything,
    Beginning,
    Below,
    Exactly,
    Kind,
    Nothing,
    Test,
    Within,
    Words,
    meaning,
    words_of,
)
from cloudinary_sandbox.search.query import SortOrder, digest, page_size, read_orders, read_position
from cloudinary_sandbox.search.replies import stamp
from cloudinary_sandbox.search.syntax import Both, Either, Node, Not, Term

_KINDS: dict[str, Kind] = {
    "": "words", "name": "words", "path": "whole", "external_id": "whole", "created_at": "date", "updated_at": "date",
}  # fmt: skip
_SORTED_BY = frozenset({"name", "path", "created_at", "updated_at"})


async def search_folders(cloud: SandboxCloud, params: Params) -> JSON:
    """Answer a search for folders. 400 for an expression or a parameter that cannot be read."""
    started = time.perf_counter()
    expression = params.text("expression")
    matches = _predicate(parse(expression), expression)
    limit = page_size(params, 50)
    orders = read_orders(params)
    for order in orders:
        if order.name not in _SORTED_BY:
            raise invalid_value("sort_by", order.name)
    found = [folder for folder in (await all_folders(cloud.db)).values() if matches(folder)]
    found.sort(key=lambda folder: folder.path)
    for order in reversed(orders):
        found.sort(key=lambda folder, name=order.name: _value(folder, name), reverse=order.descending)
    start = _start(found, params.text("next_cursor"), digest(expression, orders))
    page = found[start : start + limit]
    reply: JSON = {
        "total_count": len(found),
        "time": 0,
        "folders": [{**folder.listed(), "created_at": stamp(folder.created_at)} for folder in page],
    }
    if page and start + limit < len(found):
        reply["next_cursor"] = _cursor(expression, orders, page[-1])
    reply["time"] = round((time.perf_counter() - started) * 1000)
    return reply


def _cursor(expression: str, orders: tuple[SortOrder, ...], last: Folder) -> str:
    return write_cursor(digest(expression, orders), last.external_id)


def _start(found: list[Folder], cursor: str, seal: str) -> int:
    if not cursor:
        return 0
    given, external_id = read_position(cursor, 2)
    place = next((at for at, folder in enumerate(found) if folder.external_id == external_id), None)
    if given != seal or place is None:
        raise invalid_value("next_cursor", cursor)
    return place + 1


def _value(folder: Folder, name: str) -> Any:
    match name:
        case "path":
            return folder.path
        case "external_id":
            return folder.external_id
        case "created_at" | "updated_at":
            return folder.created_at
        case _:
            return last_segment(folder.path)


def _predicate(node: Node | None, expression: str) -> Callable[[Folder], bool]:
    match node:
        case None:
            return lambda folder: True
        case Term():
            kind = _KINDS.get(node.field)
            if kind is None:
                return lambda folder: False
            name, test = node.field, meaning(node, kind, expression)
            return lambda folder: _meets(_value(folder, name), test)
        case Not():
            inner = _predicate(node.part, expression)
            return lambda folder: not inner(folder)
        case Both() | Either():
            parts = [_predicate(part, expression) for part in node.parts]
            together = all if isinstance(node, Both) else any
            return lambda folder: together(part(folder) for part in parts)


def _meets(value: Any, test: Test) -> bool:
    match test:
        case Exactly(text):
            return value == text
        case Beginning(text):
            return value.startswith(text)
        case Words(words, prefix):
            phrase = f" {' '.join(words)}" + ("" if prefix else " ")
            return phrase in f" {' '.join(words_of(value))} "
        case Within():
            if isinstance(value, str) == isinstance(test.low if test.low is not None else test.high, float):
                return False
            return _inside(value, test)
        case Below(above):
            return not above or value == above or value.startswith(f"{above}/")
        case Anything():
            return True
        case Nothing():
            return False


def _inside(value: Any, test: Within) -> bool:
    above = test.low is None or value > test.low or (test.low_belongs and value == test.low)
    return above and (test.high is None or value < test.high or (test.high_belongs and value == test.high))
