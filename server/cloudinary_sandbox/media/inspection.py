"""Classify a file by its content and gather its facts."""

import hashlib
from pathlib import Path
from typing import Any, Literal

from cloudinary_sandbox.media import documents, drawing, movies
from cloudinary_sandbox.media.facts import INVALID_IMAGE, INVALID_VIDEO, MediaFacts, NotMedia
from cloudinary_sandbox.media.pictures import (
    MAX_PIXELS,
    displayed_size,
    is_grayscale,
    open_picture,
    perceptual_hash,
    small_copy,
)
from cloudinary_sandbox.media.sniff import AUDIO, HEAD, Guess, sniff


def inspect(path: Path, filename: str | None, wanted: Literal["auto", "image", "video", "raw"]) -> MediaFacts:
    """The facts of a stored file. Blocking; the file is streamed, only pictures of at most 25 megapixels are decoded.

    `wanted` is the resource type of the upload: `auto` classifies by content, `raw` looks at nothing but the bytes,
    the others raise `NotMedia` for a file of another kind. `filename` only tells Illustrator files, which are PDF or
    PostScript inside. Without PyAV a video has a format and a size in bytes, and nothing else.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(0)
        etag = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    size = path.stat().st_size
    guess = None if wanted == "raw" else sniff(head)
    if wanted in {"image", "video"} and (guess is None or guess.kind != wanted):
        raise NotMedia(INVALID_IMAGE if wanted == "image" else INVALID_VIDEO)
    if guess is None:
        return MediaFacts("raw", size, etag)
    try:
        known = _image(path, head, guess.format) if guess.kind == "image" else _movie(path, guess.format)
    except NotMedia:
        if guess.weak and wanted == "auto":
            return MediaFacts("raw", size, etag)
        raise
    return MediaFacts(guess.kind, size, etag, format=_named(guess, filename), **known)


def _named(guess: Guess, filename: str | None) -> str:
    is_illustrator = guess.format in {"pdf", "ps", "eps"} and (filename or "").lower().endswith(".ai")
    return "ai" if is_illustrator else guess.format


def _movie(path: Path, format: str) -> dict[str, Any]:
    if movies.available():
        return movies.movie_facts(path)
    return {"is_audio": True} if format in AUDIO else {}


def _image(path: Path, head: bytes, format: str) -> dict[str, Any]:
    if format == "jxl":
        return {}  # known by its magic only: nothing here reads it
    if format in drawing.LIBRARIES:
        return _drawn(path, head, format)
    with open_picture(path, most=None) as image:
        if image.width * image.height > MAX_PIXELS:
            # Nothing more is asked: looking for the EXIF orientation makes Pillow decode a PNG.
            return {"width": image.width, "height": image.height, "pages": 1}
        width, height = displayed_size(image)
        known: dict[str, Any] = {"width": width, "height": height, "pages": 1}
        if format in {"eps", "ps"}:  # the bounding box is known; drawing it would take Ghostscript
            return known
        known["has_alpha"] = image.has_transparency_data
        if format != "jpg":  # a JPEG's further frames are previews, no pages
            known["pages"] = getattr(image, "n_frames", 1)
    small = small_copy(path, 512)
    return known | {"grayscale": is_grayscale(small), "phash": perceptual_hash(small)}


def _drawn(path: Path, head: bytes, format: str) -> dict[str, Any]:
    """What an SVG, a PDF or a HEIC says of itself; without the extra `documents` less of it."""
    if format == "svg":
        width, height = documents.svg_size(head) or (None, None)
        return {"width": width, "height": height, "pages": 1}
    if not drawing.can_draw(format):
        size, pages = documents.pdf_facts(path) if format == "pdf" else (None, None)
    else:
        pages = drawing.page_count(path, format)
        width, height = drawing.drawn_size(path, format)
        size = (round(width), round(height))
    return {"width": size and size[0], "height": size and size[1], "pages": pages}
