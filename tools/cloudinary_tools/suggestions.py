"""What somebody probably meant who wrote a name that does not exist."""

from collections.abc import Iterable


def nearest(value: object, allowed: Iterable[object]) -> str | None:
    """The allowed word closest to a mistyped one; None where none is close, and for what is no text."""
    from difflib import get_close_matches  # no start should pay for what only an error needs

    if not isinstance(value, str):
        return None
    words = [str(word) for word in allowed]
    meant = value.strip().lower().replace("-", "_").replace(" ", "_")
    found = get_close_matches(meant, words, n=1) or get_close_matches(value.lower(), words, n=1)
    return found[0] if found else None


def did_you_mean(value: object, allowed: Iterable[object], otherwise: str = "") -> str:
    """`: did you mean 'x'?` for the closest word, to follow the name in a message; `otherwise` where none is close."""
    found = nearest(value, allowed)
    return f": did you mean {found!r}?" if found else otherwise
