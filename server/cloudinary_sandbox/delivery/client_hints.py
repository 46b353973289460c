"""Client hints: what a browser says of its screen, and the `w_auto` and `dpr_auto` that it decides.

A URL's own components are read, and not named transformations: the live service ignores both inside them, too.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

_DPR = ("sec-ch-dpr", "dpr")
_WIDTH = ("sec-ch-width", "width")
_VIEWPORT = ("sec-ch-viewport-width", "viewport-width")
_AUTO_DPR = re.compile(r"(?<![^,/])dpr_auto(?![^,/])")
_AUTO_WIDTH = re.compile(r"(?<![^,/])w_auto(?::(\d+))?(?::(\d+))?(?![^,/])")
_MOST_DPR = 10.0
_MOST_WIDTH = 10_000


@dataclass(frozen=True)
class ClientHints:
    """A screen: `dpr` device pixels to a CSS pixel, `width` CSS pixels that the picture (or the window) is wide.

    Both None when the client does not say.
    """

    dpr: float | None = None
    width: float | None = None

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> "ClientHints":
        """Read the headers `DPR`, `Width` and `Viewport-Width`, new spelling or old; nonsense is passed over.

        `Width` counts device pixels, `Viewport-Width` CSS pixels; the first wins.
        """
        dpr = _number(headers, _DPR, _MOST_DPR)
        width, viewport = _number(headers, _WIDTH, _MOST_WIDTH), _number(headers, _VIEWPORT, _MOST_WIDTH)
        return cls(dpr, width / (dpr or 1) if width else viewport)

    def applied(self, transformation: str) -> str:
        """The transformation with what the hints decide written out; without a hint it stays as it is."""
        if self.dpr:
            transformation = _AUTO_DPR.sub(f"dpr_{self.dpr:g}", transformation)
        return _AUTO_WIDTH.sub(self._width, transformation) if self.width else transformation

    def _width(self, match: re.Match[str]) -> str:
        step = int(match[1] or 1) or 1
        return f"w_{math.ceil((self.width or 0) / step) * step}"


def asks_for_hints(transformation: str) -> list[str]:
    """The headers that decide something in a transformation, for `Vary` and `Accept-CH`."""
    found = ["DPR"] if _AUTO_DPR.search(transformation) else []
    if _AUTO_WIDTH.search(transformation) or "w_auto:breakpoints" in transformation:
        found += ["Width", "Viewport-Width"]
    return found


def _number(headers: Mapping[str, str], names: tuple[str, ...], most: float) -> float | None:
    for name in names:
        try:
            value = float(headers.get(name, ""))
        except ValueError:
            continue
        if 0 < value <= most:
            return value
    return None
