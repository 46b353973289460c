"""The images that a sprite or an animation is made of, as the Upload API takes them."""

from typing import Any

from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.toolkit.results import Problem


def images_of(tag: str | None, urls: list[str], transformation: Any) -> dict[str, Any]:
    """The parameters that name the images, by tag or by URL; `Problem` unless it is exactly one of them."""
    if bool(tag) == bool(urls):
        raise Problem("Say which images by tag or by urls, one of them; nothing was created.")
    chosen: dict[str, Any] = {"tag": tag} if tag else {"urls": urls}
    return chosen | ({"transformation": serialise(transformation)} if transformation else {})
