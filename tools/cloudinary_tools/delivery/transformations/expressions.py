"""Arithmetic, user variables and conditions: `width > 300 && face_count = 1` → `w_gt_300_and_fc_eq_1`.

Unlike the official SDK, names inside quotes or inside longer words are left alone and outer spaces are dropped; for
every valid expression the outcome is the same text.
"""

import re
from functools import cache, lru_cache
from typing import NoReturn

from cloudinary_tools.delivery.transformations.faults import listing, refuse, shown
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.suggestions import nearest

VARIABLE = re.compile(r"\$[a-zA-Z][a-zA-Z0-9]*")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_RATIO = re.compile(r"[0-9]+(\.[0-9]+)?:[0-9]+(\.[0-9]+)?")
_QUOTED = re.compile(r"![^!]+!")
_LOOKUP = re.compile(r"(ctx|md):![^!]+!")
_PIECE = re.compile(r"!=(?=[ _])|(?:[^ _!]|![^!]*!?)+")
_UNSAFE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9_.~:!$'()*;=+@&%\-]+")
_COMPARISONS = frozenset({"eq", "ne", "lt", "gt", "lte", "gte", "in", "nin"})
_LOGIC = frozenset({"and", "or"})
_ARITHMETIC = frozenset({"mul", "div", "add", "sub", "pow", "mod"})
_CONVERSIONS = frozenset({"i", "f"})
_SETS = frozenset({"tags", "pgnames"})


def percent(text: str) -> str:
    """Percent-encode what may not stand in a URL path; existing %XX triplets are kept."""
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text)


def percent_chain(text: str) -> str:
    """Percent-encode inside a chain of components, whose commas and slashes are separators."""
    return "/".join(",".join(map(percent, component.split(","))) for component in text.split("/"))


@cache
def _operators() -> dict[str, str]:
    return dict(reference().data["conditions"]["operators"])


@cache
def _names() -> tuple[re.Pattern[str], dict[str, str], frozenset[str]]:
    facts = reference().data["conditions"]
    names: dict[str, str] = dict(facts["operands"])
    for alias in facts["camel_case_aliases"]:
        snake = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", alias).lower()
        names[alias] = names[snake]
    long_names = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    pattern = re.compile(rf"!=(?=[ _])|![^!]*!|(?<![A-Za-z0-9$:])(?:{long_names})(?![A-Za-z0-9])")
    extra = {token for token in facts["server_only_tokens"] if token != "md"}  # noqa: S105 - a token of the grammar
    sizes = frozenset(reference().values("width"))
    operands = (frozenset(names.values()) | frozenset(extra) | sizes) - {"ctx"}
    return pattern, names, operands


def words(text: str) -> list[str]:
    """The tokens of an expression in the URL's own words; text in `!…!` is kept whole and percent-encoded."""
    pattern, names, _ = _names()
    translated = pattern.sub(lambda match: names.get(match[0], match[0]), text)
    operators = _operators()
    return [operators.get(token, percent(token) if "!" in token else token) for token in _PIECE.findall(translated)]


def _is_operand(token: str) -> bool:
    return bool(
        token in _names()[2]
        or _NUMBER.fullmatch(token)
        or VARIABLE.fullmatch(token)
        or _LOOKUP.fullmatch(token)
        or _RATIO.fullmatch(token)
        or _QUOTED.fullmatch(token)
    )


def _operand(tokens: list[str], at: int) -> int:
    """The position after `operand [to_i|to_f] {arithmetic operand}` that starts at `at`; -1 when there is none."""
    while at < len(tokens) and _is_operand(tokens[at]):
        at += 1
        if tokens[at : at + 1] == ["to"] and tokens[at + 1 : at + 2] and tokens[at + 1] in _CONVERSIONS:
            at += 2
        if at >= len(tokens) or tokens[at] not in _ARITHMETIC:
            return at
        at += 1
    return -1


@lru_cache(maxsize=1024)
def expression(text: str) -> str | None:
    """An arithmetic expression in the URL's form, or None when the text is none."""
    tokens = words(text)
    if not tokens or _operand(tokens, 0) != len(tokens) or any(_QUOTED.fullmatch(t) for t in tokens):
        return None
    if any(_RATIO.fullmatch(token) for token in tokens):
        return None
    joined = "_".join(tokens)
    return None if "," in joined or "/" in joined else joined


def _unknown(token: str, text: str) -> NoReturn:
    if re.search(r"[<>=+*/^|&]", token) and not token.startswith("!"):
        refuse(f"if {shown(text)}: write spaces around operators; allowed: {listing(_operators())}")
    names = _names()[1]
    close = nearest(token, [*names, *names.values()])
    guess = f"did you mean {close!r}? " if close else ""
    allowed = listing(sorted(reference().data["conditions"]["operands"]))
    forms = "a number, a $variable, !text!, ctx:!key!, md:!field!"
    refuse(f"if {shown(text)}: {token!r} is no operand; {guess}allowed: {forms} or {allowed}")


def _side(tokens: list[str], at: int, text: str) -> int:
    end = _operand(tokens, at)
    if end < 0:
        if at >= len(tokens):
            refuse(f"if {shown(text)}: ends where an operand is expected (operand operator operand)")
        if not _is_operand(tokens[at]):
            _unknown(tokens[at], text)
        refuse(f"if {shown(text)}: an operand is missing after an arithmetic operator")
    return end


@lru_cache(maxsize=1024)
def condition(text: str) -> str:
    """A condition in the URL's form; `RefusedError` says what does not parse."""
    tokens = words(text)
    if any("," in token or "/" in token for token in tokens):
        refuse(f"if {shown(text)}: ',' and '/' may not appear in a condition; write spaces around operators")
    at = 0
    while True:
        left = at
        at = _side(tokens, at, text)
        if at >= len(tokens) or tokens[at] not in _COMPARISONS:
            refuse(
                f"if {shown(text)}: an operator is missing (operand operator operand, as in 'width > 300'); "
                f"allowed: {listing(_operators())}, in, nin"
            )
        comparison = tokens[at]
        right = at + 1
        at = _side(tokens, right, text)
        if comparison in {"in", "nin"}:
            if not tokens[left].startswith(("!", "$")):
                refuse(f"if {shown(text)}: quote the tags, as in '!sale! in tags'")
            if tokens[right] not in _SETS and not tokens[right].startswith(("md:", "ctx:")):
                refuse(f"if {shown(text)}: {comparison} compares with tags, as in '!sale! in tags'")
        if at == len(tokens):
            return "_".join(tokens)
        if tokens[at] not in _LOGIC:
            refuse(f"if {shown(text)}: {tokens[at]!r} cannot follow a comparison; use and, or, && or ||")
        at += 1


def variable_value(value: object) -> str:
    """The text of a user variable: a number, an expression, `!text!`, `!a:b!` or `ref:!public id!`."""
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"(ref:)?![^!]*!", text):
            if "," in text or "/" in text:
                refuse(f"value {shown(value)}: ',' and '/' separate parameters; write %252C or %252F, in ids ':'")
            return percent(text)
        found = expression(text)
        if found is None:
            refuse(f"value {shown(value)}: text is quoted as in '!{text.strip('!')}!'; else a number or an expression")
        return found
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        refuse(f"value {shown(value)}: must be a number, !text! or an expression")
    text = str(value)
    if not _NUMBER.fullmatch(text):
        refuse(f"value {shown(value)}: must be a plain number")
    return text


def variable_name(name: object) -> str:
    """Check a user variable's name (`$` and letters or digits, a letter first)."""
    if not isinstance(name, str) or not VARIABLE.fullmatch(name):
        refuse(f"variable {shown(name)}: a name is $ and a letter, then letters or digits (no underscore)")
    return name
