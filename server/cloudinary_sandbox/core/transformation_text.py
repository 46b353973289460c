"""Transformations as the Admin API shows them: taken apart into long-named parameters."""

from typing import Any

from cloudinary_sandbox.core.errors import bad_request
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.notation import read_eager, read_transformation
from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.transformations.parser import parse


def components(text: str) -> list[JSON]:
    """`c_scale,w_100/e_sepia` as `[{"crop": "scale", "width": 100}, {"effect": "sepia"}]`; 400 for other text."""
    found: list[JSON] = []
    for part in text.split("/"):
        try:
            found += parse(part)
        except TransformationError:
            raise bad_request(f"Invalid transformation component - {part}") from None
    return found


def info(text: str) -> list[JSON]:
    """The components of a transformation that may end with `/ext`, which becomes a `format` of the last one."""
    transformation, extension = read_transformation(text)
    found = components(transformation)
    if extension and found:
        found[-1]["format"] = extension
    return found


def eager_info(value: Any) -> list[JSON]:
    """Eager transformations as objects: the parameters, or `transformation` when there are several components."""
    entries: list[JSON] = []
    for transformation, extension in read_eager(value):
        parts = components(transformation)
        entry: JSON = parts[0] if len(parts) == 1 else {"transformation": parts}
        entries.append(entry if extension is None else {**entry, "format": extension})
    return entries
