"""Transformations as the Admin API shows them: taken apart into long-named parameters."""

from typing import Any

from cloudinary_sandbox.core.errors import bad_request
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.notation import read_transformation
from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.transformations.parser import parse
from cloudinary_tools.json_types import is_list

_LAYERS = {"l_": "overlay", "u_": "underlay"}


def components(text: str) -> list[JSON]:
    """`c_scale,w_100/e_sepia` as `[{"crop": "scale", "width": 100}, {"effect": "sepia"}]`; 400 for other text.

    A layer stays the text it is in a URL: `{"overlay": "text:arial_20:abc"}`.
    """
    found: list[JSON] = []
    for part in text.split("/"):
        try:
            (component,) = parse(part)
        except TransformationError:
            raise bad_request(f"Invalid transformation component - {part}") from None
        layers = {_LAYERS[item[:2]]: item[2:] for item in part.split(",") if item[:2] in _LAYERS}
        found.append({name: layers.get(name, value) for name, value in component.items()})
    return found


def info(text: str) -> list[JSON]:
    """The components of a transformation that may end with `/ext`, which becomes a `format` of the last one.

    A bare slash at the end (no extension) becomes `"extension": "none"`.
    """
    transformation, extension = read_transformation(text)
    found = components(transformation)
    if extension is not None:
        found[-1] |= {"format": extension} if extension else {"extension": "none"}
    return found


def eager_info(value: Any) -> list[list[JSON]]:
    """Eager transformations as lists of components, one list for each of them."""
    items = value if is_list(value) else str(value).split("|")
    return [info(str(item)) for item in items if str(item)]
