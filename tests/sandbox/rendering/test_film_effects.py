"""Effects on the time and the sound of a film, seen in its frames and heard in its samples."""

import math
from array import array
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cloudinary_sandbox.media import inspect
from cloudinary_sandbox.rendering import RenderError, Unsupported
from tests.sandbox.rendering.studio import BLACK, BLUE, GREEN, RED, near, quarters

library: Any = pytest.importorskip("av", reason="needs the extra `video`")
SIZE = (80, 60)
RATE = 44_100


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    """Two seconds, ten pictures a second: red, then blue; its sound is a loud tone, then a soft one."""
    path = tmp_path_factory.mktemp("films") / "clip.mp4"
    with library.open(str(path), "w") as out:
        pictures = out.add_stream("libx264", rate=10, options={"crf": "5"})
        pictures.width, pictures.height, pictures.pix_fmt = *SIZE, "yuv420p"
        sound = out.add_stream("aac", rate=RATE)
        for at in range(20):
            frame = Image.new("RGB", SIZE, (RED, BLUE)[at // 10])
            out.mux(pictures.encode(library.VideoFrame.from_image(frame)))
        out.mux(pictures.encode(None))
        for at in range(0, 2 * RATE - 1024, 1024):
            tone = library.AudioFrame(format="fltp", layout="stereo", samples=1024)
            tone.sample_rate, tone.pts = RATE, at
            loud = 0.5 if at < RATE else 0.05
            wave = array("f", (loud * math.sin((at + n) * 440 * 2 * math.pi / RATE) for n in range(1024)))
            for plane in tone.planes:
                plane.update(wave.tobytes())
            out.mux(sound.encode(tone))
        out.mux(sound.encode(None))
    return path


def film(studio, clip: Path, transformation: str) -> tuple[float, list[Image.Image], list[float]]:
    """Seconds, pictures, and the loudness of each tenth of the film."""
    done = studio.file(clip, transformation, "mp4", resource_type="video")
    with library.open(str(done.path)) as container:
        pictures = [frame.to_image() for frame in container.decode(video=0)]
    samples = array("f")
    with library.open(str(done.path)) as container:
        for frame in container.decode(audio=0):
            samples.frombytes(bytes(frame.planes[0])[: frame.samples * 4])
    step = max(1, len(samples) // 10)
    loudness = [math.sqrt(sum(s * s for s in samples[at : at + step]) / step) for at in range(0, step * 10, step)]
    return inspect(done.path, None, "video").duration or 0, pictures, loudness


def colours(pictures: list[Image.Image]) -> str:
    """The first letters of the colours, each once for as long as it lasts."""
    names = ["r" if near(p, (40, 30), RED, 60) else "b" if near(p, (40, 30), BLUE, 60) else "-" for p in pictures]
    return "".join(name for name, before in zip(names, ["", *names], strict=False) if name != before)


def test_a_film_as_it_is(studio, clip):
    seconds, pictures, loudness = film(studio, clip, "")
    assert seconds == pytest.approx(2, abs=0.15)
    assert colours(pictures) == "rb"
    assert loudness[2] > 5 * loudness[8]


def test_reverse_turns_pictures_and_sound_round(studio, clip):
    seconds, pictures, loudness = film(studio, clip, "e_reverse")
    assert seconds == pytest.approx(2, abs=0.15)
    assert colours(pictures) == "br"
    assert loudness[8] > 5 * loudness[2]


def test_a_part_can_be_reversed(studio, clip):
    seconds, pictures, _ = film(studio, clip, "so_0.5,du_1/e_reverse")
    assert seconds == pytest.approx(1, abs=0.15)
    assert (colours(pictures), len(pictures)) == ("br", 10)


def test_boomerang_goes_there_and_back(studio, clip):
    seconds, pictures, loudness = film(studio, clip, "e_boomerang")
    assert seconds == pytest.approx(4, abs=0.2)
    assert colours(pictures) == "rbr"
    assert min(loudness[1], loudness[8]) > 5 * loudness[5]


def test_a_loop_is_played_again_as_often_as_it_says(studio, clip):
    seconds, pictures, _ = film(studio, clip, "e_loop:2")
    assert seconds == pytest.approx(6, abs=0.3)
    assert (colours(pictures), len(pictures)) == ("rbrbrb", 60)


@pytest.mark.parametrize(("percent", "seconds"), [(100, 1), (-50, 4)])
def test_accelerate_shortens_or_lengthens(studio, clip, percent, seconds):
    found, pictures, loudness = film(studio, clip, f"e_accelerate:{percent}")
    assert found == pytest.approx(seconds, abs=0.2)
    assert colours(pictures) == "rb"
    assert loudness[2] > 5 * loudness[8]


def test_a_fade_begins_or_ends_in_black_and_silence(studio, clip):
    _, pictures, loudness = film(studio, clip, "e_fade:1000/e_fade:-1000")
    assert near(pictures[0], (40, 30), BLACK, 12)
    assert near(pictures[-1], (40, 30), BLACK, 40)
    assert near(pictures[5], (40, 30), (128, 0, 0), 25)
    assert loudness[0] < loudness[3] / 3


@pytest.mark.parametrize(("level", "factor"), [("mute", 0), ("-50", 0.5), ("-20db", 0.1), ("50", 1.5)])
def test_volume_changes_loudness(studio, clip, level, factor):
    before, after = film(studio, clip, "")[2], film(studio, clip, f"e_volume:{level}")[2]
    assert after[2] == pytest.approx(before[2] * factor, abs=before[2] * 0.08)


def test_a_progress_bar_grows(studio, clip):
    _, pictures, _ = film(studio, clip, "e_progressbar:bar:green:10")
    for at, share in ((2, 0.1), (10, 0.5), (18, 0.9)):
        greens = sum(near(pictures[at], (x, 56), GREEN, 70) for x in range(80))
        assert greens == pytest.approx(80 * share, abs=6)
    framed = film(studio, clip, "e_progressbar:type_frame;color_green".replace(";", ":"))[1]
    assert near(framed[19], (3, 30), GREEN, 70)
    assert not near(framed[3], (3, 30), GREEN, 70)


def test_effects_on_time_join_those_on_pictures(studio, clip):
    seconds, pictures, _ = film(studio, clip, "c_scale,w_40/e_reverse/e_negate")
    assert pictures[0].size == (40, 30)
    assert near(pictures[0], (20, 15), (255, 255, 0), 40)
    assert seconds == pytest.approx(2, abs=0.15)


def test_a_still_of_a_film_has_no_time(studio, clip):
    done = studio.file(clip, "so_0/e_reverse", "png", resource_type="video")
    with Image.open(done.path) as image:
        assert near(image, (40, 30), RED, 20)


@pytest.mark.parametrize(
    "effect",
    ["accelerate:-80", "loop:x", "loop:-1", "fade:a", "volume:loud", "volume:900", "reverse:5", "progressbar:dot",
     "progressbar:bar:red:0", "accelerate:1:2"],
)  # fmt: skip
def test_wrong_values_are_errors(studio, clip, effect):
    with pytest.raises(RenderError, match="Invalid effect"):
        studio.file(clip, f"e_{effect}", "mp4", resource_type="video")


@pytest.mark.parametrize("effect", ["deshake", "preview:duration_2", "transition"])
def test_other_effects_on_films_are_refused_by_name(studio, clip, effect):
    with pytest.raises(Unsupported, match=effect.partition(":")[0]):
        studio.file(clip, f"e_{effect}", "mp4", resource_type="video")


def test_effects_on_time_need_a_film(studio):
    with pytest.raises(Unsupported, match="effect reverse"):
        studio.file(studio.store(quarters()), "e_reverse", "png")
