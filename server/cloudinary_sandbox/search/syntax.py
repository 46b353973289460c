"""The tree of a search expression. Every node knows where in the text it begins."""

from dataclasses import dataclass
from typing import Literal

from cloudinary_sandbox.core.errors import ApiError, bad_request

Op = Literal[":", "=", ">", "<", ">=", "<="]


@dataclass(frozen=True, slots=True)
class Text:
    """A value; `prefix` when it ended with the wildcard."""

    text: str
    at: int
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """`[low TO high]`, or `{low TO high}` without the ends."""

    low: Text
    high: Text
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A condition on one field; the field is empty for a value that any text field may hold."""

    field: str
    op: Op
    value: Text | Range


@dataclass(frozen=True, slots=True)
class Both:
    """All parts hold."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Node"


Node = Term | Both | Either | Not


def query_error(expression: str, at: int) -> ApiError:
    """Make the 400 that points at the place which cannot be read."""
    return bad_request(f"Query Error (at position {at + 1}) '{expression[:at]} ➥➥➥{expression[at:]}'")


def terms(node: Node | None) -> list[Term]:
    """All conditions in a tree."""
    match node:
        case None:
            return []
        case Term():
            return [node]
        case Not():
            return terms(node.part)
        case Both() | Either():
            return [term for part in node.parts for term in terms(part)]
