"""Colours as Cloudinary writes them."""

import re

from PIL import ImageColor

from cloudinary_sandbox.rendering.contract import invalid

Rgba = tuple[int, int, int, int]
TRANSPARENT: Rgba = (0, 0, 0, 0)
WHITE: Rgba = (255, 255, 255, 255)

_HEX = re.compile(r"[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}")


def colour(text: str, what: str = "color") -> Rgba:
    """A CSS name, `rgb:` with 3, 4, 6 or 8 hex digits, or `transparent`; anything else is an error naming `what`."""
    name = text.strip().lower()
    if name == "transparent":
        return TRANSPARENT
    digits = name.removeprefix("rgb:").removeprefix("#")
    try:
        if digits != name or not name.isalpha():
            if not _HEX.fullmatch(digits):
                raise ValueError
            name = f"#{digits}"
        found = ImageColor.getcolor(name, "RGBA")
    except ValueError:
        raise invalid(what, text) from None
    assert isinstance(found, tuple)
    return (found[0], found[1], found[2], found[3])
