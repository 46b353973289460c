"""The transformation reference in pieces small enough to be read: one topic, one effect or one parameter at a time."""

import json
from collections.abc import Iterator
from functools import cache

from cloudinary_tools.delivery.transformations.lookup import Hit, entries
from cloudinary_tools.delivery.transformations.reference import Json, reference
from cloudinary_tools.suggestions import nearest
from cloudinary_tools.toolkit.results import Problem, lines

_GROUPS = {
    "parameters": "parameter",
    "effects": "effect",
    "crop": "crop",
    "gravity": "gravity",
    "flags": "flag",
    "layers": "layer",
    "recipes": "recipe",
}
"""Topics that list what `find_transformation` finds, and its word for them."""

_FACTS = {
    "formats": "formats",
    "quality": "quality",
    "colors": "colors",
    "conditions": "conditions",
    "variables": "user_variables",
    "video": "video",
}
"""Topics that are a section of the reference."""

_WITH_EXAMPLES = frozenset({"layers", "recipes"})


@cache
def reference_topics() -> tuple[str, ...]:
    """Every topic: the groups first, then each effect and each parameter by name."""
    names = (entry.hit.name for entry in entries() if entry.hit.kind in ("effect", "parameter"))
    return tuple(dict.fromkeys([*_GROUPS, *_FACTS, *names]))


def reference_topic(topic: str) -> str:
    """One topic as compact text, a fact a line; a `Problem` names the nearest topic for an unknown one."""
    name = topic.strip().lower().replace(" ", "_")
    parts: list[str] = []
    if name in _GROUPS:
        hits = [entry.hit for entry in entries() if entry.hit.kind == _GROUPS[name]]
        parts += [_line(hit, example=name in _WITH_EXAMPLES) for hit in hits]
    elif name in _FACTS:
        parts += _facts(reference().data[_FACTS[name]])
    parts += _named(name)
    if not parts:
        close = nearest(name, reference_topics())
        guess = f" Did you mean {close!r}?" if close else ""
        raise Problem(
            f"The reference has no topic {topic!r}.{guess}",
            hint=f"Topics: {', '.join([*_GROUPS, *_FACTS])}, or the name of an effect or a parameter.",
        )
    return "\n".join(parts)


def _facts(section: Json) -> Iterator[str]:
    """A section of the reference; its examples as JSON that can be used, each with its text in a URL."""
    yield from lines({key: value for key, value in section.items() if key != "examples"})
    for example in section.get("examples", ()):
        yield f"Example: {_json(example['json'])} is {example['component']}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _named(name: str) -> Iterator[str]:
    """What is called so, in full."""
    yield from (_line(entry.hit, example=True) for entry in entries() if entry.hit.name == name)


def _line(hit: Hit, *, example: bool) -> str:
    head = f"{hit.name} ({hit.url})" if hit.url and hit.url != hit.name else hit.name
    only = f" [{hit.applies_to[0]} only]" if len(hit.applies_to) == 1 else ""
    values = f" Values: {hit.values}." if hit.values else ""
    shown = f" Example: {_json(hit.example)}" if example else ""
    return f"{head}{only}: {hit.description}{values}{shown}"
