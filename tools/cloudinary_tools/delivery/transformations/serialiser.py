"""From a transformation as JSON to its text in a URL, checking every rule on the way.

The order of a component's items is the official SDK's: condition, user variables, the parameters by URL key, raw text.
"""

import re
from collections.abc import Iterable
from typing import Any

from cloudinary_tools.delivery.transformations.checks import check_component, check_kind, check_raw, flag_names
from cloudinary_tools.delivery.transformations.conditions import Balance
from cloudinary_tools.delivery.transformations.expressions import (
    condition,
    percent_chain,
    variable_name,
    variable_value,
)
from cloudinary_tools.delivery.transformations.faults import (
    RefusedError,
    TransformationError,
    TransformationFault,
    not_in,
    refuse,
    shown,
    wrong_type,
)
from cloudinary_tools.delivery.transformations.layers import layer_kind
from cloudinary_tools.delivery.transformations.parser import looks_short, parse
from cloudinary_tools.delivery.transformations.reference import KINDS, Kind, reference
from cloudinary_tools.delivery.transformations.rules import check_silent, rules, split_size
from cloudinary_tools.delivery.transformations.values import plain
from cloudinary_tools.delivery.transformations.video_rules import split_offset
from cloudinary_tools.json_types import as_json, as_list, as_object

ROOT = "transformation"
_RESPONSIVE = "c_limit,w_auto"
_PLAIN = (dict, str)
_MISSING: Any = object()
_IMAGE = frozenset({"image"})


class Writer:
    """Writes one chain and collects its faults; without a kind, what depends on it is not checked."""

    def __init__(self, kind: Kind | None, format: str | None = None) -> None:
        self.kind: Kind | None = kind
        self.format = format
        self.faults: list[TransformationFault] = []
        self.out: list[str] = []
        self.balance = Balance(self.faults)
        self.layer: str | None = None
        self.asks_image = False
        self.applies = 0
        self.rules = rules()

    def fail(self, path: str, refused: RefusedError) -> None:
        """Record a refused value under its key's path."""
        self.faults.extend(TransformationFault(f"{path}{place}", message) for place, message in refused.faults)

    def write(self, transformation: object) -> str:
        """The whole text; `TransformationError` with every fault when anything is wrong."""
        if type(transformation) not in _PLAIN:
            transformation = as_json(transformation)
        try:
            text = self._write(transformation)
        except UnicodeEncodeError:
            raise TransformationError(
                [TransformationFault(ROOT, "holds text that is not valid Unicode (half a pair)")]
            ) from None
        self.balance.finish()
        if self.faults:
            raise TransformationError(self.faults)
        return text

    def _write(self, transformation: object) -> str:
        if self.kind == "video":
            self._look_ahead(transformation)
        if isinstance(transformation, str):
            return self._short(transformation, ROOT)
        if (component := as_object(transformation)) is not None:
            self._component(component, ROOT)
        elif (items := as_list(transformation)) is not None:
            self._list(items, ROOT, named=False)
        else:
            self.faults.append(TransformationFault(ROOT, wrong_type(ROOT, transformation, "an object, a list or text")))
        return "/".join(self.out)

    def _look_ahead(self, node: object) -> None:
        """For videos: whether an image is asked for anywhere, and how many layers will be closed."""
        formats = reference().image_formats
        if self.format in formats:
            self.asks_image = True
        for item in _components(node):
            if str(item.get("fetch_format")) in formats or str(item.get("format")) in formats:
                self.asks_image = True
            if "layer_apply" in flag_names(item):
                self.applies += 1

    def _short(self, text: str, path: str) -> str:
        """Check a component string; it is delivered as it is written."""
        if not text:
            return ""
        if _is_name(text):
            known = "an effect, written e_" if text in reference().effects else ""
            known = known or ("a crop mode, written c_" if text in reference().values("crop") else "")
            if known:
                self.faults.append(
                    TransformationFault(path, f"{shown(text)} is {known}{text} (a named transformation: t_{text})")
                )
                return ""
            text = f"t_{text}"
        try:
            components = parse(text)
        except TransformationError as error:
            self.faults.extend(
                TransformationFault(f"{path}{fault.path.removeprefix(ROOT)}", fault.message) for fault in error.faults
            )
            return ""
        before = len(self.out)
        for at, component in enumerate(components):
            self._component(component, f"{path}[{at}]" if len(components) > 1 else path)
        del self.out[before:]
        return percent_chain(text)

    def _list(self, items: list[Any], path: str, *, named: bool) -> None:
        """The components of a list. `named`: text items are names of transformations, as in the SDK."""
        for at, item in enumerate(items):
            place = f"{path}[{at}]"
            if (component := as_object(item)) is not None:
                self._component(component, place)
            elif named and (names := as_list(item)) is not None:
                self._names(names, place)
            elif isinstance(item, str):
                if named:
                    self._names([item], place)
                elif text := self._short(item, place):
                    self.out.append(text)
            else:
                self.faults.append(TransformationFault(place, wrong_type("component", item, "an object or text")))

    def _names(self, items: list[object], path: str) -> None:
        try:
            self.out.append(_named(items))
        except RefusedError as refused:
            self.fail(path, refused)

    def _component(self, component: dict[str, Any], path: str) -> None:
        """Write one component, its nested ones first."""
        parts: list[str] = []
        special: list[str] | None = None
        table = self.rules
        for key, value in component.items():
            rule = table.get(key)
            if rule is None:
                special = [key] if special is None else [*special, key]
                continue
            try:
                parts.append(rule(value))
            except RefusedError as refused:
                self.fail(f"{path}.{key}", refused)
        head: list[str] = []
        raw = ""
        responsive = False
        if "if" not in component:
            self.balance.other()
        if special is not None:
            head, raw, responsive = self._special(component, special, parts, path)
        self._report(check_component(component, parts), path)
        self._follow_layers(component, path)
        parts.sort()
        if raw:
            parts.append(raw)
        text = ",".join([*head, *parts] if head else parts)
        if text:
            self.out.append(text)
        if responsive:
            self.out.append(_RESPONSIVE)

    def _special(
        self, component: dict[str, Any], keys: list[str], parts: list[str], path: str
    ) -> tuple[list[str], str, bool]:
        """The keys that are more than one item: returns the head, the raw tail and whether it is responsive."""
        opening = ""
        variables: list[str] = []
        ordered: list[str] = []
        raw = ""
        for key in keys:
            value = component[key]
            try:
                if key == "transformation":
                    self._nested(value, path, parts)
                elif key == "if":
                    opening = self._condition(value, component, path)
                elif key == "variables":
                    ordered = _variables(value)
                elif key == "raw_transformation":
                    raw = self._raw(value)
                elif key == "size":
                    parts.extend(split_size(value))
                elif key == "offset":
                    parts.extend(split_offset(value))
                elif str(key).startswith("$"):
                    variables.append(f"{variable_name(key)}_{variable_value(value)}")
                else:
                    check_silent(key, value)
            except RefusedError as refused:
                self.fail(f"{path}.{key}", refused)
        variables.sort()
        head = [*([opening] if opening else []), *variables, *ordered]
        return head, raw, component.get("responsive_width") is True

    def _nested(self, value: object, path: str, parts: list[str]) -> None:
        inner = path if path == ROOT else f"{path}.transformation"
        if isinstance(value, str):
            parts.append(_named([value]))
        elif (component := as_object(value)) is not None:
            self._component(component, inner)
        elif (items := as_list(value)) is not None:
            if any(isinstance(item, dict) for item in items):
                self._list(items, inner, named=True)
            elif items:
                parts.append(_named(items))
        else:
            refuse(wrong_type("transformation", value, "a name, a list of names or components, or a component"))

    def _condition(self, value: object, component: dict[str, Any], path: str) -> str:
        if not isinstance(value, str) or not value.strip():
            refuse(wrong_type("if", value, "a condition such as 'width > 300', or else, or end"))
        if value in {"else", "end"}:
            self.balance.word(value, alone=len(component) == 1, path=f"{path}.if")
            return f"if_{value}"
        self.balance.opened(alone=len(component) == 1, path=f"{path}.if")
        return f"if_{condition(value)}"

    def _raw(self, value: object) -> str:
        if not isinstance(value, str) or not value:
            refuse(wrong_type("raw_transformation", value, "text that is not empty"))
        if "if_" in value:
            self.balance.give_up()
        return value

    def _follow_layers(self, component: dict[str, Any], path: str) -> None:
        """Check the component against what it transforms: the asset or, until layer_apply, the open layer."""
        if self.kind is None:
            return
        if self.kind == "raw":
            self._report(check_raw(component), path)
            return
        opened = component.get("overlay", component.get("underlay", _MISSING))
        if opened is _MISSING and self.layer is None and self.kind == "image":
            self._report(check_kind(component, _IMAGE), path)
            return
        applied = "layer_apply" in flag_names(component)
        kinds: set[str] = {self.layer or self.kind}
        if applied or self.kind == "image":
            kinds.add(self.kind)
        if opened is not _MISSING:
            kinds.add(layer_kind(opened))
        if self.asks_image:
            kinds.add("image")
        self._report(check_kind(component, frozenset(kinds)), path)
        if applied:
            self.layer = None
            self.applies -= 1
        elif opened is not _MISSING and (self.kind == "image" or self.applies > 0):
            self.layer = layer_kind(opened)

    def _report(self, found: Iterable[tuple[str, str]], path: str) -> None:
        for key, message in found:
            self.faults.append(TransformationFault(f"{path}.{key}", message))


def _is_name(text: str) -> bool:
    """Whether a text can only be the name of a transformation, not a component."""
    return not looks_short(text) and bool(re.fullmatch(r"[A-Za-z0-9.-]+", text))


def _components(node: object) -> list[dict[str, Any]]:
    """Every component of a transformation as given, nested ones included."""
    if (component := as_object(node)) is not None:
        return [*_components(component.get("transformation")), component]
    if (items := as_list(node)) is not None:
        return [found for item in items for found in _components(item)]
    if isinstance(node, str) and looks_short(node):
        try:
            return list(parse(node))
        except TransformationError:
            return []
    return []


def _named(items: list[object]) -> str:
    for item in items:
        if not isinstance(item, str):
            refuse(wrong_type("named transformation", item, "text"))
    return "t_" + ".".join(plain("named transformation", item) for item in items)


def _variables(value: object) -> list[str]:
    pairs = as_list(value)
    if pairs is None:
        refuse(wrong_type("variables", value, "a list of [name, value] pairs"))
    texts: list[str] = []
    faults: list[tuple[str, str]] = []
    for at, pair in enumerate(pairs):
        sides = as_list(pair) or []
        try:
            if len(sides) != 2:
                refuse(wrong_type("variable", pair, "a pair such as ['$size', 200]"))
            texts.append(f"{variable_name(sides[0])}_{variable_value(sides[1])}")
        except RefusedError as refused:
            faults.extend((f"[{at}]{place}", message) for place, message in refused.faults)
    if faults:
        raise RefusedError(*faults)
    return texts


def serialise(
    transformation: object,
    resource_type: str = "image",
    *,
    format: str | None = None,
) -> str:
    """The text of a transformation (an object, a list or text) as it stands in a delivery URL.

    `format` is the URL's extension: a video delivered as a picture may use what is for pictures only.
    `TransformationError` names every fault.
    """
    kinds: dict[str, Kind] = {kind: kind for kind in KINDS}
    if resource_type not in kinds:
        raise TransformationError([TransformationFault("resource_type", not_in("resource_type", resource_type, KINDS))])
    return Writer(kinds[resource_type], format).write(transformation)


def check(transformation: object) -> None:
    """Check a transformation whose resource type is not known yet; `TransformationError` names every fault."""
    Writer(None).write(transformation)


def check_alone(component: object) -> None:
    """Check one component apart from its chain: whether conditions balance is left open."""
    writer = Writer(None)
    writer.balance.give_up()
    writer.write(component)
