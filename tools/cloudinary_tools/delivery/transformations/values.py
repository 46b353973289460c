"""Rules for single values: numbers in a range, words of a set, colours, plain text."""

import math
import re
from collections.abc import Callable, Collection, Iterable

from cloudinary_tools.delivery.transformations.expressions import VARIABLE, expression, percent
from cloudinary_tools.delivery.transformations.faults import listing, not_in, refuse, shown, wrong_type
from cloudinary_tools.delivery.transformations.reference import Json, reference
from cloudinary_tools.suggestions import nearest

Rule = Callable[[object], str]
"""Takes a value as JSON gives it, returns its text in the URL; `RefusedError` when it is not allowed."""

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(px|deg|x|%)")
_HEX = re.compile(r"[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8}")


def span(low: float | None, high: float | None, above: float | None) -> str:
    """A range in words."""
    if above is not None:
        return f"above {above:g}" + (f", at most {high:g}" if high is not None else "")
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is not None:
        return f"{low:g} or more"
    return f"at most {high:g}" if high is not None else "a number"


def check_range(
    name: str, value: object, number: float, low: float | None, high: float | None, above: float | None = None
) -> None:
    """Refuse a number outside its range, naming the nearest allowed one."""
    if above is not None and number <= above:
        refuse(f"{name} {shown(value)}: must be {span(low, high, above)}; nearest {above + 1:g}")
    if low is not None and number < low:
        refuse(f"{name} {shown(value)}: must be {span(low, high, above)}; nearest {low:g}")
    if high is not None and number > high:
        refuse(f"{name} {shown(value)}: must be {span(low, high, above)}; nearest {high:g}")


def number_rule(
    key: str,
    name: str,
    facts: Json,
    *,
    allowed: Iterable[object] = (),
    expressions: bool = False,
    pixels: bool = False,
    whole: bool = False,
    floats: bool = True,
) -> Rule:
    """A rule for a numeric parameter.

    `allowed`: words besides numbers. `pixels`: a whole float above 1 is written without its `.0`, which the service
    would read as a factor (1.0 is "100 %" and stays). `whole`: integers only.
    """
    low, high, above = facts.get("min"), facts.get("max"), facts.get("exclusive_min")
    listed = tuple(str(item) for item in allowed)
    word_set = frozenset(listed)
    head = f"{key}_"
    least = -math.inf if low is None else low
    most = math.inf if high is None else high
    floor = -math.inf if above is None else above
    kinds = "a whole number" if whole else "a number"
    wanted = f"{kinds} {span(low, high, above)}".replace("number a number", "number")
    if listed:
        wanted += f" or {listing(listed)}"
    if expressions:
        wanted += ", or an expression such as 'initial_width / 2' or '$name'"

    def rule(value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            if floor < value and least <= value <= most:
                return f"{head}{value}"
            check_range(name, value, value, low, high, above)
        if isinstance(value, float) and floats:
            text = str(value)
            if NUMBER.fullmatch(text):
                check_range(name, value, value, low, high, above)
                if (pixels and value.is_integer() and abs(value) > 1) or (whole and value.is_integer()):
                    text = text[:-2]
                elif whole:
                    refuse(wrong_type(name, value, wanted))
                return head + text
        if isinstance(value, str):
            if value in word_set:
                return head + value
            if NUMBER.fullmatch(value):
                if whole and "." in value:
                    refuse(wrong_type(name, value, wanted))
                check_range(name, value, float(value), low, high, above)
                return head + value
            if expressions and (found := expression(value)) is not None:
                return head + found
            close = _without_unit(value, factor=pixels) or nearest(value, word_set)
            refuse(f"{name} {shown(value)}: " + (f"did you mean {close}? " if close else "") + f"must be {wanted}")
        refuse(wrong_type(name, value, wanted))

    return rule


def _without_unit(text: str, *, factor: bool) -> str | None:
    """The number in `100px`, `90deg`, `2x` or `50%` (half, where factors are meant)."""
    match = _UNIT.fullmatch(text.strip().lower())
    if not match:
        return None
    return f"{float(match[1]) / 100:g}" if match[2] == "%" and factor else match[1]


def word_rule(key: str, name: str, allowed: Collection[object]) -> Rule:
    """A rule for a parameter whose values are a fixed set of words (or numbers)."""
    listed = [str(item) for item in allowed]
    texts = {text: f"{key}_{text}" for text in listed}
    numbers = any(not isinstance(item, str) for item in allowed)

    def rule(value: object) -> str:
        if isinstance(value, str) and value in texts:
            return texts[value]
        if numbers and type(value) is int and str(value) in texts:
            return texts[str(value)]
        refuse(not_in(name, value, listed))

    return rule


def pattern_rule(key: str, name: str, pattern: re.Pattern[str], wanted: str, *, numbers: bool = False) -> Rule:
    """A rule for text of one form. `numbers` lets whole numbers stand for their text."""
    head = f"{key}_"

    def rule(value: object) -> str:
        text = str(value) if numbers and type(value) is int else value
        if not isinstance(text, str) or not pattern.fullmatch(text):
            refuse(wrong_type(name, value, wanted))
        return head + percent(text)

    return rule


def plain(name: str, value: object, place: str = "") -> str:
    """Text that is copied into a component: not empty, without the separators ',' and '/'; made safe for a URL."""
    if not isinstance(value, str) or not value.strip():
        refuse(wrong_type(name, value, "text that is not empty"), place)
    if "," in value or "/" in value:
        refuse(
            f"{name} {shown(value)}: ',' and '/' separate parameters and components (in ids write ':' for '/')", place
        )
    return percent(value)


def text_rule(key: str, name: str) -> Rule:
    """A rule for free text."""
    head = f"{key}_"
    return lambda value: head + plain(name, value)


def is_color(text: str, *, bare: bool = False) -> bool:
    """Whether a text names a colour in the URL's form; `bare` also allows hexadecimal digits alone."""
    if text in reference().colors or VARIABLE.fullmatch(text):
        return True
    if text.startswith("rgb:"):
        return bool(_HEX.fullmatch(text, 4)) or bool(VARIABLE.fullmatch(text, 4))
    return bare and bool(_HEX.fullmatch(text))


def color(name: str, value: object, *, extra: Collection[str] = (), place: str = "") -> str:
    """A colour: a CSS name, `#rgb[a]`, `#rrggbb[aa]`, `rgb:<hex>` or `$variable`; `#` becomes `rgb:`."""
    if isinstance(value, str):
        text = f"rgb:{value[1:]}" if value.startswith("#") else value
        if text in extra or is_color(text):
            return text
    close = nearest(value, [*reference().colors, *extra])
    if isinstance(value, str) and _HEX.fullmatch(value):
        close = f"#{value}"
    guess = f"did you mean {close!r}? " if close else ""
    also = "".join(f", {word}" for word in extra)
    forms = f"a CSS name, #rgb, #rgba, #rrggbb, #rrggbbaa, rgb:<hex>{also} or $name"
    refuse(f"{name} {shown(value)}: {guess}a colour is {forms}", place)
