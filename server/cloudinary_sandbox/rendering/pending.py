"""Pictures whose pixels are not there yet: a resize that comes first decodes or draws no more than it needs."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from cloudinary_sandbox.media import NotMedia
from cloudinary_sandbox.media.drawing import MissingLibrary, draw
from cloudinary_sandbox.media.pictures import open_picture
from cloudinary_sandbox.rendering.contract import RenderError, Unsupported
from cloudinary_sandbox.rendering.geometry import MAX_PIXELS, Box, Size, whole

_GAP = 2.0
"""A JPEG is decoded at no less than this multiple of the wanted size, so that the reduction does not show."""


class PendingPicture(ABC):
    """A picture of known size that is decoded (or drawn) when it is asked for."""

    size: Size

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.size[0]

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.size[1]

    @abstractmethod
    def full(self) -> Image.Image:
        """The whole picture at its own size, as RGB or RGBA. `RenderError` when it cannot be decoded."""

    @abstractmethod
    def scaled(self, size: Size, box: Box) -> Image.Image:
        """The part `box` of the picture (in its own pixels) at the given size."""


Picture = Image.Image | PendingPicture
"""A picture, or the promise of one."""


def full(picture: Picture) -> Image.Image:
    """The picture with its pixels."""
    return picture.full() if isinstance(picture, PendingPicture) else picture


@contextmanager
def render_errors() -> Generator[None]:
    """Turn what the body cannot decode into a `RenderError`."""
    try:
        yield
    except MissingLibrary as error:
        raise Unsupported(f"pictures of the format {error.format} without the extra `documents`") from None
    except NotMedia as error:
        raise RenderError(str(error)) from None


class PendingJpeg(PendingPicture):
    """A JPEG; its decoder can leave out all but an eighth, a quarter or a half of the detail.

    `plain` makes an upright RGB picture of an opened file. `turned` tells that width and height change places then.
    """

    def __init__(self, path: Path, stored: Size, plain: Callable[[Image.Image], Image.Image], *, turned: bool):
        self._path, self._stored, self._plain = path, stored, plain
        self.size = (stored[1], stored[0]) if turned else stored

    def full(self) -> Image.Image:
        """Decode all of it."""
        with render_errors(), open_picture(self._path) as image:
            return self._plain(image)

    def scaled(self, size: Size, box: Box) -> Image.Image:
        """Decode what `size` needs and resize that."""
        reduction = min((box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]) / _GAP
        with render_errors(), open_picture(self._path) as image:
            if reduction > 1:
                image.draft(None, (math.ceil(self._stored[0] / reduction), math.ceil(self._stored[1] / reduction)))
            # The decoder rounds the sides up, so the part is measured by the step and not by the new size.
            step = round(self._stored[0] / image.width)
            decoded = self._plain(image)
        part = (box[0] / step, box[1] / step, box[2] / step, box[3] / step)
        inside = (*part[:2], min(part[2], decoded.width), min(part[3], decoded.height))
        return decoded.resize(size, Image.Resampling.LANCZOS, box=inside, reducing_gap=3.0)


class PendingDrawing(PendingPicture):
    """An SVG or a PDF's page, which is drawn as large as it is needed."""

    def __init__(self, path: Path, format: str, page: int, size: Size):
        self._path, self._format, self._page, self.size = path, format, page, size

    def full(self) -> Image.Image:
        """Draw it at its own size."""
        return self._drawn(self.width)

    def scaled(self, size: Size, box: Box) -> Image.Image:
        """Draw the whole so large that the part has the given size, within the limit of pixels."""
        factor = max(size[0] / (box[2] - box[0]), size[1] / (box[3] - box[1]))
        most = math.sqrt(MAX_PIXELS / (self.width * self.height))
        drawn = self._drawn(max(1, round(self.width * min(factor, most))))
        across, down = drawn.width / self.width, drawn.height / self.height
        part = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
        if drawn.size == size and part == (0, 0, *size):
            return drawn
        return drawn.resize(size, Image.Resampling.LANCZOS, box=part)

    def _drawn(self, width: int) -> Image.Image:
        whole(width, width * self.height / self.width)
        with render_errors():
            return draw(self._path, self._format, self._page, width)
