"""SQL over the index and a naive reading in Python agree on random expressions over random small libraries."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudinary_sandbox.assets.models import SandboxAsset
from tests.sandbox.search.library import Searched, asset, open_searched

Check = Callable[[SandboxAsset], bool]
RESERVED = '!(){}[]*^~?:\\=&<>|" '


@dataclass
class Clause:
    """An expression as text, and what it means."""

    text: str
    check: Check


def words(text: str) -> list[str]:
    return "".join(char.lower() if char.isalnum() else " " for char in text).split()


def side_by_side(wanted: list[str], present: list[str], prefix: bool) -> bool:
    size = len(wanted)
    for start in range(len(present) - size + 1):
        part = present[start : start + size]
        if part[:-1] == wanted[:-1] and (part[-1].startswith(wanted[-1]) if prefix else part[-1] == wanted[-1]):
            return True
    return False


def bare(text: str) -> str:
    return "".join(f"\\{char}" if char in RESERVED else char for char in text)


def in_quotes(text: str) -> str:
    return '"' + "".join(f"\\{char}" if char in '"*\\' else char for char in text) + '"'


around = st.text("b1-_ é/", max_size=2)
texts = st.builds("{}{}{}".format, around, st.sampled_from("ab1é"), around).map(str.strip)


@st.composite
def written(draw: st.DrawFn, value: str) -> tuple[str, bool]:
    """A value as text in one of its spellings, and whether it is only a beginning."""
    prefix = draw(st.booleans())
    if draw(st.booleans()):
        shown = in_quotes(value)
        return (f'{shown[:-1]}*"' if prefix else shown), prefix
    plain = value.lstrip("-+") or "a"
    shown = bare(plain) if plain == value else in_quotes(value)
    if not shown.startswith('"'):
        return shown + ("*" if prefix else ""), prefix
    return (f'{shown[:-1]}*"' if prefix else shown), prefix


def tag_words(asset: SandboxAsset) -> list[list[str]]:
    return [words(tag) for tag in asset.tags]


@st.composite
def tags(draw: st.DrawFn) -> Clause:
    value = draw(texts)
    shown, prefix = draw(written(value))
    if draw(st.booleans()):
        exact: Check = lambda a: any(tag.startswith(value) if prefix else tag == value for tag in a.tags)  # noqa: E731
        return Clause(f"tags={shown}", exact)
    wanted = words(value)
    return Clause(f"tags:{shown}", lambda a: any(side_by_side(wanted, found, prefix) for found in tag_words(a)))


@st.composite
def anywhere(draw: st.DrawFn) -> Clause:
    value = draw(texts)
    shown, prefix = draw(written(value))
    wanted = words(value)

    def check(a: SandboxAsset) -> bool:
        return any(
            side_by_side(wanted, words(text), prefix)
            for text in (a.public_id, a.display_name, *a.tags, *a.context.values())
        )

    return Clause(shown, check)


@st.composite
def context(draw: st.DrawFn) -> Clause:
    shown, prefix = draw(written(value := draw(texts)))
    return Clause(f"context.alt:{shown}", lambda a: side_by_side(words(value), words(a.context.get("alt", "")), prefix))


@st.composite
def public_ids(draw: st.DrawFn) -> Clause:
    shown, prefix = draw(written(value := draw(texts)))
    sign = draw(st.sampled_from(":="))
    return Clause(
        f"public_id{sign}{shown}", lambda a: a.public_id.startswith(value) if prefix else a.public_id == value
    )


@st.composite
def kinds(draw: st.DrawFn) -> Clause:
    chosen = draw(st.lists(st.sampled_from(["image", "video", "raw", "other"]), min_size=1, max_size=3))
    return Clause(f"resource_type:({' OR '.join(chosen)})", lambda a: a.resource_type in chosen)


@st.composite
def numbers(draw: st.DrawFn) -> Clause:
    name = draw(st.sampled_from(["bytes", "width"]))
    low, high = draw(st.integers(0, 6)), draw(st.integers(0, 6))

    def number(a: SandboxAsset) -> float:
        value = getattr(a, name)
        return float("nan") if value is None else value

    match draw(st.sampled_from([":", "=", ">", "<", ">=", "<=", "[", "{"])):
        case "[":
            return Clause(f"{name}:[{low} TO {high}]", lambda a: low <= number(a) < high)
        case "{":
            return Clause(f"{name}:{{{low} TO {high}}}", lambda a: low < number(a) < high)
        case ">":
            return Clause(f"{name}>{low}", lambda a: number(a) > low)
        case "<":
            return Clause(f"{name} < {low}", lambda a: number(a) < low)
        case ">=":
            return Clause(f"{name}>={low}", lambda a: number(a) >= low)
        case "<=":
            return Clause(f"{name}<={low}", lambda a: number(a) <= low)
        case sign:
            return Clause(f"{name}{sign}{low}", lambda a: number(a) == low)


unknown = st.just(Clause("nobody_knows:this", lambda a: False))
leaves = st.one_of(tags(), tags(), anywhere(), context(), public_ids(), kinds(), numbers(), unknown)


@st.composite
def joined(draw: st.DrawFn, parts: st.SearchStrategy[Clause]) -> Clause:
    """Clauses joined in one way, in brackets, some of them negated (the first with a minus only)."""
    both = draw(st.booleans())
    found = draw(st.lists(parts, min_size=1, max_size=3))
    text = ""
    checks: list[Check] = []
    for clause in found:
        sign = draw(st.sampled_from(["", "", "-", "+", "NOT "] if text else ["", "-"]))
        word = (draw(st.sampled_from([" AND ", " "])) if both else " OR ") if text else ""
        text += f"{word}{sign}{clause.text}"
        check = clause.check
        checks.append((lambda a, check=check: not check(a)) if sign in ("-", "NOT ") else check)
    together = all if both else any
    return Clause(f"({text})", lambda a: together(check(a) for check in checks))


expressions = st.recursive(leaves, lambda parts: joined(parts), max_leaves=8)


@st.composite
def libraries(draw: st.DrawFn) -> list[SandboxAsset]:
    size = draw(st.integers(1, 6))
    return [
        asset(
            number,
            public_id=f"{draw(texts)}{number}" if draw(st.booleans()) else f"a{number}",
            resource_type=draw(st.sampled_from(["image", "video", "raw"])),
            tags=draw(st.lists(texts, max_size=3, unique=True)),
            context={"alt": draw(texts)} if draw(st.booleans()) else {},
            bytes=draw(st.integers(1, 6)),
            width=draw(st.none() | st.integers(0, 6)),
            display_name=draw(texts),
        )
        for number in range(size)
    ]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Generator[Searched]:
    with open_searched(tmp_path_factory.mktemp("searched")) as opened:
        yield opened


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(libraries(), expressions)
def test_sql_finds_what_a_naive_reading_finds(searched: Searched, library: list[SandboxAsset], clause: Clause) -> None:
    expected = [found.public_id for found in reversed(library) if clause.check(found)]
    searched.fill(*library)
    assert searched.find(clause.text) == expected
