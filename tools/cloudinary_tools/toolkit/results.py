"""What a tool answers: structured data, a text that is complete by itself, and problems a model can act on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from cloudinary_tools.json_types import is_list, is_mapping
from cloudinary_tools.visible import undisguised as undisguised
from cloudinary_tools.visible import visible as visible

MAX_ANSWER_BYTES = 72_000
"""About 18,000 tokens, after which a list ends and says how to go on."""

T = TypeVar("T")
T_co = TypeVar("T_co", bound=Mapping[str, Any] | None, covariant=True)


class Problem(Exception):
    """A call that cannot be done as asked, in words for the caller.

    `hint` says what to do next. Nothing in it may be a secret or a path outside the allowed folders.
    """

    def __init__(self, message: str, *, hint: str | None = None, retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture that the chat shows."""

    data: bytes
    mime_type: str


@dataclass(frozen=True, slots=True)
class ToolResult(Generic[T_co]):
    """A tool's result. `data` becomes the structured content; `text` stands alone for hosts that show only text."""

    data: T_co
    text: str = ""
    pictures: tuple[Picture, ...] = ()

    def as_text(self) -> str:
        """The text view: what the tool wrote, or the data in compact lines."""
        if self.text or self.data is None:
            return self.text
        return "\n".join(lines(self.data))


def lines(data: Mapping[str, Any], indent: str = "", *, nested: bool = False) -> Iterable[str]:
    """Data as `key: value` lines; nested objects are indented, lists stay on one line where they are short.

    Text within a nested object is quoted, so that it reads as data.
    """
    for key, value in data.items():
        if is_mapping(value):
            yield f"{indent}{key}:"
            yield from lines(value, indent + "  ", nested=True)
        elif is_list(value) and any(is_mapping(item) for item in value):
            yield f"{indent}{key}:"
            yield from (f"{indent}- {inline(item)}" for item in value)
        else:
            yield f"{indent}{key}: {_quoted(value) if nested else inline(value)}"


def inline(value: Any) -> str:
    """One value on one line; text within an object is quoted, so that it reads as data."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_mapping(value):
        return ", ".join(f"{key} {_quoted(item)}" for key, item in value.items())
    if is_list(value):
        return ", ".join(inline(item) for item in value) or "none"
    return visible(str(value))


def _quoted(value: Any) -> str:
    return f'"{inline(value)}"' if isinstance(value, str) else inline(value)


LONGEST_QUOTE = 80
"""Characters of a value that a question or a plan repeats."""


def quote(text: str) -> str:
    """A value from elsewhere as a question shows it: in quotes, on one line, every character visible, cut in length."""
    shown = visible(text).replace('"', "'")
    return f'"{shown if len(shown) <= LONGEST_QUOTE else shown[: LONGEST_QUOTE - 1] + "…"}"'


def without_nulls(data: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not known or empty; 0 and False stay."""
    return {key: value for key, value in data.items() if value is not None and value not in ("", [], {})}


def filled(make: Callable[..., T], **values: Any) -> T:
    """A TypedDict of what is known: values that are None or empty are left out."""
    return make(**without_nulls(values))


def size(count: float) -> str:
    """Bytes for people: decimal units with one digit, as Cloudinary's console shows them."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


NAMED_AT_MOST = 20
"""Names that an answer repeats; of more it says how many."""


def first_names(names: Sequence[str], most: int = NAMED_AT_MOST) -> str:
    """The first names in one line, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def plural(count: int, noun: str) -> str:
    """`1 asset`, `2 assets`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def clock(moment: datetime) -> str:
    """A moment in UTC to the minute."""
    return f"{moment:%H:%M} UTC"
