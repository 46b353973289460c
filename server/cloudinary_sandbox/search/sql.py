"""From the tree of an expression to SQL over the search index.

Conditions speak of one row `d` of `search_documents`. An asset without a value meets no condition on it, and so meets
every negated one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cloudinary_sandbox.core.assumptions import SEARCH_FIELDS_WITHOUT_WILDCARD, SEARCH_FOLDER_WILDCARD_IN_DYNAMIC_MODE
from cloudinary_sandbox.core.conditions import starts_with
from cloudinary_sandbox.search.fields import SearchField, field
from cloudinary_sandbox.search.predicates import (
    FOLDER_FIELDS,
    Anything,
    Beginning,
    Below,
    Exactly,
    Nothing,
    Test,
    Within,
    Words,
    meaning,
)
from cloudinary_sandbox.search.syntax import Both, Either, Node, Not, Range, Term, query_error, terms

_SAME_ASSET = "x.active = d.active AND x.created_at = d.created_at AND x.seq = d.seq"


@dataclass(frozen=True, slots=True)
class Sql:
    """A condition with the values of its question marks."""

    text: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """How to find what matches: `source` is where to begin, `where` what must hold.

    `order` names the row whose created_at and seq are indexed behind the conditions: `d`, or `x` for the list of the
    assets with one word or one value.
    """

    source: str
    where: Sql
    order: str

    @property
    def counting(self) -> str:
        """Where to begin when only the number of matches is wanted."""
        return self.source if "d." in self.where.text else self.source.partition(" CROSS JOIN ")[0]


def plan(node: Node | None, expression: str, *, dynamic_folders: bool) -> QueryPlan:
    """Compile an expression. Deleted assets are left out unless it speaks of `status`."""
    compiler = _Compiler(expression, dynamic_folders)
    active = not any(term.field == "status" for term in terms(node))
    parts: tuple[Node, ...] = node.parts if isinstance(node, Both) else () if node is None else (node,)
    listed = next((found for part in parts if (found := compiler.listed(part))), None)
    conditions = [compiler.compile(part) for part in parts if listed is None or part is not listed[0]]
    if listed is None:
        first = [Sql("d.active = 1")] if active else []
        return QueryPlan("search_documents d", joined([*first, *conditions], "AND"), "d")
    _, table, point = listed
    first = [point, Sql("x.active = 1")] if active else [point]
    source = f"{table} x CROSS JOIN search_documents d ON d.seq = x.seq"
    return QueryPlan(source, joined([*first, *conditions], "AND"), "x")


def joined(parts: Sequence[Sql], word: str) -> Sql:
    """Conditions joined with AND or OR, nested in halves: SQLite bounds the depth of an expression."""
    if not parts:
        return Sql("1")
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = joined(parts[:middle], word), joined(parts[middle:], word)
    if word == "AND":
        return Sql(f"{left.text} AND {right.text}", left.values + right.values)
    return Sql(f"({left.text} {word} {right.text})", left.values + right.values)


class _Compiler:
    def __init__(self, expression: str, dynamic_folders: bool) -> None:
        self._expression = expression
        self._dynamic = dynamic_folders

    def listed(self, node: Node) -> tuple[Node, str, Sql] | None:
        """The table that lists the matches of a part in the order of a page, and the condition on it."""
        if not isinstance(node, Term) or not (found := self._field(node)) or found.column:
            return None
        match self._meaning(node, found):
            case Exactly(text):
                return node, "search_values", Sql("x.field = ? AND x.value = ?", (found.name, text))
            case Words(words, prefix=False) if len(words) == 1:
                return node, "search_words", Sql("x.field = ? AND x.word = ?", (found.name, words[0]))
            case _:
                return None

    def compile(self, node: Node) -> Sql:
        match node:
            case Term():
                found = self._field(node)
                if found is None:
                    return Sql("0")
                test = self._meaning(node, found)
                return _on_column(found.column, test) if found.column else _on_list(found.name, test)
            case Not():
                part = self.compile(node.part)
                return Sql(f"({part.text}) IS NOT TRUE", part.values)
            case Both():
                return joined([self.compile(part) for part in node.parts], "AND")
            case Either():
                parts = [self.compile(part) for part in node.parts]
                return joined([Sql(f"({part.text})", part.values) for part in parts], "OR")

    def _field(self, term: Term) -> SearchField | None:
        value = term.value
        if not isinstance(value, Range) and value.prefix and term.field in SEARCH_FIELDS_WITHOUT_WILDCARD:
            raise query_error(self._expression, value.at)
        if not isinstance(value, Range) and value.prefix and term.field in FOLDER_FIELDS:
            meant = self._dynamic and (term.field == "asset_folder" or SEARCH_FOLDER_WILDCARD_IN_DYNAMIC_MODE)
            return field("asset_folder" if meant else term.field, dynamic_folders=self._dynamic)
        return field(term.field, dynamic_folders=self._dynamic)

    def _meaning(self, term: Term, found: SearchField) -> Test:
        return meaning(term, found.kind, self._expression)


def _on_column(column: str, test: Test) -> Sql:
    name = f"d.{column}"
    match test:
        case Exactly(text):
            return Sql(f"{name} = ?", (text,))
        case Beginning(text):
            condition, low, high = starts_with(name, text)
            return Sql(condition, (low, high))
        case Below(folder):
            if not folder:
                return Sql("1")
            condition, low, high = starts_with(name, f"{folder}/")
            return Sql(f"({name} = ? OR ({condition}))", (folder, low, high))
        case Anything():
            return Sql(f"{name} IS NOT NULL")
        case Within():
            return _within(name, test)
        case Words() | Nothing():
            return Sql("0")


def _within(name: str, test: Within) -> Sql:
    conditions: list[str] = []
    values: list[Any] = []
    for end, sign, belongs in ((test.low, ">", test.low_belongs), (test.high, "<", test.high_belongs)):
        if end is not None:
            conditions.append(f"{name} {sign}{'=' if belongs else ''} ?")
            values.append(end)
    return Sql(" AND ".join(conditions), tuple(values))


def _on_list(name: str, test: Test) -> Sql:
    match test:
        case Exactly(text):
            return _exists("search_values", Sql(f"x.field = ? AND x.value = ? AND {_SAME_ASSET}", (name, text)))
        case Beginning(text):
            condition, low, high = starts_with("x.value", text)
            return _exists("search_values", Sql(f"x.seq = d.seq AND x.field = ? AND {condition}", (name, low, high)))
        case Anything():
            return _exists("search_values", Sql("x.seq = d.seq AND x.field = ?", (name,)))
        case Words(words, prefix):
            return _words(name, words, prefix)
        case Within():
            column = "x.number" if isinstance(test.low if test.low is not None else test.high, float) else "x.value"
            condition = _within(column, test)
            return _exists(
                "search_values", Sql(f"x.seq = d.seq AND x.field = ? AND {condition.text}", (name, *condition.values))
            )
        case Below() | Nothing():
            return Sql("0")


def _words(name: str, words: tuple[str, ...], prefix: bool) -> Sql:
    if len(words) == 1:
        if not prefix:
            return _exists("search_words", Sql(f"x.field = ? AND x.word = ? AND {_SAME_ASSET}", (name, words[0])))
        condition, low, high = starts_with("x.word", words[0])
        return _exists("search_words", Sql(f"x.seq = d.seq AND x.field = ? AND {condition}", (name, low, high)))
    phrase = f" {' '.join(words)}" + ("" if prefix else " ")
    return _exists("search_values", Sql("x.seq = d.seq AND x.field = ? AND instr(x.words, ?)", (name, phrase)))


def _exists(table: str, condition: Sql) -> Sql:
    return Sql(f"EXISTS (SELECT 1 FROM {table} x WHERE {condition.text})", condition.values)  # noqa: S608 - own names
