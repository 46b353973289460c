"""From the text of a search expression to its tree."""

import re
from typing import NoReturn, cast

from cloudinary_sandbox.core.assumptions import SEARCH_NOT_MAY_FOLLOW_OR
from cloudinary_sandbox.search.predicates import FOLDER_FIELDS
from cloudinary_sandbox.search.syntax import Both, Either, Node, Not, Op, Range, Term, Text, query_error

_RESERVED = frozenset('!(){}[]*^~?:\\=&<>|"')
_OPERATOR = re.compile(r">=|<=|[:=<>]")
_KEYWORD = re.compile(r"(AND|OR|NOT|TO)(?=[\s()\"]|$)")
_DEEPEST = 100
_LABELS = frozenset({"tags", "context", "metadata"})


def parse(expression: str) -> Node | None:
    """Read an expression; None for an empty one, which everything matches. A `Query Error` for what cannot be read."""
    return _Reader(expression).whole()


def _present(node: Node) -> Node:
    """In `-tags` the name of a field that many assets lack means that there is a value, not the word."""
    if isinstance(node, Term) and not node.field and isinstance(node.value, Text) and node.value.text in _LABELS:
        return Term(node.value.text, ":", Text("", node.value.at, prefix=True))
    return node


class _Reader:
    def __init__(self, expression: str) -> None:
        self._text = expression
        self._at = 0
        self._depth = 0

    def whole(self) -> Node | None:
        self._skip()
        if self._ended():
            return None
        node = self._either()
        if not self._ended():
            self._fail()
        return node

    def _either(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail()
        parts = [self._both(may_negate=False)]
        while self._keyword("OR"):
            parts.append(self._both(may_negate=SEARCH_NOT_MAY_FOLLOW_OR))
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self, *, may_negate: bool) -> Node:
        parts = [self._clause(may_negate=may_negate)]
        while self._keyword("AND") or not (self._ended() or self._next() == ")" or self._peeked("OR")):
            parts.append(self._clause(may_negate=True))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _clause(self, *, may_negate: bool) -> Node:
        start = self._at
        if self._keyword("NOT"):
            if not may_negate:
                self._fail(start)
            return Not(self._atom())
        if self._next() in {"+", "-"}:
            self._at += 1
            atom = self._atom()
            return Not(_present(atom)) if self._text[start] == "-" else atom
        return self._atom()

    def _atom(self) -> Node:
        if self._next() == "(":
            self._at += 1
            self._skip()
            node = self._either()
            self._expect(")")
            return node
        if self._next() in {"+", "-"}:
            self._fail()
        name = self._value()
        self._skip()
        operator = _OPERATOR.match(self._text, self._at)
        if operator is None:
            return Term("", ":", name)
        if name.prefix or self._text[name.at] == '"':
            self._fail()
        self._at = operator.end()
        self._skip()
        return self._condition(name.text, cast("Op", operator[0]))

    def _condition(self, field: str, op: Op) -> Node:
        opening = self._next() if op in {":", "="} else ""
        if opening == "(":
            self._at += 1
            self._skip()
            values = [self._choice(field, op)]
            while self._keyword("OR"):
                values.append(self._choice(field, op))
            self._expect(")")
            return Either(tuple(values)) if len(values) > 1 else values[0]
        if opening in {"[", "{"}:
            return Term(field, op, self._range(opening))
        term = Term(field, op, self._value(bare_wildcard=field in FOLDER_FIELDS))
        if not (self._ended() or self._next() == ")" or self._text[self._at].isspace()):
            self._fail()
        self._skip()
        return term

    def _choice(self, field: str, op: Op) -> Node:
        value = self._value()
        self._skip()
        return Term(field, op, value)

    def _range(self, opening: str) -> Range:
        self._at += 1
        low = self._end()
        if not self._keyword("TO"):
            self._fail()
        high = self._end()
        self._expect("]" if opening == "[" else "}")
        return Range(low, high, inclusive=opening == "[")

    def _end(self) -> Text:
        self._skip()
        if self._peeked("TO"):
            self._fail()
        value = self._value()
        if value.prefix:
            self._fail(self._at - 1)
        self._skip()
        return value

    def _value(self, *, bare_wildcard: bool = False) -> Text:
        return self._quoted(bare_wildcard) if self._next() == '"' else self._bare(bare_wildcard)

    def _bare(self, bare_wildcard: bool) -> Text:
        if self._peeked("AND", "OR", "NOT"):
            self._fail()
        start = self._at
        kept: list[str] = []
        while not self._ended():
            char = self._text[self._at]
            if char == "\\" and self._at + 1 < len(self._text):
                self._at += 1
                kept.append(self._text[self._at])
            elif char in _RESERVED or char.isspace():
                break
            else:
                kept.append(char)
            self._at += 1
        if not kept and not (bare_wildcard and self._next() == "*"):
            self._fail()
        return Text("".join(kept), start, prefix=self._wildcard())

    def _wildcard(self) -> bool:
        """A `*` that ends the value; anywhere else it is an error."""
        if self._next() != "*":
            return False
        after = self._text[self._at + 1 : self._at + 2]
        if after and after != ")" and not after.isspace():
            self._fail()
        self._at += 1
        return True

    def _quoted(self, bare_wildcard: bool) -> Text:
        start = self._at
        self._at += 1
        kept: list[str] = []
        star = -1
        while self._next() != '"':
            if self._ended():
                self._fail(start)
            if star >= 0:
                self._fail(star)
            char = self._text[self._at]
            if char == "\\" and self._at + 1 < len(self._text):
                self._at += 1
                kept.append(self._text[self._at])
            elif char == "*":
                star = self._at
            else:
                kept.append(char)
            self._at += 1
        if star == start + 1 and not bare_wildcard:
            self._fail(star)
        self._at += 1
        return Text("".join(kept), start, prefix=star >= 0)

    def _peeked(self, *words: str) -> bool:
        found = _KEYWORD.match(self._text, self._at)
        return found is not None and found[1] in words

    def _keyword(self, word: str) -> bool:
        if not self._peeked(word):
            return False
        self._at += len(word)
        self._skip()
        return True

    def _expect(self, char: str) -> None:
        if self._next() != char:
            self._fail()
        self._at += 1
        self._skip()

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _ended(self) -> bool:
        return self._at >= len(self._text)

    def _skip(self) -> None:
        while not self._ended() and self._text[self._at].isspace():
            self._at += 1

    def _fail(self, at: int | None = None) -> NoReturn:
        raise query_error(self._text, self._at if at is None else at)
