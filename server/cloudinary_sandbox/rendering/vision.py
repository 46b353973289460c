"""Where to look: faces, stored coordinates, and the liveliest part of a picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import cast

from PIL import Image, ImageFilter

from cloudinary_sandbox.media.analysis import faces_in
from cloudinary_sandbox.rendering.contract import RenderNotes, Unsupported
from cloudinary_sandbox.rendering.geometry import Box, Size, around, middle, whole
from cloudinary_sandbox.rendering.pending import PendingPicture, Picture, full

REGIONS = frozenset({"face", "faces", "custom"})
"""Gravities that name a region of the picture (before a colon)."""
_GRID = 48
"""Cells of the longer side in which edge energy is counted."""


@dataclass(slots=True)
class GravityFinder:
    """Finds what a gravity means in a picture.

    `coordinates` are the asset's own (`{"faces": [[x, y, w, h]], "custom": …}`), in pixels of the original, and count
    as long as the picture is `untouched`. What is found is kept under `place` (the step at work), so that the frames
    of a film or an animation are all cut alike.
    """

    notes: RenderNotes
    coordinates: Mapping[str, object] = field(default_factory=dict[str, object])
    untouched: bool = True
    place: int = 0
    _found: dict[tuple[int, str, tuple[float, float] | None], Box | None] = field(
        default_factory=dict[tuple[int, str, tuple[float, float] | None], Box | None]
    )

    def region(self, image: Image.Image, gravity: str) -> Box | None:
        """The box of `face`, `faces` or `custom`; None when there is nothing to be seen (or no way to look)."""
        return self._kept(gravity, None, lambda: self._region(image, gravity))

    def liveliest(self, image: Picture, gravity: str, window: tuple[float, float]) -> Box:
        """The window with the most edge energy (`g_auto`)."""
        self.notes.approximate(f"g_{gravity} by edge energy")
        found = self._kept(gravity, window, lambda: _liveliest(image, window))
        assert found is not None
        return found

    def faces(self, image: Image.Image) -> list[Box] | None:
        """The boxes of all faces, largest first; None when there is no way to know."""
        if stored := self._stored("faces"):
            return stored
        found = faces_in(image)
        return None if found is None else [(x, y, x + width, y + height) for x, y, width, height in found]

    def count_faces(self, image: Image.Image) -> int:
        """How many faces there are (`fc`). `Unsupported` when there is no way to know."""
        found = self.faces(image)
        if found is None:
            raise Unsupported("face counts (fc) without OpenCV")
        return len(found)

    def _kept(self, gravity: str, window: tuple[float, float] | None, look: Callable[[], Box | None]) -> Box | None:
        key = (self.place, gravity, window)
        if key not in self._found:
            self._found[key] = look()
        return self._found[key]

    def _region(self, image: Image.Image, gravity: str) -> Box | None:
        kind, _, fallback = gravity.partition(":")
        if kind == "custom":
            if box := _union(self._stored("custom")):
                return box
            if self.coordinates.get("custom"):
                raise Unsupported("g_custom after a change of size")
            return self.region(image, fallback) if fallback in {"face", "faces"} else None
        boxes = self.faces(image)
        if boxes is None:
            self.notes.approximate(f"g_{gravity} as centre, OpenCV is not installed")
            return None
        return _union(boxes[:1] if kind == "face" else boxes)

    def _stored(self, kind: str) -> list[Box]:
        found = self.coordinates.get(kind) if self.untouched else None
        rows = cast("Sequence[Sequence[float]]", found or ())
        return [(row[0], row[1], row[0] + row[2], row[1] + row[3]) for row in rows]


def _union(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _liveliest(image: Picture, window: tuple[float, float]) -> Box:
    """Slide the window over a coarse map of edge energy; a tie goes to the place nearest to the centre."""
    cell = max(image.size) / _GRID
    columns, rows = (max(1, round(side / cell)) for side in image.size)
    edges = _small_grey(image).filter(ImageFilter.FIND_EDGES)
    # The filter leaves the outermost pixels as they are; they are no edges.
    inner = edges.crop((1, 1, max(2, edges.width - 1), max(2, edges.height - 1)))
    energy = inner.resize((columns, rows), Image.Resampling.BOX).tobytes()
    sums = _prefix_sums(energy, columns, rows)
    across = max(1, min(columns, round(window[0] / cell)))
    down = max(1, min(rows, round(window[1] / cell)))

    def worth(left: int, top: int) -> tuple[int, float]:
        right, bottom = left + across, top + down
        total = sums[bottom][right] - sums[top][right] - sums[bottom][left] + sums[top][left]
        return total, -abs(left + across / 2 - columns / 2) - abs(top + down / 2 - rows / 2)

    left, top = max(product(range(columns - across + 1), range(rows - down + 1)), key=lambda at: worth(*at))
    size: Size = image.size
    found = (left * cell, top * cell, (left + across) * cell, (top + down) * cell)
    return around(middle(found), window, size)


def _small_grey(picture: Picture) -> Image.Image:
    reduction = max(picture.size) / (_GRID * 8)
    if isinstance(picture, PendingPicture) and reduction > 1:
        size = whole(picture.width / reduction, picture.height / reduction)
        return picture.scaled(size, (0, 0, *picture.size)).convert("L")
    grey = full(picture).convert("RGB").convert("L")
    grey.thumbnail((_GRID * 8, _GRID * 8))
    return grey


def _prefix_sums(energy: bytes, columns: int, rows: int) -> list[list[int]]:
    sums = [[0] * (columns + 1)]
    for row in range(rows):
        running, line = 0, [0]
        for column in range(columns):
            running += energy[row * columns + column]
            line.append(sums[row][column + 1] + running)
        sums.append(line)
    return sums
