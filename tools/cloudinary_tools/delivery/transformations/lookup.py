"""Finding what does something ("round corners") among parameters, effects, flags, crops, gravities and formats."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from cloudinary_tools.delivery.transformations.examples import SYNONYMS, TOPICS
from cloudinary_tools.delivery.transformations.reference import Argument, Effect, Json, reference
from cloudinary_tools.delivery.transformations.values import span

_STOP = frozenset({
    "a", "an", "the", "of", "to", "for", "in", "on", "with", "and", "or", "my", "from", "how", "do", "i", "make", "it",
    "is", "be", "so", "that", "this", "as", "at", "by", "into", "its", "image", "images", "picture", "pictures",
    "photo", "photos", "video", "videos", "asset", "want", "need", "can", "please", "using", "use", "add",
})  # fmt: skip
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: `url` as it starts in a URL (`e_blur`), `values` in words, `example` ready to be used."""

    kind: str
    name: str
    url: str
    description: str
    values: str
    applies_to: tuple[str, ...]
    example: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Entry:
    hit: Hit
    names: frozenset[str]
    synonyms: frozenset[str]
    words: frozenset[str]


def _stem(word: str) -> str:
    """A crude common form: `rounded`, `rounding` and `rounds` meet."""
    for ending in ("ing", "ers", "ed", "er", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _words(text: str) -> list[str]:
    spelled = text.lower().replace("colour", "color").replace("grey", "gray").replace("isation", "ization")
    return [_stem(word) for word in _WORD.findall(spelled.replace("_", " ")) if word not in _STOP]


def _entry(hit: Hit, extra: str = "") -> _Entry:
    synonyms = f"{SYNONYMS.get(hit.name, '')} {extra}"
    return _Entry(hit, frozenset(_words(hit.name)), frozenset(_words(synonyms)), frozenset(_words(hit.description)))


def _argument(argument: Argument) -> str:
    if argument.values:
        text = "|".join(argument.values[:12])
    elif argument.type == "number":
        text = span(argument.min, argument.max, None)
    else:
        text = argument.type
    return f"{argument.name} {text}" + ("" if argument.required else "?")


def effect_values(effect: Effect) -> str:
    """An effect's syntax and the ranges of its arguments, in one line."""
    arguments = "; ".join(_argument(argument) for argument in effect.args[:6])
    return f"{effect.syntax} ({arguments})" if arguments else effect.syntax


def parameter_values(item: Json) -> str:
    """A parameter's range, words and form, in one line."""
    parts: list[str] = []
    limits: Json = item.get("range") or {}
    if limits:
        parts.append(span(limits.get("min"), limits.get("max"), limits.get("exclusive_min")))
    values = [str(value) for value in item.get("values", ())]
    if values:
        parts.append(", ".join(values[:12]) + (f", … ({len(values)} in all)" if len(values) > 12 else ""))
    if "expression" in item["value_kinds"]:
        parts.append("an expression")
    return "; ".join(parts) or ", ".join(item["value_kinds"])


def _parameters() -> list[_Entry]:
    found: list[_Entry] = []
    for name, item in reference().parameters.items():
        if name == "$<name>":
            continue
        example = item["examples"][0]["json"]
        url = f"{item['url_key']}_" if item["url_key"] else ""
        hit = Hit(
            "parameter", name, url, item["description"], parameter_values(item), tuple(item["applies_to"]), example
        )
        found.append(_entry(hit))
    return found


def _effects() -> list[_Entry]:
    found: list[_Entry] = []
    for effect in reference().effects.values():
        example = effect.data["examples"][-1 if len(effect.data["examples"]) == 1 else 1]["json"]
        kinds = tuple(sorted(effect.applies_to))
        hit = Hit("effect", effect.name, f"e_{effect.name}", effect.description, effect_values(effect), kinds, example)
        found.append(_entry(hit))
    return found


def _flags() -> list[_Entry]:
    return [
        _entry(
            Hit(
                "flag", name, f"fl_{name}", item["description"], item["argument"] or "", tuple(item["applies_to"]),
                {"flags": name},
            )
        )
        for name, item in reference().flags.items()
    ]  # fmt: skip


def _crops() -> list[_Entry]:
    found: list[_Entry] = []
    for mode in reference().data["crop_modes"]:
        example: Json = {"crop": mode["name"], "width": 400, "height": 300}
        if mode["gravity"] == "auto only":
            example["gravity"] = "auto"
        values = f"needs {mode['needs']}; gravity {mode['gravity']}"
        hit = Hit("crop", mode["name"], f"c_{mode['name']}", mode["description"], values, ("image", "video"), example)
        found.append(_entry(hit, "crop resize"))
    return found


def _gravities() -> list[_Entry]:
    facts = reference().data["gravity"]
    found: list[_Entry] = []
    for item in facts["special"]:
        crop = item.get("crops", ["thumb"])[0]
        example: Json = {"crop": crop, "gravity": item["name"], "width": 300, "height": 300}
        if item["name"] == "xy_center":
            example |= {"x": 400, "y": 300}
        suffixes = [f"{item['name']}:{suffix}" for suffix in item.get("suffixes", ())]
        hit = Hit(
            "gravity",
            item["name"],
            f"g_{item['name']}",
            item["description"],
            ", ".join(suffixes),
            ("image", "video"),
            example,
        )
        found.append(_entry(hit, "gravity focus position"))
    automatic: Json = {"crop": "fill", "gravity": "auto:subject", "width": 300, "height": 300}
    description = "Keeps the most interesting part, or what is named (a face, an object, a category), in view."
    hit = Hit(
        "gravity", "auto", "g_auto", description, ", ".join(facts["auto"]["forms"]), ("image", "video"), automatic
    )
    found.append(_entry(hit, "gravity focus cat dog object detection crop"))
    compass: Json = {"crop": "fill", "gravity": "north_west", "width": 300, "height": 300}
    hit = Hit(
        "gravity",
        "north_west",
        "g_north_west",
        "A side or a corner.",
        ", ".join(facts["compass"]),
        ("image", "video"),
        compass,
    )
    found.append(_entry(hit, "compass top bottom left right corner center middle side"))
    return found


def _formats() -> list[_Entry]:
    found: list[_Entry] = []
    for group in ("image", "video", "audio"):
        for name in reference().data["formats"][group]:
            hit = Hit(
                "format",
                name,
                f"f_{name}",
                f"Delivered as {name} ({group}).",
                "",
                ("image", "video"),
                {"fetch_format": name},
            )
            found.append(_entry(hit, "format convert"))
    return found


def _layers() -> list[_Entry]:
    found: list[_Entry] = []
    for form in reference().data["overlay"]["forms"]:
        if isinstance(form["json"], dict):
            description = form.get("rule", f"A layer of the kind {form['name']}.")
            example: Json = {"overlay": form["json"]}
            hit = Hit(
                "layer", form["name"], form["component"].split(":")[0], description, "", ("image", "video"), example
            )
            found.append(_entry(hit, "layer overlay on top"))
    return found


def _topics() -> list[_Entry]:
    found: list[_Entry] = []
    for name, (description, words, example) in TOPICS.items():
        kinds = ("video",) if name.startswith("video") else ("image", "video")
        found.append(_entry(Hit("recipe", name, "", description, "", kinds, example), words))
    return found


@cache
def entries() -> tuple[_Entry, ...]:
    """Everything that can be found."""
    groups = (_parameters(), _effects(), _topics(), _crops(), _gravities(), _flags(), _layers(), _formats())
    return tuple(entry for group in groups for entry in group)


def _score(entry: _Entry, wanted: list[str]) -> float:
    total = 0.0
    matched = 0
    for word in wanted:
        value = 0.0
        if word in entry.names:
            value = 6
        elif word in entry.synonyms:
            value = 4
        elif word in entry.words:
            value = 2
        elif len(word) >= 4 and any(
            known.startswith(word) or word.startswith(known) for known in entry.names if len(known) >= 4
        ):
            value = 1.5
        matched += value > 0
        total += value
    if not matched:
        return 0
    exact = 6 if frozenset(wanted) == entry.names else 0
    return total * matched / len(wanted) + exact - 0.1 * len(entry.names)


def find(query: str, limit: int = 5) -> list[Hit]:
    """The few things that fit some words best, best first; empty when nothing does."""
    name = query.strip().lower()
    wanted = _words(query) or _WORD.findall(name)
    scored = [(_score(entry, wanted) + 20 * (entry.hit.name == name), entry) for entry in entries()]
    scored.sort(key=lambda pair: -pair[0])
    return [entry.hit for score, entry in scored[:limit] if score > 0]
