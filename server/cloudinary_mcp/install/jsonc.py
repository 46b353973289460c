"""Edit one member of a JSON configuration file and leave the rest of its text as it is.

Hosts keep their settings in JSON that people write by hand: with comments, trailing commas and their own indentation.
Loading and dumping would lose those, so an edit here changes only the characters of the member that it is about.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR = re.compile(r"-?\d[\d.eE+-]*|true|false|null")
_UNIT = "  "


class JsonSyntaxError(ValueError):
    """The text is not JSON; the message says where and what was expected."""


@dataclass(slots=True)
class _Value:
    """Where one value stands in the text, and for an object its members."""

    start: int
    end: int = 0
    members: "dict[str, _Member] | None" = None
    closing: int = 0
    """Where the closing brace of an object stands."""
    trailing_comma: bool = False


@dataclass(slots=True)
class _Member:
    start: int
    value: _Value
    ends: list[int] = field(default_factory=list[int])


def put_member(text: str, container: str, name: str, value: Any) -> str:
    """The text with `{container: {name: value}}` in it: added, or in the place of what has that name.

    Raises:
        JsonSyntaxError: the text is not JSON, or the root or the container is not an object.
    """
    if not text.strip("\ufeff \t\r\n"):
        return json.dumps({container: {name: value}}, indent=2, ensure_ascii=False) + "\n"
    root = _object(text, _parse(text), "the file")
    found = root[1].get(container)
    if found is None:
        return _insert(text, root[0], container, {name: value})
    holder, members = _object(text, found.value, f'"{container}"')
    if name in members:
        old = members[name].value
        return text[: old.start] + _dumped(value, _indent_at(text, members[name].start)) + text[old.end :]
    return _insert(text, holder, name, value)


def drop_member(text: str, container: str, name: str) -> str:
    """The text without the member `name` of the object `container`; the same text when there is none.

    Raises:
        JsonSyntaxError: the text is not JSON.
    """
    if not text.strip("\ufeff \t\r\n"):
        return text
    root = _parse(text)
    holder = (root.members or {}).get(container)
    members = holder.value.members if holder else None
    if holder is None or members is None or name not in members:
        return text
    gone = members[name]
    order = list(members)
    at = order.index(name)
    if at + 1 < len(order):  # up to the next member, so that its own comma goes too
        return text[: gone.start] + text[members[order[at + 1]].start :]
    head, tail = text[: gone.start].rstrip(), text[gone.value.end :]
    if holder.value.trailing_comma:
        tail = text[text.index(",", _skip(text, gone.value.end)) + 1 :]
    elif at:
        before = members[order[at - 1]].value.end
        comma = text.index(",", _skip(text, before))
        head = head[:comma] + head[comma + 1 :]
    return head + (tail.lstrip() if head.endswith("{") else tail)


def read_member(text: str, container: str, name: str) -> Any:
    """The value of `{container: {name: …}}`, or None when there is none.

    Raises:
        JsonSyntaxError: the text is not JSON.
    """
    if not text.strip("\ufeff \t\r\n"):
        return None
    holder = (_parse(text).members or {}).get(container)
    found = (holder.value.members or {}).get(name) if holder else None
    return json.loads(_without_comments(text[found.value.start : found.value.end])) if found else None


def _object(text: str, value: _Value, what: str) -> tuple[_Value, dict[str, _Member]]:
    if value.members is None:
        raise JsonSyntaxError(f"{what} is {text[value.start : value.end][:40]}, an object was expected")
    return value, value.members


def _insert(text: str, holder: _Value, name: str, value: Any) -> str:
    """Add a member at the end of an object, indented like its siblings."""
    assert holder.members is not None
    outer = _indent_at(text, holder.start)
    if not holder.members:
        inner = outer + _UNIT
        inside = text[holder.start + 1 : holder.closing].strip()
        kept = f"\n{inner}{inside}" if inside else ""
        member = f"{inner}{json.dumps(name)}: {_dumped(value, inner)}"
        return f"{text[: holder.start + 1]}{kept}\n{member}\n{outer}{text[holder.closing :]}"
    last = list(holder.members.values())[-1]
    first = next(iter(holder.members.values()))
    inner = _indent_at(text, first.start) if "\n" in text[holder.start : first.start] else outer + _UNIT
    comma = "" if holder.trailing_comma else ","
    between = text[last.value.end : holder.closing].rstrip()
    member = f"{inner}{json.dumps(name)}: {_dumped(value, inner)}"
    return f"{text[: last.value.end]}{comma}{between}\n{member}\n{outer}{text[holder.closing :]}"


def _dumped(value: Any, indent: str) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", f"\n{indent}")


def _indent_at(text: str, position: int) -> str:
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip())]


def _without_comments(text: str) -> str:
    def keep(match: re.Match[str]) -> str:
        return match[0] if match[0].startswith('"') else ""

    plain = re.sub(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', keep, text, flags=re.DOTALL)
    return re.sub(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', lambda match: match[1] or "", plain)


def _parse(text: str) -> _Value:
    value = _value(text, _skip(text, 1 if text.startswith("\ufeff") else 0))
    if (end := _skip(text, value.end)) != len(text):
        raise _fault(text, end, "the end of the file")
    return value


def _value(text: str, at: int) -> _Value:
    opening = text[at : at + 1]
    if opening == "{":
        return _object_at(text, at)
    if opening == "[":
        return _array_at(text, at)
    match = _STRING.match(text, at) or _SCALAR.match(text, at)
    if not match:
        raise _fault(text, at, "a value")
    return _Value(at, match.end())


def _object_at(text: str, start: int) -> _Value:
    value = _Value(start, members={})
    assert value.members is not None
    at = _skip(text, start + 1)
    while text[at : at + 1] != "}":
        key = _STRING.match(text, at)
        if not key:
            raise _fault(text, at, "a name in double quotes or }")
        colon = _skip(text, key.end())
        if text[colon : colon + 1] != ":":
            raise _fault(text, colon, ":")
        inner = _value(text, _skip(text, colon + 1))
        value.members[json.loads(key[0])] = _Member(at, inner)
        at, value.trailing_comma = _after(text, inner.end, "}")
    value.closing, value.end = at, at + 1
    return value


def _array_at(text: str, start: int) -> _Value:
    at = _skip(text, start + 1)
    while text[at : at + 1] != "]":
        at, _ = _after(text, _value(text, at).end, "]")
    return _Value(start, at + 1)


def _after(text: str, at: int, closing: str) -> tuple[int, bool]:
    """Where the next member or the closing character stands, and whether a comma came before it."""
    at = _skip(text, at)
    if text[at : at + 1] == ",":
        return _skip(text, at + 1), True
    if text[at : at + 1] != closing:
        raise _fault(text, at, f", or {closing}")
    return at, False


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _fault(text: str, at: int, wanted: str) -> JsonSyntaxError:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    found = repr(text[at : at + 12]) if at < len(text) else "the end of the file"
    return JsonSyntaxError(f"line {line}, column {column}: {wanted} was expected, {found} was found")
