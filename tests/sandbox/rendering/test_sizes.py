import pytest
from PIL import Image

from cloudinary_sandbox.rendering import RenderError, Unsupported
from tests.sandbox.rendering.studio import BLUE, GREEN, RED, WHITE, near


@pytest.mark.parametrize(
    ("transformation", "size"),
    [
        ("c_scale,w_100", (100, 50)),
        ("w_100", (100, 50)),
        ("c_scale,h_20", (40, 20)),
        ("c_scale,w_50,h_50", (50, 50)),
        ("c_scale,w_0.5", (100, 50)),
        ("c_scale,w_100,fl_ignore_aspect_ratio", (100, 100)),
        ("c_scale,w_100,ar_1:1", (100, 100)),
        ("c_scale,w_iw_div_4", (50, 25)),
        ("c_scale,w_100,dpr_2.0", (200, 100)),
        ("c_scale,w_100,dpr_auto", (100, 50)),
        ("c_scale,w_auto", (200, 100)),
        ("c_scale,w_auto:20:80", (80, 40)),
        ("c_fit,w_100,h_100", (100, 50)),
        ("c_fit,w_400,h_100", (200, 100)),
        ("c_limit,w_400,h_400", (200, 100)),
        ("c_limit,w_100,h_10", (20, 10)),
        ("c_mfit,w_100,h_100", (200, 100)),
        ("c_mfit,w_400,h_400", (400, 200)),
        ("c_fill,w_60,h_60", (60, 60)),
        ("c_fill,w_300,h_300", (300, 300)),
        ("c_fill,ar_1:1,h_40", (40, 40)),
        ("c_fill,w_50", (50, 100)),
        ("c_lfill,w_300,h_50", (200, 50)),
        ("c_lfill,w_60,h_60", (60, 60)),
        ("c_pad,w_100,h_100", (100, 100)),
        ("c_pad,ar_1:1", (200, 200)),
        ("c_lpad,w_300,h_300", (300, 300)),
        ("c_mpad,w_300,h_50", (300, 100)),
        ("c_fill_pad,g_auto,w_50,h_50", (50, 50)),
        ("c_crop,w_30,h_40", (30, 40)),
        ("c_crop,w_500,h_40", (200, 40)),
        ("c_crop,w_0.25,h_0.5", (50, 50)),
        ("c_crop,ar_1:1", (100, 100)),
        ("c_crop,w_100,h_100,x_150,y_80", (50, 20)),
        ("c_thumb,w_50,h_50", (50, 50)),
        ("c_fill,w_50,h_50/c_scale,w_0.5", (25, 25)),
    ],
)
def test_a_crop_mode_gives_the_asked_size(studio, transformation, size):
    assert studio.image(transformation).size == size


def test_scaling_both_sides_distorts_and_keeps_every_corner(studio):
    image = studio.image("c_scale,w_50,h_50")
    assert near(image, (5, 5), RED)
    assert near(image, (45, 5), GREEN)
    assert near(image, (5, 45), BLUE)
    assert near(image, (45, 45), WHITE)


@pytest.mark.parametrize(
    ("gravity", "above", "below"),
    [("west", RED, BLUE), ("east", GREEN, WHITE), ("north_west", RED, BLUE), ("south_east", GREEN, WHITE)],
)
def test_fill_cuts_around_the_gravity(studio, gravity, above, below):
    image = studio.image(f"c_fill,w_50,h_50,g_{gravity}")
    assert near(image, (40, 5), above)
    assert near(image, (40, 45), below)


def test_fill_is_centred_and_can_be_shifted(studio):
    image = studio.image("c_fill,w_50,h_50")
    assert near(image, (20, 5), RED)
    assert near(image, (30, 5), GREEN)
    assert near(studio.image("c_fill,w_50,h_50,x_25"), (5, 5), GREEN)


@pytest.mark.parametrize(
    ("transformation", "colour"),
    [
        ("c_crop,w_20,h_20,g_north_west", RED),
        ("c_crop,w_20,h_20,g_north_east", GREEN),
        ("c_crop,w_20,h_20,g_south_west", BLUE),
        ("c_crop,w_20,h_20,g_south_east,x_10,y_10", WHITE),
        ("c_crop,w_20,h_20,x_120,y_5", GREEN),
        ("c_crop,w_0.1,h_0.2,x_0.75,y_0.75", WHITE),
        ("c_crop,w_20,h_20,g_xy_center,x_50,y_80", BLUE),
    ],
)
def test_crop_takes_its_region_from_where_it_is_told(studio, transformation, colour):
    image = studio.image(transformation)
    assert image.size == (20, 20)
    assert {near(image, at, colour) for at in ((1, 1), (18, 18))} == {True}


def test_thumb_with_zoom_looks_closer(studio):
    spot = Image.new("RGB", (200, 200), "white")
    spot.paste("red", (90, 90, 110, 110))
    assert near(studio.image("c_thumb,w_100,h_100", spot), (30, 50), WHITE)
    assert near(studio.image("c_thumb,w_100,h_100,z_8", spot), (30, 50), RED)


@pytest.mark.parametrize(
    ("gravity", "filled", "empty"),
    [("center", (50, 50), (50, 5)), ("north", (50, 5), (50, 95)), ("south", (50, 95), (50, 5))],
)
def test_pad_puts_the_picture_at_the_gravity_on_the_background(studio, gravity, filled, empty):
    image = studio.image(f"c_pad,w_100,h_100,b_orange,g_{gravity}", Image.new("RGB", (200, 100), "red"))
    assert near(image, filled, RED)
    assert near(image, empty, (255, 165, 0))


def test_pad_without_a_background_is_transparent_or_white(studio):
    assert near(studio.image("c_pad,w_100,h_100"), (50, 5), (0, 0, 0, 0))
    assert near(studio.image("c_pad,w_100,h_100", format="jpg"), (50, 5), WHITE)


def test_lpad_does_not_enlarge_its_content_and_mpad_does_not_scale_it(studio):
    small = Image.new("RGB", (20, 10), "red")
    image = studio.image("c_lpad,w_100,h_100,b_blue", small)
    assert near(image, (50, 50), RED)
    assert near(image, (50, 60), BLUE)
    assert near(studio.image("c_mpad,w_100,h_5,b_blue", small), (30, 5), BLUE)
    assert near(studio.image("c_pad,w_100,h_100,b_blue", small), (50, 70), RED)


def test_an_automatic_background_continues_the_border_and_the_predominant_one_the_picture(studio):
    framed = Image.new("RGB", (200, 100), "red")
    framed.paste("blue", (10, 10, 190, 90))
    assert near(studio.image("c_pad,w_100,h_100,b_auto", framed), (50, 5), RED)
    assert near(studio.image("c_pad,w_100,h_100,b_auto:predominant", framed), (50, 5), BLUE)


def test_a_blurred_background_is_the_picture_itself_without_its_edges(studio):
    image = studio.image("c_pad,w_100,h_100,b_blurred:200")
    left, right = image.getpixel((2, 2)), image.getpixel((97, 2))
    assert left[0] > left[1] + 60
    assert right[1] > right[0]
    assert image.getpixel((50, 2))[3] == 255


def test_fill_pad_pads_only_what_would_lose_too_much(studio):
    wide = Image.new("RGB", (200, 100), "red")
    assert near(studio.image("c_fill_pad,g_auto,w_100,h_60,b_blue", wide), (2, 2), RED)
    assert near(studio.image("c_fill_pad,g_auto,w_100,h_20,b_blue", wide), (2, 2), BLUE)


def test_the_dpr_multiplies_coordinates_and_corners_too(studio):
    image = studio.image("c_crop,w_10,h_10,x_60,y_5,dpr_2.0")
    assert image.size == (20, 20)
    assert near(image, (10, 10), GREEN)


def test_an_enormous_picture_is_refused_before_it_is_made(studio):
    with pytest.raises(RenderError, match="Megapixels"):
        studio.image("c_scale,w_15000,h_15000")


@pytest.mark.parametrize(
    ("transformation", "message"),
    [
        ("w_abc", "Invalid width in transformation: abc"),
        ("h_0", "Invalid height in transformation: 0"),
        ("c_stretch,w_10", "Invalid crop in transformation: stretch"),
        ("c_fill,w_10,ar_0", "Invalid aspect ratio in transformation: 0"),
        ("c_fill,w_10,h_10,z_-1", "Invalid zoom in transformation: -1"),
        ("c_crop,w_10,h_10,x_500", "lies outside the image"),
        ("c_fill_pad,w_10,h_10", "fill_pad needs g_auto"),
        ("b_auto,w_10", "needs a padding crop"),
        ("w_10,w_20", "given twice"),
    ],
)
def test_a_malformed_size_is_explained(studio, transformation, message):
    with pytest.raises(RenderError) as caught:
        studio.image(transformation)
    assert message in caught.value.message
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("transformation", "named"),
    [
        ("c_auto,w_9", "crop mode auto"),
        ("c_imagga_crop,w_9", "crop mode imagga_crop"),
        ("c_fill,w_9,h_9,g_dog", "gravity dog"),
        ("c_scale,w_9,g_liquid", "gravity liquid"),
        ("c_pad,w_9,h_9,b_gen_fill", "background gen_fill"),
        ("c_pad,w_9,h_9,b_auto:border_gradient", "background auto:border_gradient"),
    ],
)
def test_what_is_not_rendered_is_refused_by_name(studio, transformation, named):
    with pytest.raises(Unsupported) as caught:
        studio.image(transformation)
    assert named in caught.value.message
    assert caught.value.status == 400
