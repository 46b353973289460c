"""What is wrong with a transformation: every fault with its place, its value and the way out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from cloudinary_tools.suggestions import nearest

_SHOWN = 60
_LISTED = 24


@dataclass(frozen=True, slots=True)
class TransformationFault:
    """One thing wrong: `path` such as `transformation[1].overlay.font_size`, `message` with value and remedy."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class TransformationError(ValueError):
    """A transformation that would not do what it says. `faults` holds all of them; the text has one a line."""

    def __init__(self, faults: Iterable[TransformationFault]) -> None:
        self.faults: list[TransformationFault] = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


class RefusedError(Exception):
    """One value was refused; carries (place below the key, message) pairs up to where the full path is known."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        self.faults = faults
        super().__init__("; ".join(message for _, message in faults))


def refuse(message: str, place: str = "") -> NoReturn:
    """Refuse a value; `place` is what follows the key in the path (`.font_size`, `[2]`)."""
    raise RefusedError((place, message))


def shown(value: object) -> str:
    """A value as a message shows it: as JSON-like text, cut when long."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def listing(allowed: Iterable[object]) -> str:
    """The allowed words in one line; long sets are cut and say how many there are."""
    words = [str(item) for item in allowed]
    if len(words) <= _LISTED:
        return ", ".join(words)
    return f"{', '.join(words[: _LISTED - 4])}, … ({len(words)} in all)"


def not_in(name: str, value: object, allowed: Iterable[object], hint: str = "") -> str:
    """The message for a value outside a set: the nearest member and the set."""
    words = [str(item) for item in allowed]
    close = nearest(value, words)
    guess = f"did you mean {close!r}? " if close else ""
    return f"{name} {shown(value)}: {guess}{hint}allowed: {listing(words)}"


def wrong_type(name: str, value: object, wanted: str) -> str:
    """The message for a value of a kind that can never fit."""
    return f"{name} {shown(value)}: must be {wanted}"
