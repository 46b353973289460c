import pytest
from PIL import Image

from cloudinary_sandbox.rendering import RenderError
from tests.sandbox.rendering.studio import BLUE, GREEN, RED, WHITE, near, quarters


def red(size: tuple[int, int] = (100, 100)) -> Image.Image:
    return Image.new("RGB", size, "red")


CORNERS = [(1, 1), (98, 1), (98, 98), (1, 98)]


@pytest.mark.parametrize(
    ("radius", "cut"),
    [
        ("30", [True, True, True, True]),
        ("30:0", [True, False, True, False]),
        ("30:0:20", [True, False, True, False]),
        ("0:30:0", [False, True, False, True]),
        ("0:30:0:0", [False, True, False, False]),
        ("max", [True, True, True, True]),
        ("0", [False, False, False, False]),
        ("w_div_4", [True, True, True, True]),
    ],
)
def test_round_corners_are_cut_in_the_documented_order(studio, radius, cut):
    image = studio.image(f"r_{radius}", red())
    assert [image.getpixel(corner)[3] == 0 for corner in CORNERS] == cut
    assert near(image, (50, 50), (*RED, 255))


def test_max_makes_a_circle_of_a_square_and_an_ellipse_of_a_rectangle(studio):
    circle = studio.image("c_fill,w_100,h_100,r_max", red())
    assert circle.getpixel((14, 14))[3] < 128 < circle.getpixel((16, 16))[3]
    ellipse = studio.image("r_max", red((200, 100)))
    assert ellipse.getpixel((28, 14))[3] < 128 < ellipse.getpixel((32, 16))[3]


def test_round_corners_on_jpg_are_white(studio):
    assert near(studio.image("r_max", red(), format="jpg"), (2, 2), WHITE)


def test_a_border_surrounds_the_picture(studio):
    image = studio.image("bo_5px_solid_blue", red())
    assert image.size == (110, 110)
    assert near(image, (2, 2), BLUE)
    assert near(image, (107, 50), BLUE)
    assert near(image, (6, 6), RED)


def test_a_border_follows_round_corners(studio):
    image = studio.image("r_max,bo_10px_solid_rgb:0000ff", red())
    assert image.getpixel((3, 3))[3] == 0
    assert near(image, (60, 4), (*BLUE, 255))
    assert near(image, (60, 15), (*RED, 255))
    # On the diagonal, ring and disc meet without a gap that shines through.
    assert min(image.getpixel((at, at))[3] for at in range(20, 60)) >= 250


def test_a_border_can_be_seen_through(studio):
    assert near(studio.image("bo_4px_solid_rgb:0000ff80", red()), (1, 1), (0, 0, 255, 128))


def test_a_quarter_turn_goes_clockwise(studio):
    image = studio.image("a_90")
    assert image.size == (100, 200)
    assert near(image, (10, 10), BLUE)
    assert near(image, (90, 10), RED)
    assert near(studio.image("a_-90"), (10, 190), RED)


def test_flips_mirror_the_picture(studio):
    assert near(studio.image("a_hflip"), (10, 10), GREEN)
    assert near(studio.image("a_vflip"), (10, 10), BLUE)
    assert near(studio.image("a_hflip.vflip"), (10, 10), WHITE)


def test_a_slanted_picture_has_transparent_or_coloured_corners(studio):
    image = studio.image("a_45", red())
    assert image.size == (141, 141)
    assert image.getpixel((5, 5))[3] == 0
    assert near(image, (70, 70), RED)
    assert near(studio.image("a_45,b_green", red()), (5, 5), (*GREEN, 255))


def test_an_automatic_turn_happens_when_the_shape_lies_the_other_way(studio):
    assert near(studio.image("a_auto_right,c_scale,w_50,h_100"), (5, 5), BLUE)
    assert near(studio.image("a_auto_left,c_scale,w_50,h_100"), (5, 5), GREEN)
    assert near(studio.image("a_auto_right,c_scale,w_100,h_50"), (5, 5), RED)


def test_the_exif_orientation_is_obeyed_unless_it_is_to_be_ignored(studio):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to view
    path = studio.store(quarters(), "turned.jpg", exif=exif, quality=95)
    with Image.open(studio.file(path, "c_scale,w_50", "png").path) as image:
        assert image.size == (50, 100)
        assert near(image, (5, 5), BLUE, 12)
    with Image.open(studio.file(path, "a_ignore/c_scale,w_50", "png").path) as image:
        assert image.size == (50, 25)


def test_opacity_fades_and_a_background_fills_what_is_seen_through(studio):
    assert near(studio.image("o_50", red()), (5, 5), (255, 0, 0, 128))
    assert near(studio.image("o_50/b_white", red()), (5, 5), (255, 128, 128, 255))
    assert near(studio.image("o_0", red()), (5, 5), (255, 0, 0, 0))


@pytest.mark.parametrize(
    ("transformation", "message"),
    [
        ("r_abc", "Invalid radius in transformation: abc"),
        ("r_1:2:3:4:5", "Invalid radius"),
        ("bo_5_red", "Invalid border in transformation: 5_red"),
        ("bo_5px_solid_nocolour", "Invalid border in transformation: nocolour"),
        ("b_rgb:12", "Invalid background in transformation: rgb:12"),
        ("o_150", "Invalid opacity in transformation: 150"),
        ("a_sideways", "Invalid angle in transformation: sideways"),
        ("a_auto_right,w_10", "needs width and height"),
    ],
)
def test_a_malformed_shape_is_explained(studio, transformation, message):
    with pytest.raises(RenderError) as caught:
        studio.image(transformation)
    assert message in caught.value.message
