import struct
from hashlib import md5
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

import pytest
from PIL import Image, ImageDraw

from cloudinary_sandbox import media
from cloudinary_sandbox.media import NotMedia, inspect, movies
from tests.extras import needs_documents, needs_video, needs_vision


def picture(path: Path, size: tuple[int, int] = (40, 20), mode: str = "RGB", color: str = "red", **options) -> Path:
    Image.new(mode, size, color).save(path, **options)
    return path


av: Any = None if find_spec("av") is None else import_module("av")


def clip(path: Path, codec: Literal["libx264", "libvpx"] = "libx264", sound: bool = False) -> Path:
    size = (64, 48)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=12)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        track = out.add_stream("aac", rate=8000) if sound else None
        for _ in range(6):
            out.mux(stream.encode(av.VideoFrame.from_image(Image.new("RGB", size, "green"))))
        out.mux(stream.encode(None))
        if track:
            silence = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            silence.sample_rate = 8000
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            out.mux(track.encode(silence))
            out.mux(track.encode(None))
    return path


def facts(path: Path, wanted: Literal["auto", "image", "video", "raw"] = "auto", filename: str | None = None):
    return inspect(path, filename, wanted)


def test_a_picture_is_known_by_its_content_and_not_by_its_name(tmp_path):
    path = tmp_path / "letter.txt"
    Image.new("RGB", (40, 20), "red").save(path, "PNG")
    found = facts(path)
    assert (found.resource_type, found.format, found.width, found.height, found.pages) == ("image", "png", 40, 20, 1)
    assert found.bytes == path.stat().st_size
    assert found.etag == md5(path.read_bytes()).hexdigest()
    assert found.has_alpha is False
    assert found.grayscale is False
    assert found.placeholder is False


@pytest.mark.parametrize("name", ["a.jpg", "a.gif", "a.webp", "a.avif", "a.bmp", "a.tif", "a.jp2", "a.ico"])
def test_common_formats_are_told_apart(tmp_path, name):
    found = facts(picture(tmp_path / name, (32, 32)))
    assert (found.resource_type, found.format, found.width) == ("image", name[2:], 32)


def test_a_photograph_with_exif_orientation_is_measured_as_displayed(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    found = facts(picture(tmp_path / "a.jpg", (40, 20), exif=exif))
    assert (found.width, found.height) == (20, 40)


def test_frames_of_an_animation_are_its_pages(tmp_path):
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "green", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert facts(tmp_path / "a.gif").pages == 3


def test_transparency_and_greyness_are_seen(tmp_path):
    assert facts(picture(tmp_path / "a.png", mode="RGBA", color="#ff000080")).has_alpha is True
    assert facts(picture(tmp_path / "b.jpg", color="#777777")).grayscale is True


def test_similar_pictures_have_near_hashes_and_others_far_ones(tmp_path):
    base = Image.new("L", (128, 128), 30)
    ImageDraw.Draw(base).ellipse((20, 30, 90, 100), fill=220)
    base.save(tmp_path / "a.png")
    base.resize((200, 200)).save(tmp_path / "b.jpg", quality=60)
    base.rotate(90).save(tmp_path / "c.png")
    first, second, third = (int(facts(tmp_path / name).phash or "", 16) for name in ("a.png", "b.jpg", "c.png"))
    assert (first ^ second).bit_count() <= 6
    assert (first ^ third).bit_count() >= 16


@pytest.mark.parametrize(
    ("tag", "size"),
    [
        (b'<svg width="120" height="1in">', (120, 96)),
        (b'<?xml version="1.0"?>\n<!-- c -->\n<svg viewBox="0 0 300 150.2">', (300, 150)),
        (b'<svg width="100%" height="100%">', (None, None)),
    ],
)
def test_an_svg_is_an_image_measured_by_its_attributes(tmp_path, tag, size):
    (tmp_path / "a").write_bytes(tag + b"</svg>")
    found = facts(tmp_path / "a")
    assert (found.resource_type, found.format, (found.width, found.height)) == ("image", "svg", size)


def test_a_pdf_is_an_image_with_pages_and_an_illustrator_file_is_told_by_its_name(tmp_path):
    pages = [Image.new("RGB", (60, 30), "white")] * 2
    pages[0].save(tmp_path / "a.pdf", save_all=True, append_images=pages[1:], resolution=72)
    found = facts(tmp_path / "a.pdf")
    assert (found.resource_type, found.format, found.width, found.height, found.pages) == ("image", "pdf", 60, 30, 2)
    assert facts(tmp_path / "a.pdf", filename="logo.AI").format == "ai"


@needs_documents
def test_a_heic_has_its_size_and_a_broken_one_is_refused(tmp_path):
    import pillow_heif

    pillow_heif.from_pillow(Image.new("RGB", (64, 40), "teal")).save(tmp_path / "a.heic")
    found = facts(tmp_path / "a.heic")
    assert (found.format, found.width, found.height, found.pages) == ("heic", 64, 40, 1)
    (tmp_path / "b").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64))
    with pytest.raises(NotMedia, match="Invalid image file"):
        facts(tmp_path / "b")


def hollow_png(path: Path, width: int, height: int) -> Path:
    """A PNG that claims a size and has no pixels: whoever decodes it fails."""
    chunks = ((b"IHDR", struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)), (b"IDAT", b"nothing"), (b"IEND", b""))
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data)) for kind, data in chunks
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


def test_a_huge_picture_is_measured_and_never_decoded(tmp_path):
    found = facts(hollow_png(tmp_path / "a.png", 6_000, 5_000))
    assert (found.width, found.height, found.phash) == (6_000, 5_000, None)
    for size in ((6_000, 5_000), (13_300, 13_300), (40_000, 40_000)):
        with pytest.raises(NotMedia, match="too many pixels"):
            media.colors(hollow_png(tmp_path / "b.png", *size))


def test_without_the_extra_heic_is_an_image_of_unknown_size(tmp_path, monkeypatch):
    monkeypatch.setattr("cloudinary_sandbox.media.drawing.find_spec", lambda name: None)
    (tmp_path / "a").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64))
    found = facts(tmp_path / "a")
    assert (found.resource_type, found.format, found.width, found.phash) == ("image", "heic", None, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"just text",
        b"PK\x03\x04zip",
        b"BM, a letter",
        pytest.param(b"ID3 is a tag format", marks=needs_video),
        b" " * 9000,
    ],
)
def test_anything_else_is_raw(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    found = facts(tmp_path / "a")
    assert (found.resource_type, found.format, found.width, found.bytes) == ("raw", None, None, len(content))


def test_a_raw_upload_of_a_picture_stays_raw(tmp_path):
    assert facts(picture(tmp_path / "a.png"), "raw").resource_type == "raw"


@pytest.mark.parametrize(
    ("content", "wanted", "text"),
    [
        (b"text", "image", "Invalid image file"),
        (b"\x89PNG\r\n\x1a\n broken", "auto", "Invalid image file"),
        (b"text", "video", "Unsupported video format or file"),
        pytest.param(b"FLV\x01 broken", "video", "Unsupported video format or file", marks=needs_video),
    ],
)
def test_a_file_of_another_kind_is_refused_in_the_words_of_the_api(tmp_path, content, wanted, text):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(NotMedia, match=text):
        facts(tmp_path / "a", wanted)


def test_a_truncated_photograph_is_refused(tmp_path):
    path = picture(tmp_path / "a.png", (300, 300))
    path.write_bytes(path.read_bytes()[:120])
    with pytest.raises(NotMedia, match="Invalid image file"):
        facts(path)


def test_a_decompression_bomb_is_refused(tmp_path, monkeypatch):
    path = picture(tmp_path / "a.png", (100, 100))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5000)
    with pytest.raises(NotMedia, match="too many pixels"):
        facts(path)


@needs_video
def test_a_video_has_its_tracks_described(tmp_path):
    found = facts(clip(tmp_path / "a.mp4", sound=True))
    assert (found.resource_type, found.format, found.width, found.height) == ("video", "mp4", 64, 48)
    assert (found.nb_frames, found.frame_rate, found.is_audio, found.rotation, found.pages) == (6, 12.0, False, 0, 0)
    assert found.duration == pytest.approx(0.5, abs=0.1)
    assert found.bit_rate
    assert found.video
    assert found.video["codec"] == "h264"
    assert found.video["pix_format"] == "yuv420p"
    assert found.audio
    assert found.audio["codec"] == "aac"
    assert found.audio["frequency"] == 8000


@needs_video
def test_webm_is_told_from_mp4(tmp_path):
    assert facts(clip(tmp_path / "a.webm", codec="libvpx")).format == "webm"


@needs_video
def test_sound_is_a_video_that_is_audio(tmp_path):
    with av.open(str(tmp_path / "a.wav"), "w") as out:
        track = out.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame(format="s16", layout="mono", samples=800)
        frame.sample_rate = 8000
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        out.mux(track.encode(frame))
        out.mux(track.encode(None))
    found = facts(tmp_path / "a.wav")
    assert (found.resource_type, found.format, found.is_audio, found.width) == ("video", "wav", True, None)


@needs_video
def test_without_pyav_a_video_keeps_only_what_is_known(tmp_path, monkeypatch):
    path = clip(tmp_path / "a.mp4")
    monkeypatch.setattr(movies, "available", lambda: False)
    found = facts(path)
    assert (found.resource_type, found.format, found.bytes) == ("video", "mp4", path.stat().st_size)
    assert (found.width, found.duration, found.is_audio, found.video) == (None, None, None, None)


def test_colours_are_shares_of_the_picture(tmp_path):
    image = Image.new("RGB", (100, 100), "#ff0000")
    image.paste("#0000ff", (75, 0, 100, 100))
    image.save(tmp_path / "a.png")
    found = media.colors(tmp_path / "a.png")
    assert found["colors"] == [["#FF0000", 75.0], ["#0000FF", 25.0]]
    assert found["predominant"]["google"] == [["red", 75.0], ["blue", 25.0]]


def test_transparent_pixels_have_no_colour(tmp_path):
    image = Image.new("RGBA", (10, 10), (0, 255, 0, 0))
    image.save(tmp_path / "a.png")
    assert media.colors(tmp_path / "a.png")["colors"] == []


def test_exif_and_metadata_are_text(tmp_path):
    tags = Image.Exif()
    tags[0x010F] = "Acme"
    path = picture(tmp_path / "a.jpg", exif=tags, dpi=(300, 300))
    assert media.exif(path) == {"Make": "Acme"}
    assert media.image_metadata(path).items() >= {"Make": "Acme", "DPI": "300", "Colorspace": "sRGB"}.items()


def test_a_blurred_picture_is_less_in_focus(tmp_path):
    from PIL import ImageFilter

    noise = Image.effect_noise((128, 128), 80)
    noise.save(tmp_path / "a.png")
    noise.filter(ImageFilter.GaussianBlur(4)).save(tmp_path / "b.png")
    sharp, soft = (media.quality_analysis(tmp_path / name)["focus"] for name in ("a.png", "b.png"))
    assert 0 <= soft < 0.3 < sharp <= 1


@needs_vision
def test_without_opencv_nothing_is_known_about_faces(tmp_path, monkeypatch):
    path = picture(tmp_path / "a.png")
    assert media.faces(path) == []
    monkeypatch.setattr("cloudinary_sandbox.media.analysis.find_spec", lambda name: None)
    assert media.faces(path) is None


def test_a_conversion_flattens_transparency_on_white(tmp_path):
    path = picture(tmp_path / "a.png", mode="RGBA", color="#ff000000")
    found = media.convert(path, tmp_path / "b.jpg", "jpeg")
    assert (found.format, found.width) == ("jpg", 40)
    assert Image.open(tmp_path / "b.jpg").getcolors() == [(800, (255, 255, 255))]


def test_a_conversion_that_cannot_be_done_says_so(tmp_path):
    with pytest.raises(NotMedia, match="pdf is not supported"):
        media.convert(picture(tmp_path / "a.png"), tmp_path / "b", "pdf")
    (tmp_path / "t").write_bytes(b"text")
    with pytest.raises(NotMedia, match="Invalid image file"):
        media.convert(tmp_path / "t", tmp_path / "b", "png")


def test_importing_the_package_loads_no_heavy_library():
    import subprocess
    import sys

    code = "import sys, cloudinary_sandbox.media; sys.exit(len({'PIL', 'av', 'cv2', 'numpy'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
