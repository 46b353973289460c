"""Pictures for a chat: small, of a known kind, upright, and several on a sheet."""

import io
from typing import Any

import pytest
from PIL import Image

from cloudinary_tools.library.thumbnails import (
    MAX_BYTES,
    MAX_SIDE,
    Cell,
    NotAPictureError,
    cell_side,
    contact_sheet,
    fit,
)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_a_small_picture_stays_as_it_is(kind: str, media_type: str) -> None:
    data = encoded(Image.new("RGB", (30, 20), "red"), kind)
    picture = fit(data)
    assert (picture.data, picture.mime_type) == (data, media_type)


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO"])
def test_a_kind_that_chats_do_not_show_becomes_one_they_do(kind: str) -> None:
    assert fit(encoded(Image.new("RGB", (30, 20), "red"), kind)).mime_type in ("image/jpeg", "image/webp")


def test_a_large_heavy_picture_is_brought_within_both_limits() -> None:
    picture = fit(encoded(Image.effect_noise((1400, 900), 100), "PNG"))
    assert len(picture.data) <= MAX_BYTES
    assert max(opened(picture.data).size) <= MAX_SIDE


def test_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    with pytest.raises(NotAPictureError, match="more than 6 megapixels"):
        fit(encoded(Image.new("1", (6000, 5000)), "PNG"))


def test_transparency_survives_shrinking() -> None:
    picture = fit(encoded(Image.new("RGBA", (1000, 500), (255, 0, 0, 0)), "PNG"))
    assert picture.mime_type == "image/webp"
    assert opened(picture.data).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_an_animation_is_shown_by_its_first_frame() -> None:
    frames = [Image.new("RGB", (30, 20), color) for color in ("red", "blue")]
    picture = fit(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    shown = opened(picture.data)
    assert getattr(shown, "n_frames", 1) == 1
    red, _, blue = shown.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > 200 > 50 > blue


def test_a_picture_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = fit(encoded(Image.new("RGB", (1000, 500), "red"), "JPEG", exif=exif))
    assert opened(picture.data).size == (384, 768)


@pytest.mark.parametrize("data", [b"", b"<html>", encoded(Image.effect_noise((900, 900), 9), "PNG")[:5000]])
def test_what_is_no_whole_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPictureError):
        fit(data)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 16])
def test_a_sheet_of_any_number_keeps_the_limits(count: int) -> None:
    data = encoded(Image.new("RGBA", (300, 200), (0, 0, 255, 128)), "PNG")
    sheet = contact_sheet([Cell(f"{n} 名前 a-rather-long-name-of-an-asset", data) for n in range(count)])
    assert len(sheet.data) <= MAX_BYTES
    assert max(opened(sheet.data).size) <= MAX_SIDE
    assert 0 < cell_side(count) <= MAX_SIDE


def test_a_sheet_has_a_place_for_what_is_missing_or_broken() -> None:
    sheet = contact_sheet([Cell("1 gone", None), Cell("2 broken", b"no picture")])
    assert sheet.mime_type == "image/jpeg"
