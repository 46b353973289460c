"""A place to render in: pictures of known pixels, and colours read back with some tolerance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from cloudinary_sandbox.rendering import LayerRef, Rendered, RenderRequest, render
from tests.fixtures import FIXTURES

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
PORTRAIT = FIXTURES / "astronaut.jpg"


def quarters(size: tuple[int, int] = (200, 100)) -> Image.Image:
    """Red and green above, blue and white below."""
    image = Image.new("RGB", size, WHITE)
    middle = size[0] // 2, size[1] // 2
    image.paste(RED, (0, 0, *middle))
    image.paste(GREEN, (middle[0], 0, size[0], middle[1]))
    image.paste(BLUE, (0, middle[1], middle[0], size[1]))
    return image


@dataclass
class Studio:
    """Renders in a folder. `layers` are the assets that a layer may show, `named` the named transformations."""

    folder: Path
    layers: dict[str, Image.Image] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    asked: list[LayerRef] = field(default_factory=list)

    def store(self, image: Image.Image, name: str = "source.png", **options) -> Path:
        path = self.folder / name
        options.setdefault("compress_level", 1)  # of PNG only; a source need not be small
        image.save(path, **options)
        return path

    def layer(self, ref: LayerRef) -> Path | None:
        self.asked.append(ref)
        found = self.layers.get(ref.public_id)
        return self.store(found, f"{ref.public_id.replace('/', '_')}.png") if found else None

    def file(
        self,
        source: Path,
        transformation: str,
        format: str | None = None,
        accept: str = "",
        facts: Mapping[str, object] | None = None,
        resource_type: str = "image",
    ) -> Rendered:
        request = RenderRequest(
            source=source,
            resource_type=resource_type,
            source_format=source.suffix[1:],
            transformation=transformation,
            format=format,
            accept=accept,
            named=self.named.get,
            layer=self.layer,
            facts=facts or {},
            workdir=self.folder,
        )
        return render(request)

    def image(
        self, transformation: str, source: Image.Image | None = None, format: str = "png", **facts
    ) -> Image.Image:
        """Render a picture (the quarters by default) and read the result back as RGBA."""
        picture = source or quarters()
        known = {"width": picture.width, "height": picture.height} | facts
        done = self.file(self.store(picture), transformation, format, facts=known)
        with Image.open(done.path) as image:
            assert image.size == (done.width, done.height)
            return image.convert("RGBA")


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, ...], tolerance: int = 6) -> bool:
    """Whether a pixel has about this colour (RGB) or this colour and opacity (RGBA)."""
    pixel = rgba(image, at)
    return all(abs(one - other) <= tolerance for one, other in zip(pixel, colour, strict=False))


def rgba(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    """A pixel as four numbers."""
    pixel = image.convert("RGBA").getpixel(at)
    assert isinstance(pixel, tuple)
    return pixel


def histogram(image: Image.Image) -> list[tuple[int, tuple[int, ...]]]:
    """How often each RGB colour occurs."""
    found = image.convert("RGB").getcolors(1_000_000) or []
    return [(count, colour) for count, colour in found if isinstance(colour, tuple)]
