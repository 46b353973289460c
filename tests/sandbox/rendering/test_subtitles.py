"""Subtitles: what a file says at a moment, and films that show it."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cloudinary_sandbox.rendering import RenderError, Unsupported
from cloudinary_sandbox.rendering.subtitles import read_subtitles, said_at
from tests.sandbox.rendering.studio import quarters

library: Any = pytest.importorskip("av", reason="needs the extra `video`")
SRT = (
    "1\r\n00:00:00,500 --> 00:00:01,000\r\nHello <i>there</i>\r\n\r\n"
    "2\r\n00:00:01,500 --> 00:00:02,000\r\nTwo\r\nlines\r\n"
)
VTT = "WEBVTT\n\nNOTE no times\n\nintro\n00:00.500 --> 00:01.000 align:start\nHello there\n"


def test_srt_and_webvtt_are_read_without_their_marks(tmp_path: Path) -> None:
    srt, vtt = read_subtitles(SRT), read_subtitles(VTT)
    assert [(each.start, each.end, each.text) for each in srt] == [
        (0.5, 1.0, "Hello there"),
        (1.5, 2.0, "Two\nlines"),
    ]
    assert [(each.start, each.end, each.text) for each in vtt] == [(0.5, 1.0, "Hello there")]
    (tmp_path / "a.srt").write_text("\ufeff" + SRT, "utf-8")
    assert [said_at(tmp_path / "a.srt", at) for at in (0.4, 0.5, 1.0, 1.7)] == ["", "Hello there", "", "Two\nlines"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    """Two seconds of black, ten pictures a second."""
    path = tmp_path_factory.mktemp("films") / "clip.mp4"
    with library.open(str(path), "w") as out:
        pictures = out.add_stream("libx264", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 320, 180, "yuv420p"
        for _ in range(20):
            out.mux(pictures.encode(library.VideoFrame.from_image(Image.new("RGB", (320, 180)))))
        out.mux(pictures.encode(None))
    return path


def lit(studio, clip: Path, transformation: str, content: str = SRT) -> list[tuple[int, int, int, int] | None]:
    """Where each picture of the film is not black."""
    (studio.folder / "en.srt").write_text(content, "utf-8")
    files = {("subs/en.srt", "raw"): studio.folder / "en.srt"}
    studio.layer = lambda ref: files.get((ref.public_id, ref.resource_type))
    done = studio.file(clip, transformation, "mp4", resource_type="video")
    with library.open(str(done.path)) as container:
        frames = [frame.to_image().convert("L") for frame in container.decode(video=0)]
    return [frame.point([0 if level < 90 else 255 for level in range(256)]).getbbox() for frame in frames]


def test_a_film_shows_its_subtitles_when_they_are_said_and_at_its_foot(studio, clip):
    boxes = lit(studio, clip, "l_subtitles:subs:en.srt")
    assert [box is not None for box in boxes] == [5 <= at < 10 or at >= 15 for at in range(20)]
    one, two = boxes[7], boxes[17]
    assert one and two
    assert one[1] > 110
    assert two[3] - two[1] > 1.7 * (one[3] - one[1])
    assert abs((one[0] + one[2]) / 2 - 160) < 6


def test_subtitles_take_a_style_a_place_and_a_color(studio, clip):
    large, plain = (
        lit(studio, clip, "g_north,l_subtitles:Arial_60:subs:en.srt")[7],
        lit(studio, clip, "l_subtitles:subs:en.srt")[7],
    )
    assert large and plain
    assert large[1] < 40 < 110 < plain[1]
    assert large[2] - large[0] > plain[2] - plain[0]
    dark = lit(studio, clip, "co_rgb:202020,l_subtitles:subs:en.srt")
    assert dark[7] is None


def test_subtitles_of_a_part_go_by_the_film(studio, clip):
    boxes = lit(studio, clip, "so_0.5,du_1/l_subtitles:subs:en.srt")
    assert [box is not None for box in boxes] == [at < 5 for at in range(10)]


def test_subtitles_that_cannot_be_shown_say_why(studio, clip):
    with pytest.raises(RenderError, match="Resource not found - none"):
        lit(studio, clip, "l_subtitles:none.srt")
    with pytest.raises(RenderError, match="Invalid subtitles file"):
        lit(studio, clip, "l_subtitles:subs:en.srt", "no times at all")
    with pytest.raises(Unsupported, match="subtitles layers on pictures"):
        studio.file(studio.store(quarters()), "l_subtitles:subs:en.srt", "png")
