import base64

import pytest
from PIL import Image

from cloudinary_sandbox.rendering import LayerRef, RenderError, Unsupported
from cloudinary_sandbox.rendering.fonts import family
from tests.sandbox.rendering.studio import BLACK, BLUE, RED, WHITE, histogram, near


@pytest.fixture
def base() -> Image.Image:
    return Image.new("RGB", (200, 100), "white")


@pytest.fixture(autouse=True)
def assets(studio):
    studio.layers = {
        "logo": Image.new("RGB", (40, 20), "blue"),
        "brand/mark": Image.new("RGB", (20, 20), "red"),
        "hole": Image.new("RGBA", (200, 100), (0, 0, 0, 0)),
    }


@pytest.mark.parametrize(
    ("place", "left", "top"),
    [
        ("", 80, 40),
        ("g_north_west", 0, 0),
        ("g_north_west,x_10,y_5", 10, 5),
        ("g_south_east", 160, 80),
        ("g_south_east,x_10,y_5", 150, 75),
        ("g_north,y_5", 80, 5),
        ("g_west,x_7", 7, 40),
        ("x_10,y_-10", 90, 30),
        ("g_south_west,x_0.1,y_0.1", 20, 70),
        ("g_xy_center,x_30,y_30", 10, 20),
    ],
)
@pytest.mark.parametrize("form", ["l_logo,{}", "l_logo/fl_layer_apply,{}"])
def test_a_layer_sits_where_gravity_and_offset_say(studio, base, place, left, top, form):
    image = studio.image(form.format(place).rstrip(","), base)
    assert image.size == base.size
    box = Image.eval(image.convert("RGB").getchannel("R"), lambda level: 255 - level).getbbox()
    assert box == (left, top, left + 40, top + 20)
    assert near(image, (left + 1, top + 1), BLUE)


def test_a_layer_is_transformed_before_it_is_placed(studio, base):
    image = studio.image("l_logo/c_scale,w_80/e_negate/o_50/fl_layer_apply,g_north_west", base)
    assert near(image, (79, 39), (255, 255, 128))
    assert near(image, (81, 39), WHITE)
    assert near(studio.image("l_logo,w_80,e_negate,g_north_west", base), (79, 39), (255, 255, 0))


def test_a_relative_layer_is_a_part_of_the_base(studio, base):
    image = studio.image("l_logo/c_scale,fl_relative,w_0.5/fl_layer_apply,g_north_west", base)
    assert near(image, (99, 49), BLUE)
    assert near(image, (101, 49), WHITE)
    assert near(studio.image("l_logo,w_0.5,g_north_west", base), (21, 5), WHITE)


def test_a_region_relative_layer_is_a_part_of_the_face(studio, base):
    image = studio.image(
        "l_logo/c_scale,fl_region_relative,g_face,w_1.0/fl_layer_apply,g_face",
        base,
        coordinates={"faces": [[100, 40, 20, 20]]},
    )
    box = Image.eval(image.convert("RGB").getchannel("R"), lambda level: 255 - level).getbbox()
    assert box == (100, 45, 120, 55)


def test_layers_nest(studio, base):
    image = studio.image("l_logo/l_brand:mark/fl_layer_apply,g_west/fl_layer_apply,g_north_west", base)
    assert near(image, (10, 10), RED)
    assert near(image, (30, 10), BLUE)


def test_several_layers_lie_in_order(studio, base):
    image = studio.image("l_logo,g_north_west/l_brand:mark,g_north_west", base)
    assert near(image, (10, 10), RED)
    assert near(image, (30, 10), BLUE)


def test_an_underlay_lies_below(studio):
    small = Image.new("RGB", (20, 20), "red")
    image = studio.image("u_logo", small)
    assert image.size == (40, 20)
    assert near(image, (20, 10), RED)
    assert near(image, (2, 10), BLUE)


def test_a_layer_that_sticks_out_enlarges_the_canvas_unless_it_must_not(studio, base):
    image = studio.image("l_logo,g_west,x_-10", base)
    assert image.size == (210, 100)
    assert near(image, (5, 50), BLUE)
    assert image.getpixel((5, 5))[3] == 0
    kept = studio.image("l_logo,g_west,x_-10,fl_no_overflow", base)
    assert kept.size == (200, 100)
    assert near(kept, (29, 50), BLUE)
    assert near(kept, (31, 50), WHITE)


def test_a_tiled_layer_covers_everything(studio, base):
    image = studio.image("l_brand:mark,fl_tiled,o_50", base)
    assert image.size == (200, 100)
    assert {near(image, at, (255, 128, 128)) for at in ((0, 0), (199, 99), (105, 55))} == {True}


def test_a_cutter_leaves_what_the_layer_covers(studio, base):
    image = studio.image("l_logo/fl_layer_apply.cutter,g_north_west", base)
    assert near(image, (10, 10), (*WHITE, 255))
    assert image.getpixel((100, 50))[3] == 0


def test_a_transparent_layer_shows_the_base(studio, base):
    assert near(studio.image("l_hole", base), (100, 50), WHITE)


@pytest.mark.parametrize(
    ("layer", "asked"),
    [
        ("brand:mark", LayerRef("brand/mark")),
        ("authenticated:brand:mark", LayerRef("brand/mark", type="authenticated")),
        ("image:upload:brand:mark", LayerRef("brand/mark")),
        ("brand:mark.png", LayerRef("brand/mark.png")),
    ],
)
def test_a_layer_is_asked_for_by_its_id_and_type(studio, base, layer, asked):
    studio.image(f"l_{layer}", base)
    assert studio.asked[0] == asked


def test_an_extension_is_tried_off_when_the_whole_id_is_not_found(studio, base):
    studio.image("l_brand:mark.png", base)
    assert studio.asked == [LayerRef("brand/mark.png"), LayerRef("brand/mark", format="png")]


def test_a_remote_layer_hands_over_its_url(studio, base):
    url = "https://img.example.org/a.png"
    with pytest.raises(RenderError, match=f"Resource not found - {url}"):
        studio.image(f"l_fetch:{base64.urlsafe_b64encode(url.encode()).decode()}", base)
    assert studio.asked[0].url == url
    assert studio.asked[0].type == "fetch"


def test_a_missing_layer_is_a_404(studio, base):
    with pytest.raises(RenderError, match="Resource not found - nowhere") as caught:
        studio.image("l_nowhere", base)
    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("transformation", "named"),
    [
        ("l_video:clip", "video layers"),
        ("l_logo/e_style_transfer,fl_layer_apply", "effect style_transfer"),
        ("l_logo/fl_layer_apply,g_body", "gravity body"),
        ("l_logo,fl_splice", "flag splice"),
    ],
)
def test_other_layers_are_refused_by_name(studio, base, transformation, named):
    with pytest.raises(Unsupported, match=named):
        studio.image(transformation, base)


def test_a_close_without_a_layer_is_an_error(studio, base):
    with pytest.raises(RenderError, match="fl_layer_apply without a layer"):
        studio.image("fl_layer_apply,g_north", base)


def test_text_is_drawn_in_its_colour_at_its_place(studio, base):
    image = studio.image("co_red,l_text:Arial_30:Hello,g_north_west,x_10,y_10", base).convert("RGB")
    box = Image.eval(image.getchannel("G"), lambda level: 255 - level).getbbox()
    assert box is not None
    assert box[:2] == (10, 10)
    assert 50 < box[2] - 10 < 100
    assert 18 < box[3] - 10 < 32
    assert any(near(image, (x, y), RED) for x in range(10, 80) for y in range(10, 35))


def test_the_font_is_told_to_be_another(studio, base):
    done = studio.file(studio.store(base), "l_text:Open%20Sans_20_bold:Hi")
    assert done.approximations == (f"font Open Sans as {family()}",)


def ink(image: Image.Image) -> int:
    """How many pixels are dark."""
    return sum(count for count, colour in histogram(image) if sum(colour) < 3 * 128)


def height(image: Image.Image) -> int:
    box = Image.eval(image.convert("L"), lambda level: 255 - level).getbbox()
    assert box
    return box[3] - box[1]


def test_styles_change_the_drawing(studio, base):
    plain = studio.image("l_text:Arial_30:Hello", base)
    assert ink(studio.image("l_text:Arial_30_bold:Hello", base)) > 1.2 * ink(plain)
    assert ink(studio.image("l_text:Arial_30_underline:Hello", base)) > 1.05 * ink(plain)
    assert ink(studio.image("l_text:Arial_30_strikethrough:Hello", base)) > 1.05 * ink(plain)
    assert studio.image("l_text:Arial_30_italic:Hello", base).tobytes() != plain.tobytes()
    assert ink(studio.image("l_text:Arial_50:Hello", base)) > 2 * ink(plain)


def test_a_stroke_outlines_the_text_in_the_colour_of_the_border(studio, base):
    image = studio.image("bo_3px_solid_blue,co_red,l_text:Arial_60_stroke:I", base)
    row = [image.getpixel((x, 50))[:3] for x in range(80, 120)]
    assert RED in row
    assert BLUE in row
    assert image.size == base.size


def test_lines_break_at_newlines_and_at_the_width(studio, base):
    one = height(studio.image("l_text:Arial_14:aa%20bb", base))
    two = height(studio.image("l_text:Arial_14:aa%0Abb", base))
    wrapped = height(studio.image("l_text:Arial_14:aa%20bb,w_25,c_fit", base))
    spaced = height(studio.image("l_text:Arial_14_line_spacing_10:aa%0Abb", base))
    assert one < 16 < two
    assert wrapped == two
    assert spaced == two + 10
    assert height(studio.image("l_text:Arial_14:aa%20bb%20cc%20dd,w_25,h_20,c_fit", base)) < two


def test_lines_are_aligned(studio, base):
    def first_dark_column(align: str) -> int:
        image = studio.image(f"l_text:Arial_20_{align}:iiiiiiiiiiii%0Ai,g_north_west", base)
        box = Image.eval(image.crop((0, 26, 200, 60)).convert("L"), lambda level: 255 - level).getbbox()
        assert box
        return box[0]

    assert first_dark_column("left") < first_dark_column("center") - 10 < first_dark_column("right") - 20


def test_a_text_can_have_a_ground(studio, base):
    image = studio.image("b_blue,co_white,l_text:Arial_20:Hi,g_north_west", base)
    assert near(image, (0, 0), BLUE)
    assert near(image, (0, 20), BLUE)


def test_letters_can_be_spaced(studio, base):
    def width(spacing: str) -> int:
        image = studio.image(f"l_text:Arial_20{spacing}:abc", base)
        box = Image.eval(image.convert("L"), lambda level: 255 - level).getbbox()
        assert box
        return box[2] - box[0]

    assert width("_letter_spacing_10") == pytest.approx(width("") + 20, abs=2)


def test_commas_and_slashes_arrive_encoded_once_and_what_is_encoded_twice_shows(studio, base):
    path = studio.store(base)

    def drawn(text: str) -> bytes:
        return studio.file(path, f"l_text:Arial_20:{text}", "png").path.read_bytes()

    assert drawn("a%2Cb c") == drawn("a%2Cb%20c")
    assert drawn("a%252Cb c") != drawn("a%2Cb c")


def test_text_that_does_not_fit_can_be_an_error(studio, base):
    with pytest.raises(RenderError, match="does not fit"):
        studio.image("l_text:Arial_90:Overflow,fl_text_disallow_overflow", base)
    assert studio.image("l_text:Arial_90:Overflow", base).width > base.width


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("text:Arial_20", "Invalid overlay"),
        ("text:Arial_20_wavy:x", "Invalid text style in transformation: wavy"),
        ("text:Arial_0:x", "Invalid font size"),
        ("text:my_style:x", "Resource not found - my_style"),
        ("text:Arial_20_justify:x", "justify"),
    ],
)
def test_a_text_layer_that_cannot_be_drawn_says_why(studio, base, text, message):
    with pytest.raises(RenderError) as caught:
        studio.image(f"l_{text}", base)
    assert message in caught.value.message


def test_black_is_the_colour_of_text_by_default(studio, base):
    image = studio.image("l_text:Arial_60:I", base)
    assert any(near(image, (x, 50), BLACK) for x in range(80, 120))
