"""Pictures that Pillow does not read: SVG by resvg, PDF by PDFium, HEIC by libheif (extra `documents`)."""

import re
import threading
from collections.abc import Mapping
from importlib.resources import files
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cloudinary_sandbox.media.documents import svg_size
from cloudinary_sandbox.media.facts import INVALID_IMAGE, NotMedia
from cloudinary_sandbox.media.sniff import HEAD, sniff

if TYPE_CHECKING:
    from PIL import Image

LIBRARIES: Mapping[str, str] = MappingProxyType({"svg": "resvg_py", "pdf": "pypdfium2", "heic": "pillow_heif"})
"""The library that draws each format."""

_PDFIUM = threading.Lock()
"""PDFium must not be called from two threads at once."""
_ELSEWHERE = re.compile(rb"""\bhref\s*=\s*("|')\s*(?!#|data:)[^"']*\1""")
_MOST_SVG_BYTES = 10_000_000


class MissingLibrary(NotMedia):
    """The file could be drawn if the extra `documents` were installed; `format` is the file's."""

    def __init__(self, format: str):
        super().__init__(f"{INVALID_IMAGE}: files of the format {format} need the extra `documents`")
        self.format = format


def drawn_format(path: Path) -> str | None:
    """The format of a file that is drawn here ("svg", "pdf", "heic"), None for any other file."""
    with path.open("rb") as file:
        guess = sniff(file.read(HEAD))
    return guess.format if guess and guess.format in LIBRARIES else None


def can_draw(format: str) -> bool:
    """Whether the library for a format is installed."""
    return find_spec(LIBRARIES[format]) is not None


def page_count(path: Path, format: str) -> int:
    """How many pages a PDF has; 1 for the other formats. `MissingLibrary` without the extra."""
    _require(format)
    if format != "pdf":
        return 1
    with _PDFIUM:
        document = _pdf(path)
        try:
            return len(document)
        finally:
            document.close()


def drawn_size(path: Path, format: str, page: int = 1) -> tuple[float, float]:
    """Width and height at scale 1: pixels of an SVG or HEIC, points of a PDF's page (72 to the inch).

    `NotMedia` for a file that is broken or has no such page, `MissingLibrary` without the extra.
    """
    _require(format)
    match format:
        case "svg":
            with path.open("rb") as file:
                known = svg_size(file.read(HEAD))
            return known or _svg(path, None).size
        case "pdf":
            return _pdf_page(path, page, None)[0]
        case _:
            return _opened_heif(path).size


def draw(path: Path, format: str, page: int = 1, width: int | None = None) -> "Image.Image":
    """The picture as RGB or RGBA, `width` pixels wide (by default at scale 1); HEIC always at its own size.

    `NotMedia` and `MissingLibrary` as for `drawn_size`. Blocking.
    """
    _require(format)
    match format:
        case "svg":
            return _svg(path, width)
        case "pdf":
            size, _ = _pdf_page(path, page, None)
            picture = _pdf_page(path, page, (width or size[0]) / size[0])[1]
            assert picture is not None
            return picture
        case _:
            return _heif(path)


def _require(format: str) -> None:
    if not can_draw(format):
        raise MissingLibrary(format)


def _svg(path: Path, width: int | None) -> "Image.Image":
    """Draw an SVG that sees nothing but itself: references to other files and to the network are emptied."""
    import resvg_py
    from PIL import Image

    if path.stat().st_size > _MOST_SVG_BYTES:
        raise NotMedia(f"{INVALID_IMAGE}: the SVG is larger than {_MOST_SVG_BYTES // 1_000_000} MB")
    source = _ELSEWHERE.sub(b'href="#"', path.read_bytes())
    try:
        drawn = resvg_py.svg_to_bytes(
            svg_string=source.decode("utf-8", "replace"),
            width=width,
            skip_system_fonts=b"<text" not in source,  # reading them takes 150 ms
            **_svg_fonts(),
        )
    except ValueError:
        raise NotMedia(INVALID_IMAGE) from None
    with Image.open(BytesIO(drawn)) as picture:
        return picture.convert("RGBA")


def _svg_fonts() -> dict[str, Any]:
    """The font for every family that this machine has not got."""
    if not find_spec("fontpkg_arimo"):
        return {}
    folder = files("fontpkg_arimo") / "files"
    names = ("font_family", "serif_family", "sans_serif_family", "monospace_family", "cursive_family", "fantasy_family")
    return {
        "font_files": [str(folder / name) for name in ("Arimo[wght].ttf", "Arimo-Italic[wght].ttf")],
        **dict.fromkeys(names, "Arimo"),
    }


def _pdf(path: Path) -> Any:
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        return PdfDocument(path)
    except PdfiumError:
        raise NotMedia(INVALID_IMAGE) from None


def _pdf_page(path: Path, page: int, scale: float | None) -> tuple[tuple[float, float], "Image.Image | None"]:
    """A page's size in points, and the page itself on white when a scale is given."""
    from pypdfium2 import PdfiumError

    with _PDFIUM:
        document = _pdf(path)
        try:
            if not 1 <= page <= len(document):
                raise NotMedia(f"{INVALID_IMAGE}: there is no page {page}")
            found = document[page - 1]
            picture: Image.Image | None = None
            if scale is not None:
                picture = found.render(scale=scale).to_pil().convert("RGB")
            return found.get_size(), picture
        except PdfiumError:
            raise NotMedia(INVALID_IMAGE) from None
        finally:
            document.close()


def _opened_heif(path: Path) -> Any:
    import pillow_heif

    library: Any = pillow_heif  # it has no complete types
    try:
        return library.open_heif(path)
    except (OSError, ValueError, SyntaxError, EOFError):
        raise NotMedia(INVALID_IMAGE) from None


def _heif(path: Path) -> "Image.Image":
    try:
        picture: Image.Image = _opened_heif(path).to_pillow()
    except (OSError, ValueError, SyntaxError, EOFError):
        raise NotMedia(INVALID_IMAGE) from None
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
