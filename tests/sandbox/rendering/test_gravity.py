import pytest
from PIL import Image, ImageDraw

from cloudinary_sandbox.media import faces
from cloudinary_sandbox.rendering import Unsupported
from tests.extras import needs_vision
from tests.sandbox.rendering.studio import BLUE, PORTRAIT, RED, histogram, near, rgba


@pytest.fixture
def busy() -> Image.Image:
    """A grey plain with a red chequered patch at the right."""
    image = Image.new("RGB", (400, 100), "#808080")
    pen = ImageDraw.Draw(image)
    for x in range(300, 380, 8):
        for y in range(10, 90, 8):
            pen.rectangle((x, y, x + 3, y + 3), fill="red")
    return image


def red_share(image: Image.Image) -> float:
    red = sum(count for count, colour in histogram(image) if colour[0] > 200 and colour[1] < 90)
    return red / (image.width * image.height)


@pytest.mark.parametrize("mode", ["fill,w_100,h_100", "crop,w_100,h_100", "thumb,w_50,h_50", "lfill,w_100,h_100"])
def test_g_auto_finds_the_lively_part_and_says_that_it_is_an_approximation(studio, busy, mode):
    done = studio.file(studio.store(busy), f"c_{mode},g_auto")
    assert done.approximations == ("g_auto by edge energy",)
    with Image.open(done.path) as image:
        assert red_share(image) > 0.1
    assert red_share(studio.image(f"c_{mode}", busy)) == 0


def test_a_focus_of_g_auto_is_named_in_the_approximation(studio, busy):
    done = studio.file(studio.store(busy), "c_fill,w_50,h_50,g_auto:subject")
    assert done.approximations == ("g_auto:subject by edge energy",)


def test_a_plain_picture_is_cut_in_the_middle(studio):
    image = Image.new("RGB", (300, 100), "blue")
    image.paste("red", (149, 0, 151, 100))
    assert near(studio.image("c_fill,w_30,h_30,g_auto", image), (15, 15), RED, 200)
    assert near(studio.image("c_fill,w_30,h_30,g_auto", Image.new("RGB", (300, 100), "blue")), (15, 15), BLUE)


@needs_vision
def test_a_face_is_found_and_cut_out(studio):
    (x, y, width, height), *others = faces(PORTRAIT) or []
    assert not others
    done = studio.file(PORTRAIT, "c_crop,g_face", "png")
    assert (done.width, done.height) == (width, height)
    assert done.approximations == ()
    with Image.open(PORTRAIT) as portrait, Image.open(done.path) as cut:
        centre = x + width // 2, y + height // 2
        assert near(cut, (width // 2, height // 2), rgba(portrait, centre), 12)


@needs_vision
def test_a_thumb_of_a_face_zooms_in_on_it(studio):
    def face_width(zoom: str) -> int:
        done = studio.file(PORTRAIT, f"c_thumb,g_face,w_200,h_200,z_{zoom}", "png")
        assert (done.width, done.height) == (200, 200)
        return (faces(done.path) or [[0, 0, 0, 0]])[0][2]

    assert 0 < face_width("0.8") < face_width("1") < 200


def test_without_opencv_a_face_is_the_centre_and_that_is_said(studio, monkeypatch):
    monkeypatch.setattr("cloudinary_sandbox.media.analysis.find_spec", lambda name: None)
    done = studio.file(PORTRAIT, "c_fill,w_50,h_50,g_face", "png")
    assert done.approximations == ("g_face as centre, OpenCV is not installed",)
    with pytest.raises(Unsupported, match="OpenCV"):
        studio.file(PORTRAIT, "if_fc_gt_0/e_sepia/if_end", "png")


def test_stored_coordinates_are_used_as_long_as_they_hold(studio):
    image = Image.new("RGB", (200, 100), "blue")
    image.paste("red", (20, 20, 40, 40))
    known = {"coordinates": {"custom": [[20, 20, 20, 20]], "faces": [[20, 20, 20, 20]]}}
    for gravity in ("custom", "face", "faces"):
        cut = studio.image(f"c_crop,g_{gravity}", image, **known)
        assert cut.size == (20, 20)
        assert near(cut, (1, 1), RED)
        assert near(cut, (18, 18), RED)
    with pytest.raises(Unsupported, match="g_custom after a change of size"):
        studio.image("c_scale,w_100/c_crop,g_custom", image, **known)


@needs_vision
def test_no_face_falls_back_to_the_centre_or_to_what_is_asked(studio, busy):
    done = studio.file(studio.store(busy), "c_fill,w_80,h_80,g_face:auto")
    assert done.approximations == ("g_auto by edge energy",)
    assert studio.file(studio.store(busy), "c_fill,w_80,h_80,g_face").approximations == ()


@pytest.mark.parametrize("gravity", ["body", "adv_face", "ocr_text", "cat"])
def test_other_detections_are_refused_by_name(studio, gravity):
    with pytest.raises(Unsupported, match=gravity):
        studio.image(f"c_fill,w_10,h_10,g_{gravity}")
