"""Sizes and page counts that an SVG or a PDF tells by itself, without anything that could draw it."""

import mmap
import re
from pathlib import Path

_TAG = re.compile(rb"<svg\b([^>]*)>", re.DOTALL)
_ATTRIBUTE = re.compile(rb"""\b(width|height|viewBox)\s*=\s*["']([^"']*)["']""")
_LENGTH = re.compile(rb"\s*([\d.]+)\s*(px|pt|pc|in|cm|mm)?\s*$")
_PIXELS = {b"": 1.0, b"px": 1.0, b"pt": 96 / 72, b"pc": 16.0, b"in": 96.0, b"cm": 96 / 2.54, b"mm": 96 / 25.4}

_MEDIA_BOX = re.compile(rb"/MediaBox\s*\[\s*(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s*\]")
_PAGE_TREE = re.compile(rb"/Type\s*/Pages\b")
_COUNT = re.compile(rb"/Count\s+(\d+)")


def svg_size(head: bytes) -> tuple[int, int] | None:
    """Pixels from the root's width and height, else from its viewBox; None when neither says."""
    tag = _TAG.search(head)
    attributes = dict(_ATTRIBUTE.findall(tag[1])) if tag else {}
    size = [_pixels(attributes.get(name, b"")) for name in (b"width", b"height")]
    if size[0] and size[1]:
        return size[0], size[1]
    try:
        box = [float(number) for number in re.split(rb"[\s,]+", attributes.get(b"viewBox", b"").strip())]
    except ValueError:
        return None
    return (round(box[2]), round(box[3])) if len(box) == 4 and box[2] >= 1 and box[3] >= 1 else None


def _pixels(text: bytes) -> int | None:
    match = _LENGTH.match(text)
    return round(float(match[1]) * _PIXELS[match[2] or b""]) if match and match[1].count(b".") < 2 else None


def pdf_facts(path: Path) -> tuple[tuple[int, int] | None, int | None]:
    """The first page's size in points and the number of pages, each None when the file keeps it compressed."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        size = None
        if box := _MEDIA_BOX.search(data):
            left, bottom, right, top = (float(number) for number in box.groups())
            size = (round(abs(right - left)), round(abs(top - bottom)))
        counts: list[int] = []
        for tree in _PAGE_TREE.finditer(data):
            start = max(data.rfind(b"obj", 0, tree.start()), 0)
            end = data.find(b"endobj", tree.end())
            counts += [int(count) for count in _COUNT.findall(data[start : end if end > 0 else start + 4096])]
        return size, max(counts, default=None)
