import pytest
from PIL import Image, ImageDraw

from cloudinary_sandbox.rendering import RenderError, Unsupported
from tests.sandbox.rendering.studio import BLACK, BLUE, RED, WHITE, near


def flat(colour: str | tuple[int, ...]) -> Image.Image:
    return Image.new("RGB", (40, 40), colour)


def halves() -> Image.Image:
    image = flat("black")
    image.paste("white", (20, 0, 40, 40))
    return image


@pytest.mark.parametrize(
    ("effect", "before", "after"),
    [
        ("grayscale", (255, 0, 0), (76, 76, 76)),
        ("sepia", (100, 100, 100), (128, 116, 94)),
        ("sepia:100", (100, 100, 100), (135, 120, 94)),
        ("sepia:1", (100, 100, 100), (100, 100, 100)),
        ("brightness:50", (100, 60, 20), (150, 90, 30)),
        ("brightness:-50", (100, 60, 20), (50, 30, 10)),
        ("contrast:60", (64, 128, 192), (38, 128, 218)),
        ("contrast:-60", (64, 128, 192), (86, 128, 170)),
        ("contrast", (64, 128, 192), (64, 128, 192)),
        ("contrast:level_200;type_linear", (100, 128, 160), (72, 128, 192)),
        ("saturation:-100", (200, 100, 100), (130, 130, 130)),
        ("saturation:50", (200, 100, 100), (235, 85, 85)),
        ("hue:100", (255, 0, 0), (0, 255, 255)),
        ("hue:-50", (255, 0, 0), (128, 0, 255)),
        ("gamma:100", (64, 64, 64), (128, 128, 128)),
        ("gamma:-50", (128, 128, 128), (64, 64, 64)),
        ("negate", (255, 200, 0), (0, 55, 255)),
        ("blackwhite", (120, 120, 120), BLACK),
        ("blackwhite", (140, 140, 140), WHITE),
        ("blackwhite:30", (120, 120, 120), WHITE),
        ("brightness_hsb:-50", (200, 100, 0), (100, 50, 0)),
        ("red:50", (100, 100, 100), (150, 100, 100)),
        ("green:-100", (100, 100, 100), (100, 0, 100)),
        ("blue:100", (100, 100, 100), (100, 100, 200)),
        ("vibrance:-100", (200, 200, 200), (200, 200, 200)),
        ("recolor:0:1:0:0:0:1:1:0:0", (10, 120, 240), (120, 240, 10)),
        ("recolor:2:-1:0:0:1:0:0:0:1", (200, 200, 30), (200, 200, 30)),
        ("fill_light:0", (40, 40, 40), (40, 40, 40)),
        ("tint:0:red", (40, 90, 40), (40, 90, 40)),
        ("tint:100:black:blue", (255, 255, 255), BLUE),
        ("tint:100:lime:20p:blue:80p", (10, 10, 10), (0, 255, 0)),
        ("replace_color:blue:60:ff0000", (255, 0, 0), BLUE),
        ("replace_color:blue:60:ff0000", (0, 200, 0), (0, 200, 0)),
        ("replace_color:blue", (255, 0, 0), BLUE),
        ("simulate_colorblind:rod_monochromacy", (255, 255, 255), WHITE),
        ("noise:0", (90, 90, 90), (90, 90, 90)),
        ("auto_brightness", (60, 60, 60), (128, 128, 128)),
        ("auto_brightness:50", (60, 60, 60), (94, 94, 94)),
    ],
)
def test_an_effect_changes_colours_as_it_says(studio, effect, before, after):
    assert near(studio.image(f"e_{effect}", flat(before)), (20, 20), after, 5)


def test_blur_softens_an_edge_and_more_blur_softens_it_more(studio):
    weak, strong = (studio.image(f"e_blur:{strength}", halves()) for strength in (50, 400))
    assert near(studio.image("", halves()), (17, 20), BLACK)
    assert weak.getpixel((19, 20))[0] > 20
    assert strong.getpixel((14, 20))[0] > 20 > weak.getpixel((14, 20))[0]


def test_blur_does_not_let_invisible_colours_bleed(studio):
    image = Image.new("RGBA", (40, 40), (0, 255, 0, 0))
    image.paste((255, 0, 0, 255), (10, 10, 30, 30))
    blurred = studio.image("e_blur:200", image)
    assert near(blurred, (10, 20), RED)
    assert 40 < blurred.getpixel((10, 20))[3] < 215


def test_pixelate_makes_squares_of_one_colour(studio):
    gradient = Image.linear_gradient("L").resize((40, 40)).convert("RGB")
    image = studio.image("e_pixelate:10", gradient)
    rows = [image.getpixel((5, row))[0] for row in range(40)]
    assert len(set(rows)) == 4
    assert rows[0] == rows[9] != rows[10]
    assert len(set(image.crop((0, 0, 40, 10)).get_flattened_data())) == 1


def test_sharpen_widens_the_contrast_at_an_edge(studio):
    soft = flat("#606060")
    soft.paste("#a0a0a0", (20, 0, 40, 40))
    image = studio.image("e_sharpen:200", soft)
    assert image.getpixel((19, 20))[0] < 0x60 - 10
    assert image.getpixel((20, 20))[0] > 0xA0 + 10
    assert near(image, (2, 20), (0x60, 0x60, 0x60))


def test_vignette_darkens_the_corners_and_not_the_centre(studio):
    image = studio.image("e_vignette:80", flat("white"))
    assert near(image, (20, 20), WHITE)
    assert image.getpixel((0, 0))[0] < 100
    assert image.getpixel((2, 20))[0] > image.getpixel((0, 0))[0]
    assert near(studio.image("e_vignette:0", flat("white")), (0, 0), WHITE)


def test_auto_contrast_uses_the_whole_range_and_can_be_blended(studio):
    dull = flat("#606060")
    ImageDraw.Draw(dull).rectangle((20, 0, 40, 40), fill="#909090")
    image = studio.image("e_auto_contrast", dull)
    assert near(image, (5, 5), BLACK)
    assert near(image, (35, 5), WHITE)
    assert near(studio.image("e_auto_contrast:50", dull), (5, 5), (0x30, 0x30, 0x30))


@pytest.mark.parametrize(
    "effect", ["grayscale", "sepia", "hue:50", "negate", "vignette", "pixelate:4", "auto_contrast"]
)
def test_an_effect_leaves_transparency_alone(studio, effect):
    image = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    image.paste((0, 200, 0, 128), (10, 0, 20, 20))
    done = studio.image(f"e_{effect}", image)
    assert done.getpixel((2, 2))[3] == 0
    assert done.getpixel((15, 2))[3] == 128


@pytest.mark.parametrize(
    "effect",
    [
        "art:frost",
        "gen_remove:prompt_cup",
        "background_removal",
        "vectorize",
        "dropshadow",
        "viesus_correct",
        "upscale",
    ],
)
def test_every_other_effect_is_refused_by_its_name(studio, effect):
    with pytest.raises(Unsupported) as caught:
        studio.image(f"e_{effect}")
    assert caught.value.message == f"The sandbox does not render the effect {effect.partition(':')[0]}"
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "effect", ["sepia:500", "blur:x", "brightness:-100", "negate:5", "contrast:level_5;type_cubic"]
)
def test_a_level_out_of_range_is_an_error(studio, effect):
    with pytest.raises(RenderError, match="Invalid effect in transformation"):
        studio.image(f"e_{effect}")
