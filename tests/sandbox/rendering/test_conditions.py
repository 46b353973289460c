import pytest
from PIL import Image

from cloudinary_sandbox.rendering import RenderError, Unsupported
from tests.extras import needs_vision
from tests.sandbox.rendering.studio import RED, near

CYAN = (0, 255, 255)
FACTS = {"tags": ["sale", "new"], "context": {"k": "7", "word": "red"}, "metadata": {"stock": 3}, "pages": 2}


@pytest.fixture
def red() -> Image.Image:
    return Image.new("RGB", (200, 100), "red")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("w_eq_200", True),
        ("w_gt_200", False),
        ("h_lte_100", True),
        ("w_ne_h", True),
        ("ar_eq_2:1", True),
        ("ar_gt_16:9", True),
        ("iw_div_2_eq_ih", True),
        ("w_sub_50_mul_2_eq_100", True),
        ("w_mod_150_eq_50", True),
        ("h_pow_2_eq_10000", True),
        ("w_lt_10_or_h_gt_10", True),
        ("w_gt_10_or_w_gt_10_and_h_lt_10", True),
        ("w_lt_10_and_h_gt_10", False),
        ("pc_eq_2", True),
        pytest.param("fc_eq_0", True, marks=needs_vision),
        ("!sale!_in_tags", True),
        ("!sale:new!_in_tags", True),
        ("!sale:old!_in_tags", False),
        ("!old!_nin_tags", True),
        ("!sale!_nin_tags", False),
        ("ctx:!word!_eq_!red!", True),
        ("ctx:!word!_ne_!red!", False),
        ("ctx:!none!_eq_!red!", False),
        ("ctx:!k!_to_i_gt_6", True),
        ("md:!stock!_lt_5", True),
    ],
)
def test_a_condition_decides_what_is_done(studio, red, condition, holds):
    image = studio.image(f"if_{condition}/e_negate/if_end", red, **FACTS)
    assert near(image, (5, 5), CYAN if holds else RED)


@pytest.mark.parametrize(
    ("transformation", "width"),
    [
        ("if_w_gt_100,c_scale,w_10", 10),
        ("if_w_gt_300,c_scale,w_10", 200),
        ("if_w_gt_300,c_scale,w_10/if_else,c_scale,w_20", 20),
        ("if_w_gt_300,c_scale,w_10/if_else/c_scale,w_20/if_end", 20),
        ("if_w_gt_100/c_scale,w_10/if_else/c_scale,w_20/if_end", 10),
        ("if_w_gt_300/c_scale,w_10/if_else/c_scale,w_20/if_end/c_scale,w_0.5", 10),
        ("if_w_gt_100/if_h_gt_500/c_scale,w_10/if_else/c_scale,w_20/if_end/if_end", 20),
        ("if_w_gt_500/if_h_gt_50/c_scale,w_10/if_else/c_scale,w_20/if_end/if_end", 200),
        ("if_w_gt_300/c_scale,w_10/if_end,c_scale,w_30", 30),
        ("c_scale,w_50/if_w_eq_50_and_iw_eq_200/c_scale,w_10/if_end", 10),
        ("if_w_gt_100,c_scale,w_10/if_w_gt_100,c_scale,w_5", 10),
    ],
)
def test_blocks_one_liners_and_else_close_where_they_should(studio, red, transformation, width):
    assert studio.image(transformation, red).width == width


@pytest.mark.parametrize(
    ("transformation", "size"),
    [
        ("$s_60/c_scale,w_$s", (60, 30)),
        ("$s_60,$half_$s_div_2,c_scale,w_$s,h_$half", (60, 30)),
        ("$f_0.5/c_scale,w_$f", (100, 50)),
        ("$x_ctx:!k!_to_f/c_scale,w_$x_mul_10", (70, 35)),
        ("$m_md:!stock!_to_i/c_scale,w_$m_mul_10", (30, 15)),
        ("$a_10/$a_$a_add_10/c_scale,w_$a", (20, 10)),
        ("c_scale,w_iw_sub_100_div_2", (150, 75)),
        ("if_w_gt_100/$s_40/if_end/c_scale,w_$s", (40, 20)),
    ],
)
def test_variables_and_arithmetic_size_a_picture(studio, red, transformation, size):
    assert studio.image(transformation, red, **FACTS).size == size


def test_variables_stand_in_for_text_as_well(studio, red):
    assert near(studio.image("$e_!negate!/e_$e", red), (5, 5), CYAN)
    assert near(studio.image("$level_100/$b_!0000ff!/a_45,b_rgb:$b", red), (2, 2), (0, 0, 255))
    studio.layers = {"blue": Image.new("RGB", (200, 100), "blue")}
    assert near(studio.image("$img_!blue!/l_$img", red), (5, 5), (0, 0, 255))


def test_named_transformations_are_carried_out_in_place(studio, red):
    studio.named = {"small": "c_scale,w_100", "neg": "t_small/e_negate"}
    image = studio.image("t_neg/c_scale,w_0.5", red)
    assert image.width == 50
    assert near(image, (5, 5), CYAN)
    assert studio.image("t_small.small,c_scale,w_0.1", red).width == 10
    assert studio.image("if_w_gt_300,t_small", red).width == 200


def test_a_named_transformation_that_calls_itself_ends(studio, red):
    studio.named = {"loop": "t_loop"}
    with pytest.raises(RenderError, match="nested too deeply"):
        studio.image("t_loop", red)


def test_named_transformations_that_multiply_end(studio, red):
    studio.named = {f"n{at}": f"t_n{at + 1}.n{at + 1}.n{at + 1}.n{at + 1}" for at in range(9)} | {"n9": "e_negate"}
    with pytest.raises(RenderError, match="more than 500 steps"):
        studio.image("t_n0", red)


@pytest.mark.parametrize(
    ("transformation", "message"),
    [
        ("t_nothing", "Unknown transformation nothing"),
        ("nonsense", "Invalid transformation component - nonsense"),
        ("zz_5", "Invalid transformation component - zz_5"),
        ("l_a,u_b", "an overlay and an underlay"),
        ("if_w_gt/e_negate/if_end", "Invalid condition in transformation: w_gt"),
        ("if_w_gt_5_6/e_negate/if_end", "Invalid condition"),
        ("if_w_gt_5/e_negate", "not closed with if_end"),
        ("e_negate/if_end", "if_end without an if"),
        ("if_else/e_negate", "if_else without an if"),
        ("c_scale,w_$nope", "Undefined variable in transformation: $nope"),
        ("c_scale,w_iw_div_0", "Division by zero"),
        ("c_scale,w_0_pow_-1", "Invalid width"),
        ("c_scale,w_50!", "Invalid width in transformation: 50!"),
        ("c_scale,w_tags", "Invalid width in transformation: tags"),
    ],
)
def test_what_does_not_parse_is_quoted(studio, red, transformation, message):
    with pytest.raises(RenderError) as caught:
        studio.image(transformation, red, **FACTS)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("transformation", "named"),
    [
        ("if_ils_gt_0.5/e_negate/if_end", "operand ils"),
        ("$ref_ref:!logo!/e_negate", "variables that refer to assets"),
        ("fn_wasm:tone.wasm", "parameter fn_ (custom function)"),
        ("cs_cmyk", "color space cmyk"),
        ("so_3", "parameter so_ (start offset)"),
        ("fl_getinfo", "flag getinfo"),
        ("pg_1-2", "page 1-2"),
    ],
)
def test_parameters_that_would_be_ignored_are_refused_by_name(studio, red, transformation, named):
    with pytest.raises(Unsupported) as caught:
        studio.image(transformation, red)
    assert named in caught.value.message
