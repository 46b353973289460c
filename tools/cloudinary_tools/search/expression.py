"""Search expressions read lightly before they are sent: what surely fails is refused at the exact spot.

The grammar and its traps are those of the Search API reference; what is doubtful passes, Cloudinary has the last word.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from cloudinary_tools.client import CloudError
from cloudinary_tools.toolkit.results import Problem, visible

FIELDS = (
    "public_id", "asset_id", "filename", "display_name", "folder", "asset_folder", "tags", "context", "metadata",
    "resource_type", "type", "format", "bytes", "width", "height", "duration", "pages", "aspect_ratio", "pixels",
    "transparent", "grayscale", "status", "moderation_status", "moderation_kind", "access_mode", "created_at",
    "uploaded_at", "taken_at", "updated_at", "face_count", "colors", "illustration_score", "quality_score", "etag",
    "version",
)  # fmt: skip
FAMILIES = (
    "context", "metadata", "last_updated", "image_metadata", "image_analysis", "quality_analysis",
    "accessibility_analysis",
)  # fmt: skip
"""What may stand before a dot: `context.alt`."""
NO_WILDCARD = ("resource_type", "type")
"""Fields that take no `*`."""

_TOKEN = re.compile(
    r"""(?P<quoted>"(?:\\.|[^"\\])*") | (?P<op>>=|<=|[:=<>]) | (?P<bracket>[()\[\]{}])
      | (?P<word>(?:\\.|[^\s"!(){}\[\]*^~?:\\=&<>|])+\*?) | (?P<odd>\S)""",
    re.VERBOSE | re.DOTALL,
)
_RESERVED = re.compile(r'([!(){}\[\]*^~?:\\=&<>|"\s])')
_MARK = "➥➥➥"
_UPSTREAM = re.compile(r"Query Error \(at position (\d+)\)")
_WINDOW = 60
_DEEPEST = 50
_SIGNS = ("+", "-")


def quoted(text: str) -> str:
    """A value in double quotes, in which only the backslash, `"` and `*` mean something else."""
    return '"' + re.sub(r'([\\"*])', r"\\\1", text) + '"'


def beginning(text: str) -> str:
    """The beginning of a value and a wildcard; a wildcard stands outside of quotes, so all else is escaped."""
    return _RESERVED.sub(r"\\\1", text) + "*"


def known_field(name: str) -> bool:
    """Whether assets can have a field of this name."""
    family, dot, rest = name.partition(".")
    return name in FIELDS or bool(dot and rest and family in FAMILIES)


def check(expression: str) -> tuple[str, ...]:
    """The fields that an expression names. `Problem` for one that Cloudinary surely refuses, with a caret at the spot.

    The empty expression is fine: it matches everything.
    """
    return _Reading(expression).fields()


def fault(expression: str, at: int, what: str, right: str = "") -> Problem:
    """The problem that shows where an expression fails and how it is written right."""
    start, end = max(0, at - _WINDOW), at + _WINDOW
    before, after = visible(expression[start:at]), visible(expression[at:end])
    lead, tail = "…" if start else "", "…" if end < len(expression) else ""
    shown = f"{lead}{before}{after}{tail}\n{' ' * len(lead + before)}^"
    return Problem(f"The search expression fails at position {at + 1}: {what}.\n{shown}\n", hint=right or None)


def from_cloudinary(expression: str, error: CloudError) -> Problem | None:
    """Cloudinary's own `Query Error` in the same form; None for any other error."""
    match = _UPSTREAM.search(error.message)
    if not match:
        return None
    at = int(match[1]) - 1
    rest = error.message.rpartition(_MARK)[2].rstrip("'")
    if _MARK in error.message and rest and expression.endswith(rest):
        at = len(expression) - len(rest)
    return fault(
        expression,
        min(at, len(expression)),
        "Cloudinary cannot read it",
        'Write field:value, field="exact value", field>10 or field:[1 TO 5], joined by AND, OR, NOT; quote values with '
        "special characters.",
    )


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int

    @property
    def end(self) -> int:
        return self.at + len(self.text)


class _Reading:
    """One walk over the tokens, by the grammar's own shape."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = [_Token(str(match.lastgroup), match[0], match.start()) for match in _TOKEN.finditer(expression)]
        self._next = 0
        self._depth = 0
        self._fields: list[str] = []

    def fields(self) -> tuple[str, ...]:
        if self._tokens:
            self._clauses(None)
        return tuple(dict.fromkeys(self._fields))

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self) -> _Token | None:
        token = self._peek()
        self._next += token is not None
        return token

    def _fail(self, token: _Token | int, what: str, right: str = "") -> NoReturn:
        raise fault(self._expression, token if isinstance(token, int) else token.at, what, right)

    def _clauses(self, opening: _Token | None) -> None:
        """Clauses up to the end, or up to the bracket that closes `opening`."""
        first, wanting, sign = True, opening or self._tokens[0], None
        self._depth += 1
        if self._depth > _DEEPEST and opening:
            self._fail(opening, "the brackets are nested too deeply")
        while True:
            token = self._take()
            if token is None or token.text == ")":
                if token is None and opening:
                    self._fail(opening, "this bracket is not closed", "Add the ) that is missing.")
                if token is not None and opening is None:
                    self._fail(token, "this bracket closes nothing", "Remove it, or add the ( that is missing.")
                if wanting:
                    self._fail(wanting, "a condition is missing here")
                self._depth -= 1
                return
            if self._keyword(token, "AND", "OR"):
                if wanting:
                    self._fail(token, f"a condition is missing before {token.text}")
                wanting = token
                continue
            if sign and (self._keyword(token, "NOT") or token.text[0] in _SIGNS):
                self._fail(token, f"{sign.text} stands before it already")
            if self._keyword(token, "NOT"):
                if first:
                    self._fail(token, "an expression or a group cannot begin with NOT", self._turned(token))
                wanting = sign = token
                continue
            if token.text[0] in _SIGNS:
                wanting = sign = self._split(token)
                continue
            self._clause(token)
            first, wanting, sign = False, None, None

    def _clause(self, token: _Token) -> None:
        match (token.kind, token.text):
            case ("bracket", "("):
                self._clauses(token)
            case ("word" | "quoted", _):
                self._condition(token)
            case ("op", _):
                self._fail(token, f"the name of a field is missing before {token.text}")
            case ("bracket", _):
                self._fail(token, "a range needs its field before it", "Such as bytes:[1000 TO 5000].")
            case _:
                self._odd(token)

    def _keyword(self, token: _Token, *words: str) -> bool:
        """Whether a token is one of these operators, and not the name of a field."""
        follower = self._peek()
        named = follower is not None and follower.kind == "op" and follower.at == token.end
        return token.kind == "word" and token.text in words and not named

    def _split(self, token: _Token) -> _Token:
        """Take the sign off a condition, which then comes next."""
        sign = _Token("sign", token.text[0], token.at)
        if rest := token.text[1:]:
            self._next -= 1
            self._tokens[self._next] = _Token("odd" if rest == "*" else "word", rest, token.at + 1)
            return sign
        follower = self._peek()
        if follower is None or follower.at != token.end:
            self._fail(token, f"a {sign.text} stands right before its condition", f"Write {sign.text}tags:a.")
        return sign

    def _turned(self, token: _Token) -> str:
        rest = self._expression[token.end :].strip(" )")
        simple = re.fullmatch(r"[^\s()]+", rest)
        example = f"-{rest}" if simple else "resource_type:(image OR video OR raw) AND NOT …"
        return f"Put another condition before it, or write {example}."

    def _condition(self, token: _Token) -> None:
        """A field with its value, or a value alone."""
        follower = self._peek()
        if follower is None or follower.kind != "op":
            self._whole(token)
            return
        if token.kind == "quoted" or token.text.endswith("*"):
            self._fail(token, "a field's name is written without quotes and without *")
        name = re.sub(r"\\(.)", r"\1", token.text)
        self._fields.append(name)
        self._next += 1
        self._value(name, follower)

    def _value(self, field: str, op: _Token) -> None:
        token = self._take()
        if token is None or token.text in {")", "]", "}"} or self._keyword(token, "AND", "OR", "NOT"):
            self._fail(op, f"a value is missing after {field}{op.text}")
        if token.kind == "bracket":
            if op.text not in {":", "="}:
                self._fail(token, f"brackets cannot follow {op.text}", f"Write {field}:[1 TO 5] or {field}>5.")
            if token.text == "(":
                self._choices(field, token)
            else:
                self._range(field, token)
            return
        if token.kind == "odd":
            self._odd(token)
        if token.kind == "op":
            self._fail(token, f"a value is missing before {token.text}", "Operators are : = > < >= <=.")
        self._whole(token)
        if token.text.endswith("*") and token.kind == "word" and field in NO_WILDCARD:
            self._fail(token.end - 1, f"{field} takes no wildcard", "Give the whole value.")
        after = self._peek()
        if after is None or not (after.kind == "op" or (after.at == token.end and after.text != ")")):
            return
        if after.kind == "odd":
            self._odd(after)
        whole = re.match(r"\S*", self._expression[token.at :])
        value = whole[0].rstrip(")") if whole else token.text
        right = f"Write {field}{op.text}{quoted(value)}." if token.kind == "word" else ""
        self._fail(after, f"an unquoted {after.text} inside a value", right)

    def _choices(self, field: str, opening: _Token) -> None:
        wanting = True
        while True:
            token = self._take()
            if token is None:
                self._fail(opening, "this bracket is not closed", "Add the ) that is missing.")
            if token.text == ")":
                if wanting:
                    self._fail(token, "a value is missing here")
                return
            if wanting and token.kind in {"word", "quoted"} and token.text not in {"AND", "OR", "NOT"}:
                self._whole(token)
                wanting = False
            elif not wanting and token.text == "OR":
                wanting = True
            elif token.kind == "odd":
                self._odd(token)
            else:
                self._fail(token, "only values joined by OR may stand here", f"Write {field}:(a OR b).")

    def _range(self, field: str, opening: _Token) -> None:
        closing = {"[": "]", "{": "}"}[opening.text]
        right = f"Write {field}:{opening.text}1 TO 5{closing}; use > or < for an open end."
        for expected in ("value", "TO", "value", closing):
            token = self._take()
            if token is None:
                self._fail(opening, "this range is not finished", right)
            if token.kind == "odd" and token.text == '"':
                self._odd(token)
            is_value = token.kind in {"word", "quoted"} and token.text != "TO" and not token.text.endswith("*")
            if not (is_value if expected == "value" else token.text == expected):
                what = {"value": "a range's end is a plain value", "TO": "TO (in capitals) stands between the ends"}
                self._fail(token, what.get(expected, f"this range ends with {closing}"), right)

    def _whole(self, token: _Token) -> None:
        """A value's wildcard must end it, and something must stand before it."""
        if token.kind == "quoted":
            inside = re.sub(r"\\.", "..", token.text[1:-1], flags=re.DOTALL)
            star = inside.find("*")
            if star >= 0 and (star == 0 or star < len(inside) - 1):
                self._fail(token.at + 1 + star, "a * may only end a value", "Write a real star as \\*.")
        elif re.sub(r"\\.", "..", token.text, flags=re.DOTALL).endswith("*"):
            follower = self._peek()
            if follower and follower.at == token.end and follower.text != ")":
                self._fail(token.end - 1, "a * may only end a value", "Write the beginning only: field:begin*.")

    def _odd(self, token: _Token) -> NoReturn:
        match token.text:
            case '"':
                self._fail(token, "this quote is not closed", 'Add the missing ", or write \\" for a quote in a value.')
            case "*":
                self._fail(
                    token,
                    "a * may only end a value that has a beginning",
                    "Write field:begin*; nothing asks for 'any value' or for an ending.",
                )
            case "?":
                self._fail(token, "there is no wildcard for one character", "Use a trailing *, or escape it as \\?.")
            case "&" | "|" | "!":
                self._fail(token, f"{token.text} is no operator here", "Use AND, OR and NOT, or quote the value.")
            case _:
                self._fail(token, f"{visible(token.text)} must be escaped", "Put the value in double quotes.")
