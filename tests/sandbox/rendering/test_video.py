from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cloudinary_sandbox.media import inspect, movies
from cloudinary_sandbox.rendering import RenderError, Unsupported
from tests.sandbox.rendering.studio import BLUE, GREEN, RED, WHITE, near

library: Any = pytest.importorskip("av", reason="needs the extra `video`")
SIZE = (80, 60)


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    """Three seconds of sound and ten pictures a second: red, then green, then blue."""
    path = tmp_path_factory.mktemp("films") / "clip.mp4"
    with library.open(str(path), "w") as out:
        pictures = out.add_stream("libx264", rate=10, options={"crf": "5"})
        pictures.width, pictures.height, pictures.pix_fmt = *SIZE, "yuv420p"
        sound = out.add_stream("aac", rate=44100)
        for at in range(30):
            frame = Image.new("RGB", SIZE, (RED, GREEN, BLUE)[at // 10])
            out.mux(pictures.encode(library.VideoFrame.from_image(frame)))
        out.mux(pictures.encode(None))
        for at in range(129):
            silence = library.AudioFrame(format="fltp", layout="stereo", samples=1024)
            silence.sample_rate, silence.pts = 44100, at * 1024
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            out.mux(sound.encode(silence))
        out.mux(sound.encode(None))
    return path


def film(studio, clip: Path, transformation: str, format: str | None = None, accept: str = ""):
    """The facts of a rendered film and its pictures."""
    done = studio.file(clip, transformation, format, accept, resource_type="video")
    with library.open(str(done.path)) as container:
        pictures = [frame.to_image() for frame in container.decode(video=0)]
    facts = inspect(done.path, None, "video")
    assert (facts.width, facts.height) == (done.width, done.height)
    return done, facts, pictures


@pytest.mark.parametrize(
    ("transformation", "colour"),
    [
        ("so_0", RED),
        ("so_0.5", RED),
        ("so_1.5", GREEN),
        ("so_2.9", BLUE),
        ("so_90p", BLUE),
        ("so_idu_sub_0.2", BLUE),
        ("so_60", BLUE),
        ("", GREEN),
    ],
)
def test_a_still_is_the_frame_at_its_time(studio, clip, transformation, colour):
    done = studio.file(clip, transformation, "jpg", resource_type="video")
    assert (done.format, done.width, done.height) == ("jpg", *SIZE)
    with Image.open(done.path) as image:
        assert near(image, (40, 30), colour, 12)


def test_a_still_is_transformed_like_a_picture(studio, clip):
    done = studio.file(clip, "so_0/c_fill,w_40,h_40,r_max/e_negate", "png", resource_type="video")
    with Image.open(done.path) as image:
        assert image.size == (40, 40)
        assert near(image, (20, 20), (0, 255, 255), 12)
        assert near(image, (1, 1), (0, 0, 0, 0), 255)
    auto = studio.file(clip, "so_0/f_auto", "jpg", "image/webp", resource_type="video")
    assert (auto.format, auto.vary_accept) == ("webp", True)


@pytest.mark.parametrize(
    ("transformation", "frames", "first", "last"),
    [
        ("so_1,eo_2", 10, GREEN, GREEN),
        ("so_0.5,du_1", 10, RED, GREEN),
        ("eo_1", 10, RED, RED),
        ("so_2", 10, BLUE, BLUE),
        ("eo_2,du_0.5", 5, GREEN, GREEN),
        ("so_50p,eo_60p", 3, GREEN, GREEN),
    ],
)
def test_a_trim_keeps_its_part_and_starts_at_zero(studio, clip, transformation, frames, first, last):
    _, facts, pictures = film(studio, clip, transformation)
    assert len(pictures) == frames
    assert near(pictures[0], (40, 30), first, 20)
    assert near(pictures[-1], (40, 30), last, 20)
    assert facts.duration == pytest.approx(frames / 10, abs=0.12)


@pytest.mark.parametrize(
    ("format", "codec", "sound", "content_type"),
    [("mp4", "h264", "aac", "video/mp4"), ("webm", "vp9", "opus", "video/webm")],
)
def test_a_film_is_resized_and_written_with_its_sound(studio, clip, format, codec, sound, content_type):
    done, facts, pictures = film(studio, clip, "du_0.5/c_scale,w_40", format)
    assert (done.format, done.content_type, done.width, done.height) == (format, content_type, 40, 30)
    assert len(pictures) == 5
    assert facts.video
    assert facts.video["codec"] == codec
    assert facts.audio
    assert facts.audio["codec"] == sound


def test_pictures_are_worked_on_one_by_one_and_get_even_sides(studio, clip):
    studio.layers = {"logo": Image.new("RGB", (10, 10), "white")}
    done, _, pictures = film(studio, clip, "du_0.3/c_crop,w_51,h_31/e_negate/l_logo,g_north_west", "mp4")
    assert (done.width, done.height) == (50, 30)
    for picture in pictures:
        assert near(picture, (4, 4), WHITE, 20)
        assert near(picture, (40, 20), (0, 255, 255), 20)


def test_sound_can_be_dropped_and_the_codec_chosen(studio, clip):
    assert film(studio, clip, "du_0.2,ac_none")[1].audio is None
    chosen = film(studio, clip, "du_0.2,vc_vp8,br_300k", "webm")[1].video
    assert chosen
    assert chosen["codec"] == "vp8"


def test_f_auto_of_a_film_goes_by_the_accept_header(studio, clip):
    assert film(studio, clip, "du_0.2/f_auto", None, "video/webm,*/*")[0].format == "webm"
    done = film(studio, clip, "du_0.2/f_auto:video", None, "*/*")[0]
    assert (done.format, done.vary_accept) == ("mp4", True)


def test_an_untouched_film_is_delivered_as_it_is(studio, clip):
    done = studio.file(clip, "fl_attachment", resource_type="video")
    assert done.path.read_bytes() == clip.read_bytes()


@pytest.mark.parametrize(
    ("transformation", "format", "named"),
    [
        ("so_auto", "jpg", "so_auto"),
        ("fps_5", "mp4", "parameter fps_"),
        ("e_deshake", "mp4", "effect deshake"),
        ("e_preview:duration_2", "mp4", "effect preview"),
        ("w_20", "avi", "video format avi"),
        ("sp_hd", "m3u8", "video format m3u8"),
        ("vc_h265", "mp4", "video codec h265"),
        ("vc_vp9", "mp4", "video codec vp9 in mp4"),
        ("l_logo,so_1", "mp4", "timed layers"),
        ("if_w_gt_5,so_1", "mp4", "so_ of a video inside a condition"),
        ("fl_splice,l_video:other", "mp4", "flag splice"),
    ],
)
def test_what_is_not_done_to_films_is_refused_by_name(studio, clip, transformation, format, named):
    with pytest.raises(Unsupported) as caught:
        studio.file(clip, transformation, format, resource_type="video")
    assert named in caught.value.message
    assert [path.name for path in studio.folder.iterdir()] == []


@pytest.mark.parametrize(
    ("transformation", "message"),
    [
        ("so_2,eo_1", "Invalid end offset"),
        ("so_1,eo_2,du_1", "at most two"),
        ("so_60,eo_61", "behind the end of the video"),
        ("so_abc", "Invalid start offset in transformation: abc"),
        ("br_fast", "Invalid bit rate in transformation: fast"),
    ],
)
def test_a_malformed_cut_is_explained(studio, clip, transformation, message):
    with pytest.raises(RenderError, match=message):
        studio.file(clip, transformation, "mp4", resource_type="video")


def test_a_film_with_too_many_pictures_is_refused(studio, clip, monkeypatch):
    monkeypatch.setattr("cloudinary_sandbox.rendering.video.MAX_FRAMES", 5)
    with pytest.raises(Unsupported, match="more than 5 frames"):
        studio.file(clip, "w_20", "mp4", resource_type="video")


def test_without_pyav_films_are_refused_but_still_delivered(studio, clip, monkeypatch):
    monkeypatch.setattr(movies, "available", lambda: False)
    with pytest.raises(Unsupported, match="PyAV"):
        studio.file(clip, "so_1", "jpg", resource_type="video")
    assert studio.file(clip, "", resource_type="video").bytes == clip.stat().st_size


def test_a_broken_film_is_an_error(studio):
    path = studio.folder / "a.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom")
    with pytest.raises(RenderError, match="Unsupported video format or file"):
        studio.file(path, "so_1", "jpg", resource_type="video")
