"""Effects that draw, bend or blend: judged by what changes, where, and what stays."""

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from cloudinary_sandbox.rendering import RenderError, Unsupported
from tests.extras import needs_vision
from tests.sandbox.rendering.studio import BLACK, BLUE, GREEN, PORTRAIT, RED, WHITE, histogram, near, quarters, rgba


def disc() -> Image.Image:
    """A red disc on nothing, 20 pixels from each edge."""
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((20, 20, 79, 79), fill="red")
    return image


def spread(image: Image.Image) -> float:
    return sum(ImageStat.Stat(image.convert("RGB")).stddev)


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    with Image.open(PORTRAIT) as image:
        return image.convert("RGB").resize((240, 240))


def test_colorize_blends_with_the_color_beside_it(studio):
    white = Image.new("RGB", (10, 10), "white")
    assert near(studio.image("co_blue,e_colorize", white), (5, 5), BLUE)
    assert near(studio.image("co_black,e_colorize:50", white), (5, 5), (128, 128, 128))
    assert near(studio.image("e_colorize", white), (5, 5), (128, 128, 128))
    logo = studio.image("co_white,e_colorize", disc())
    assert near(logo, (50, 50), (*WHITE, 255))
    assert rgba(logo, (2, 2))[3] == 0


def test_an_equalized_tint_uses_the_whole_ramp(studio):
    dull = Image.linear_gradient("L").point([100 + level // 16 for level in range(256)]).convert("RGB")
    plain, equal = (studio.image(f"e_tint:{how}100:black:lime", dull) for how in ("", "equalize:"))
    assert spread(equal) > 3 * spread(plain)


def test_help_for_the_color_blind_tells_red_and_green_apart(studio):
    image = Image.new("RGB", (120, 60), "#c83c3c")
    image.paste("#3c8c3c", (60, 0, 120, 60))
    seen = studio.image("e_simulate_colorblind:deuteranopia", image)
    red, green = rgba(seen, (30, 30)), rgba(seen, (90, 30))
    assert abs(red[0] - red[1]) < abs(200 - 60) / 2
    assert green[0] > 60 + 20
    helped = studio.image("e_assist_colorblind:xray", image)
    assert abs(rgba(helped, (30, 30))[2] - rgba(helped, (90, 30))[2]) > 100
    striped = studio.image("e_assist_colorblind:20", image)
    left, right = striped.crop((0, 0, 60, 60)), striped.crop((60, 0, 120, 60))
    assert len(histogram(left)) > 1
    assert len(histogram(right)) > 1
    assert left.tobytes() != right.tobytes()


def test_paintings_have_fewer_colors_and_the_same_picture(studio, portrait):
    before = len(histogram(portrait))
    for effect in ("oil_paint:60", "cartoonify:40:80"):
        painted = studio.image(f"e_{effect}", portrait).convert("RGB")
        assert painted.size == portrait.size
        assert sum(ImageStat.Stat(ImageChops.difference(painted, portrait)).mean) < 60
        assert len(histogram(painted)) < before


def test_a_stronger_line_makes_a_cartoon_darker_and_bw_leaves_two_tones(studio, portrait):
    bright, dark = (
        ImageStat.Stat(studio.image(f"e_cartoonify:{lines}:50", portrait).convert("L")).mean[0] for lines in (0, 100)
    )
    assert dark < bright - 2
    levels = studio.image("e_cartoonify:0:bw", portrait).convert("L").histogram()
    assert levels[0] + levels[255] > sum(levels) * 0.85


@pytest.mark.parametrize("pattern", [0, 1, 2, 3, 5, 6, 9, 12, 13, 18])
def test_a_dither_has_only_full_and_empty_channels_and_keeps_the_mean(studio, pattern):
    grey = Image.new("RGB", (48, 48), (200, 200, 200))
    image = studio.image(f"e_ordered_dither:{pattern}", grey).convert("RGB")
    assert {level for _, colour in histogram(image) for level in colour} <= {0, 255}
    assert ImageStat.Stat(image).mean[0] == pytest.approx(255 if pattern in {0, 1} else 200, abs=18)


def test_noise_is_the_same_each_time_and_more_with_a_higher_level(studio):
    grey = Image.new("RGB", (60, 60), (128, 128, 128))
    weak, strong = (studio.image(f"e_noise:{level}", grey) for level in (10, 60))
    assert 5 < spread(weak) < spread(strong)
    assert weak.tobytes() == studio.image("e_noise:10", grey).tobytes()


def test_a_shadow_lies_where_x_and_y_say_in_the_color_beside_it(studio):
    right, left = (studio.image(f"co_blue,e_shadow:10,x_{x},y_0", disc()) for x in (30, -30))
    for image, way in ((right, 1), (left, -1)):
        middle = image.width // 2, image.height // 2
        reds = [x for x in range(image.width) if near(image, (x, middle[1]), (*RED, 255), 30)]
        blues = [x for x in range(image.width) if near(image, (x, middle[1]), (*BLUE, 255), 60)]
        assert len(reds) == pytest.approx(60, abs=3)
        assert (sum(blues) / len(blues) - sum(reds) / len(reds)) * way > 30
    assert studio.image("e_shadow:0", disc()).size == (100, 100)


def test_an_outline_lies_outside_inside_or_everywhere(studio):
    outer = studio.image("co_blue,e_outline:outer:8", disc())
    middle = outer.width // 2
    assert near(outer, (middle, middle), (*RED, 255))
    assert near(outer, (middle, middle - 34), (*BLUE, 255))
    assert rgba(outer, (middle, middle - 42))[3] == 0
    inner = studio.image("co_blue,e_outline:inner:8", disc())
    assert inner.size == (100, 100)
    assert near(inner, (50, 24), (*BLUE, 255))
    assert near(inner, (50, 50), (*RED, 255))
    assert near(studio.image("co_blue,e_outline:fill:8", disc()), (middle, middle), (*BLUE, 255))


def test_a_gradient_fades_to_the_edge_that_is_asked(studio):
    image = Image.new("RGB", (100, 100), "red")
    down = studio.image("e_gradient_fade", image)
    assert rgba(down, (50, 2))[3] < 20 < 200 < rgba(down, (50, 60))[3]
    right = studio.image("e_gradient_fade,x_-0.2", image)
    assert rgba(right, (98, 50))[3] < 30
    assert rgba(right, (70, 50))[3] == rgba(right, (2, 50))[3] == 255
    both = studio.image("e_gradient_fade:symmetric,x_0.3", image)
    assert rgba(both, (1, 50))[3] == rgba(both, (98, 50))[3] < 30


def test_a_ground_is_taken_away_by_its_color(studio):
    image = Image.new("RGB", (60, 60), (240, 240, 240))
    image.paste("navy", (20, 20, 40, 40))
    for effect in ("e_make_transparent", "e_bgremoval", "co_rgb:f0f0f0,e_make_transparent:20", "e_bgremoval:f0f0f0"):
        done = studio.image(effect, image)
        assert rgba(done, (5, 5))[3] == 0
        assert near(done, (30, 30), (0, 0, 128, 255))
    assert near(studio.image("co_navy,e_make_transparent", image), (5, 5), (240, 240, 240, 255))


def test_trim_cuts_plain_edges_by_color_and_by_transparency(studio):
    image = Image.new("RGB", (100, 80), "white")
    image.paste("navy", (30, 20, 60, 50))
    assert studio.image("e_trim", image).size == (30, 30)
    assert studio.image("e_trim", disc()).size == (60, 60)
    assert studio.image("e_trim:10:navy", image).size == (100, 80)
    assert studio.image("e_trim", Image.new("RGB", (9, 9), "white")).size == (9, 9)


def test_an_opacity_threshold_leaves_nothing_half_seen(studio):
    image = Image.new("RGBA", (20, 10), (255, 0, 0, 80))
    image.paste((255, 0, 0, 180), (10, 0, 20, 10))
    done = studio.image("e_opacity_threshold", image)
    assert (rgba(done, (5, 5))[3], rgba(done, (15, 5))[3]) == (0, 255)
    assert rgba(studio.image("e_opacity_threshold:20", image), (5, 5))[3] == 255


def test_distort_moves_each_corner_to_its_point(studio):
    image = studio.image("e_distort:40:0:240:20:200:120:0:100", quarters())
    assert image.size == (240, 120)
    for at, colour in (((50, 10), RED), ((225, 25), GREEN), ((190, 110), WHITE), ((15, 92), BLUE)):
        assert near(image, at, (*colour, 255), 30), at
    assert rgba(image, (2, 2))[3] == 0


def test_an_arc_bends_the_picture_round_and_keeps_its_order(studio):
    image = studio.image("e_distort:arc:180", quarters((300, 60)))
    width, height = image.size
    assert height < width
    assert rgba(image, (3, 3))[3] == 0
    assert near(image, (width // 2 - 20, 12), (*RED, 255), 30)
    assert near(image, (width // 2 + 20, 12), (*GREEN, 255), 30)
    assert rgba(image, (width // 2, height - 2))[3] == 0
    down = studio.image("e_distort:arc:-180", quarters((300, 60)))
    assert near(down, (down.width // 2 + 20, 12), (0, 0, 0, 0), 255)
    assert rgba(down, (3, down.height - 3))[3] == 0


def test_shear_slants_and_widens(studio):
    image = studio.image("e_shear:45:0", Image.new("RGB", (60, 40), "red"))
    assert image.size == (100, 40)
    assert rgba(image, (5, 38))[3] == 0 == rgba(image, (95, 1))[3]
    assert near(image, (50, 20), (*RED, 255))
    with pytest.raises(RenderError, match="Invalid effect"):
        studio.image("e_shear:90:0")


def test_a_region_is_blurred_or_pixelated_and_the_rest_stays(studio):
    lines = Image.new("RGB", (120, 80), "white")
    for row in range(0, 80, 4):
        lines.paste("black", (0, row, 120, row + 2))
    for effect in ("blur_region:800", "pixelate_region:20"):
        done = studio.image(f"e_{effect},x_20,y_20,w_40,h_40", lines)
        assert done.size == lines.size
        assert near(done, (40, 40), (128, 128, 128), 30)
        assert near(done, (100, 41), BLACK)
        assert near(done, (40, 70), WHITE)


def test_stored_faces_are_pixelated(studio):
    lines = Image.new("RGB", (120, 80), "white")
    for row in range(0, 80, 4):
        lines.paste("black", (0, row, 120, row + 2))
    facts = {"coordinates": {"faces": [[10, 10, 30, 30]]}}
    done = studio.image("e_pixelate_faces:10", lines, **facts)
    assert near(done, (25, 25), (128, 128, 128), 60)
    assert near(done, (100, 41), BLACK)


@needs_vision
def test_faces_are_found_and_blurred(studio):
    with Image.open(PORTRAIT) as picture:
        image = picture.convert("RGB")
    done = studio.image("e_blur_faces:1500", image).convert("RGB")
    changed = ImageChops.difference(done, image).point([0 if level < 12 else 255 for level in range(256)] * 3)
    box = changed.getbbox()
    assert box is not None
    assert box[2] - box[0] < image.width / 2


@pytest.mark.parametrize(
    ("mode", "under", "over", "expected"),
    [
        ("multiply", (200, 100, 50), (128, 255, 0), (100, 100, 0)),
        ("screen", (200, 100, 50), (128, 0, 255), (228, 100, 255)),
        ("overlay", (50, 200, 128), (255, 255, 128), (100, 255, 129)),
    ],
)
def test_a_layer_blends_as_asked_and_only_where_it_lies(studio, mode, under, over, expected):
    studio.layers["logo"] = Image.new("RGB", (20, 20), over)
    image = studio.image(f"l_logo/e_{mode},fl_layer_apply,g_north_west", Image.new("RGB", (60, 40), under))
    assert image.size == (60, 40)
    assert near(image, (10, 10), expected, 3)
    assert near(image, (50, 30), under)


def test_a_layer_masks_or_cuts_out(studio):
    studio.layers["disc"] = disc()
    base = Image.new("RGB", (100, 100), "blue")
    studio.layers["light"] = Image.new("RGB", (50, 100), "white")
    masked = studio.image("l_light/e_mask,fl_layer_apply,g_west", base)
    assert (rgba(masked, (25, 50))[3], rgba(masked, (75, 50))[3]) == (255, 0)
    cut = studio.image("l_disc/e_cut_out,fl_layer_apply", base)
    assert (rgba(cut, (50, 50))[3], rgba(cut, (3, 3))[3]) == (0, 255)


def test_a_map_displaces_pixels_by_its_lightness(studio):
    base = Image.new("RGB", (120, 120), "white")
    base.paste("black", (56, 0, 64, 120))
    studio.layers["map"] = Image.new("RGB", (10, 10), "white")
    assert near(studio.image("l_map/e_displace,fl_layer_apply,x_24,y_0", base), (84, 60), BLACK, 40)
    studio.layers["map"] = Image.new("RGB", (10, 10), (128, 128, 128))
    assert near(studio.image("l_map/e_displace,fl_layer_apply,x_24,y_0", base), (60, 60), BLACK, 40)


def test_anti_removal_moves_a_layer_a_little(studio):
    studio.layers["disc"] = disc()
    base = Image.new("RGB", (100, 100), "white")
    plain = studio.image("l_disc/fl_layer_apply", base).convert("RGB")
    changed = ImageChops.difference(studio.image("l_disc/e_anti_removal:90,fl_layer_apply", base).convert("RGB"), plain)
    share = sum(changed.convert("L").histogram()[30:]) / 10_000
    assert 0.001 < share < 0.2


def test_a_matrix_may_read_and_write_the_opacity(studio):
    numbers = "1:0:0:0:0:1:0:0:0:0:1:0:0:0:0:0.5"
    assert near(studio.image(f"e_recolor:{numbers}", quarters()), (10, 10), (*RED, 128))
    half = Image.new("RGBA", (10, 10), (200, 100, 0, 128))
    assert near(studio.image(f"e_recolor:{numbers}", half), (5, 5), (200, 100, 0, 64))
    assert near(studio.image("e_recolor:0:1:0:1:0:0:0:0:1", half), (5, 5), (100, 200, 0, 128))


def test_a_blend_without_a_layer_says_what_is_missing(studio):
    with pytest.raises(RenderError, match="needs a layer") as caught:
        studio.image("e_multiply")
    assert not isinstance(caught.value, Unsupported)


def test_what_is_only_approximated_says_so(studio):
    done = studio.file(studio.store(quarters()), "e_cartoonify/e_sepia", "png")
    assert done.approximations == ("e_cartoonify by smoothing, few colors and edges",)


@pytest.mark.parametrize(
    "effect",
    [
        "tint:101:red", "tint:50:nocolor", "replace_color", "recolor:1:2", "outline:12:5:3", "outline:0", "shadow:x",
        "ordered_dither:1.5", "ordered_dither:19", "distort:1:2", "distort:0:0:1:1:2:2:3:3", "cartoonify:50:cw",
        "simulate_colorblind:tetranopia", "improve:5:6", "trim:200", "gradient_fade:sideways", "blackwhite:-1",
    ],
)  # fmt: skip
def test_wrong_arguments_are_an_error_that_names_the_effect(studio, effect):
    with pytest.raises(RenderError, match="effect|size") as caught:
        studio.image(f"e_{effect}")
    assert not isinstance(caught.value, Unsupported)
