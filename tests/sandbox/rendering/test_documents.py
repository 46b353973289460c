"""SVG, PDF and HEIC as sources, and pictures that are decoded no finer than needed."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat, JpegImagePlugin

from cloudinary_sandbox.media import colors, convert
from cloudinary_sandbox.media.pictures import MAX_PIXELS
from cloudinary_sandbox.rendering import RenderError, Unsupported
from tests.extras import needs_documents
from tests.sandbox.rendering.studio import BLUE, GREEN, RED, WHITE, Studio, near, quarters, rgba

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" width="40" height="20">
<rect width="20" height="20" fill="red"/><rect x="20" width="20" height="10" fill="blue"/>{more}</svg>"""


def drawing(folder: Path, more: str = "") -> Path:
    path = folder / "a.svg"
    path.write_text(SVG.format(more=more))
    return path


def pages(folder: Path) -> Path:
    """Two pages of 120 x 60 points, the first red and the second green."""
    first, second = Image.new("RGB", (120, 60), "red"), Image.new("RGB", (120, 60), "green")
    first.save(folder / "a.pdf", save_all=True, append_images=[second], resolution=72)
    return folder / "a.pdf"


def shown(studio: Studio, path: Path, transformation: str, format: str = "png") -> Image.Image:
    done = studio.file(path, transformation, format)
    with Image.open(done.path) as image:
        assert image.size == (done.width, done.height)
        return image.convert("RGBA")


@needs_documents
class TestDrawings:
    def test_an_svg_is_drawn_with_its_transparency(self, studio):
        image = shown(studio, drawing(studio.folder), "", "png")
        assert image.size == (40, 20)
        assert near(image, (5, 5), (*RED, 255))
        assert near(image, (30, 5), (*BLUE, 255))
        assert rgba(image, (30, 15))[3] == 0
        assert near(shown(studio, drawing(studio.folder), "w_80", "jpg"), (60, 30), WHITE)

    def test_an_enlarged_svg_is_as_sharp_as_one_of_that_size(self, studio):
        image = shown(studio, drawing(studio.folder), "c_scale,w_400")
        assert image.size == (400, 200)
        assert near(image, (198, 100), (*RED, 255))
        assert near(image, (201, 50), (*BLUE, 255))

    def test_a_part_of_an_enlarged_drawing_is_the_right_part(self, studio):
        image = shown(studio, drawing(studio.folder), "c_fill,g_east,h_200,w_200")
        assert image.size == (200, 200)
        assert near(image, (3, 50), (*BLUE, 255))
        assert rgba(image, (100, 150))[3] == 0

    def test_an_svg_sees_no_other_file(self, studio):
        secret = studio.store(Image.new("RGB", (20, 10), "green"), "secret.png")
        for href in (f'href="{secret}"', f"xlink:href='file://{secret}'", f'href = "{secret}"'):
            more = f'<image xmlns:xlink="http://www.w3.org/1999/xlink" {href} x="20" y="10" width="20" height="10"/>'
            image = shown(studio, drawing(studio.folder, more), "")
            assert rgba(image, (30, 15))[3] == 0
            assert near(image, (5, 5), (*RED, 255))

    def test_the_text_of_an_svg_is_written_whatever_its_family(self, studio):
        more = '<text x="21" y="19" font-size="9" font-family="No Such Family">Wäß</text>'
        image = shown(studio, drawing(studio.folder, more), "w_400").crop((200, 100, 400, 200))
        assert image.getchannel("A").getbbox() is not None

    def test_each_page_of_a_pdf_is_drawn_at_its_size_or_density(self, studio):
        path = pages(studio.folder)
        assert near(shown(studio, path, ""), (60, 30), RED)
        assert near(shown(studio, path, "pg_2"), (60, 30), GREEN)
        assert shown(studio, path, "pg_2/c_scale,w_300", "jpg").size == (300, 150)
        assert shown(studio, path, "dn_144").size == (240, 120)
        for missing in ("pg_3", "pg_0"):
            with pytest.raises(RenderError, match="Invalid page"):
                studio.file(path, missing, "png")
        with pytest.raises(RenderError, match="Invalid density"):
            studio.file(path, "dn_9000", "png")

    def test_a_pdf_as_a_pdf_stays_as_it_is(self, studio):
        path = pages(studio.folder)
        assert studio.file(path, "").path.read_bytes() == path.read_bytes()

    def test_a_heic_is_a_picture_like_any_other(self, studio):
        import pillow_heif

        pillow_heif.from_pillow(quarters((200, 100))).save(studio.folder / "a.heic", quality=95)
        image = shown(studio, studio.folder / "a.heic", "c_scale,w_100", "jpg")
        assert image.size == (100, 50)
        assert near(image, (20, 10), RED, 20)
        assert near(image, (20, 40), BLUE, 20)

    def test_a_drawing_can_be_a_layer_and_can_be_converted_and_looked_into(self, studio, tmp_path):
        path = drawing(studio.folder)
        studio.layer = lambda ref: path
        base = Image.new("RGB", (100, 100), "white")
        assert near(studio.image("l_icon,w_50/fl_layer_apply,g_north_west", base), (5, 5), RED)
        assert convert(path, tmp_path / "b.png", "png").width == 40
        assert colors(path)["colors"][0][0] in {"#FF0000", "#FE0000"}

    def test_a_drawing_of_too_many_pixels_is_refused_before_it_is_drawn(self, studio):
        path = drawing(studio.folder)
        path.write_text(path.read_text().replace('width="40" height="20"', 'width="40000" height="20000"'))
        with pytest.raises(RenderError, match="Maximum image size"):
            studio.file(path, "c_scale,w_10", "png")

    def test_a_broken_document_is_no_picture(self, studio):
        for name, content in (("a.pdf", b"%PDF-1.7 nothing"), ("a.svg", b"<svg <")):
            (studio.folder / name).write_bytes(content)
            with pytest.raises(RenderError):
                studio.file(studio.folder / name, "w_10", "png")


def test_without_the_extra_the_refusal_names_it(studio, monkeypatch):
    monkeypatch.setattr("cloudinary_sandbox.media.drawing.find_spec", lambda name: None)
    with pytest.raises(Unsupported, match="format svg without the extra `documents`"):
        studio.file(drawing(studio.folder), "w_10", "png")


def test_density_is_a_matter_of_drawings_only(studio):
    with pytest.raises(Unsupported, match="dn_"):
        studio.file(studio.store(quarters()), "dn_150", "png")


def photo(folder: Path, size: tuple[int, int] = (801, 600), **options) -> Path:
    """A JPEG with soft shapes, so that different ways to reduce it agree."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    ImageDraw.Draw(image).ellipse((100, 100, size[0] - 200, size[1] - 100), fill="tomato")
    image.save(folder / "photo.jpg", quality=95, **options)
    return folder / "photo.jpg"


@pytest.mark.parametrize(
    "transformation",
    ["c_scale,w_100", "c_fit,h_90,w_90", "c_fill,h_80,w_80", "c_fill,g_south_east,h_60,w_100", "c_limit,w_150",
     "b_navy,c_pad,h_100,w_100", "c_lfill,h_50,w_120,g_north", "c_thumb,h_70,w_70", "c_fill,g_auto,h_80,w_60"],
)  # fmt: skip
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_decoded_coarsely_looks_like_one_decoded_in_full(studio, monkeypatch, transformation, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = photo(studio.folder, exif=exif)
    coarse = shown(studio, path, transformation)
    monkeypatch.setattr("cloudinary_sandbox.rendering.source.PendingJpeg", _eager)
    fine = shown(studio, path, transformation)
    assert coarse.size == fine.size
    apart = ImageStat.Stat(ImageChops.difference(coarse.convert("RGB"), fine.convert("RGB")))
    assert max(apart.mean) < 1.5


def _eager(path: Path, size: tuple[int, int], plain, *, turned: bool) -> Image.Image:
    with Image.open(path) as image:
        return plain(image)


def test_a_jpeg_that_is_reduced_much_is_decoded_in_part_only(studio, monkeypatch):
    decoded: list[tuple[int, int]] = []
    draft = JpegImagePlugin.JpegImageFile.draft

    def watched(self, mode, size):
        found = draft(self, mode, size)
        decoded.append(self.size)
        return found

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "draft", watched)
    shown(studio, photo(studio.folder, (1600, 1200)), "c_fill,h_100,w_100")
    assert decoded == [(400, 300)]


def test_a_picture_beyond_the_limit_is_refused_before_it_is_decoded(studio):
    side = int(MAX_PIXELS**0.5) + 10
    path = studio.store(Image.new("1", (side, side)))
    with pytest.raises(RenderError, match="too many pixels"):
        studio.file(path, "w_10", "png")
