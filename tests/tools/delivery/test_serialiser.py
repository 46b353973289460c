"""Transformations become the text the official SDK would write, or are refused with every reason."""

import pytest

from cloudinary_tools.delivery.transformations.eager import serialise_eager
from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.transformations.parser import parse
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.transformations.serialiser import serialise
from tests.cases import each
from tests.tools.delivery.vectors import Case, cases, listed


@cases("vectors")
def test_a_transformation_is_written_as_the_official_sdk_writes_it(case: Case):
    assert serialise(case["transformation"], case["resource_type"]) == case["expected"]


def test_what_was_written_reads_back_and_writes_the_same():
    wrong: list[tuple[str, str]] = []
    for case in listed("vectors"):
        text = case["expected"]
        again = serialise(parse(text), case["resource_type"])
        own_order = "raw_transformation" in str(case["transformation"])
        if again != text and not (own_order and sorted(again.split(",")) == sorted(text.split(","))):
            wrong.append((text, again))
    assert wrong == []


def test_the_written_text_is_itself_accepted_and_kept_as_it_is():
    texts = [(case["expected"], case["resource_type"]) for case in listed("vectors")]
    assert [(text, kind) for text, kind in texts if serialise(text, kind) != text] == []


@cases("invalid")
def test_a_transformation_that_breaks_a_rule_is_refused(case: Case):
    with pytest.raises(TransformationError) as caught:
        serialise(case["transformation"], case["resource_type"])
    assert all(fault.path and fault.message for fault in caught.value.faults)


@cases("quirks")
def test_where_the_sdk_writes_something_broken_the_sound_text_is_written(case: Case):
    """The SDK's own output is a plain bug in each of these (`sdk` and `why` in the vector)."""
    text = serialise(case["transformation"])
    assert text == case["recommended"]
    assert text != case["sdk"].get("emits")


@cases("eager")
def test_eager_transformations_are_written_as_the_official_sdk_writes_them(case: Case):
    kind = "video" if "codec" in str(case["eager"]) else "image"
    assert serialise_eager(case["eager"], kind) == case["expected"]


def _examples(node: object) -> list[tuple[dict[str, object], str]]:
    if isinstance(node, dict):
        own = [(node["json"], node["component"])] if isinstance(node.get("json"), dict) and "component" in node else []
        return own + [found for value in node.values() for found in _examples(value)]
    return [found for item in node for found in _examples(item)] if isinstance(node, list) else []


def test_every_example_of_the_reference_is_written_as_it_says():
    examples = _examples(reference().data)
    layer_keys = set(reference().data["overlay"]["object_keys"])
    video_only = set(reference().data["video"]["video_only"])
    wrong = []
    for given, expected in examples:
        value = {"overlay": given} if set(given) <= layer_keys and expected.startswith("l_") else given
        effect = str(given.get("effect", "")).partition(":")[0]
        known = reference().effects.get(effect)
        video = video_only & set(given) or (known is not None and set(known.applies_to) == {"video"})
        text = serialise(value, "video" if video else "image")
        if text != expected:
            wrong.append((given, expected, text))
    assert len(examples) > 200
    assert wrong == []


@each(sorted(reference().flags))
def test_every_flag_is_accepted(flag: str):
    assert serialise({"flags": flag}) == f"fl_{flag}"


@each(reference().values("crop"))
def test_every_crop_mode_is_accepted(mode: str):
    gravity = {"gravity": "auto"} if mode in {"fill_pad", "auto_pad"} else {}
    assert serialise({"crop": mode, "width": 80, "height": 60, **gravity}).startswith(f"c_{mode},")


def test_nothing_is_added_that_was_not_asked_for():
    assert serialise({}) == ""
    assert serialise([]) == ""
    assert serialise("") == ""
    assert serialise({"width": 10}) == "w_10"


def test_text_in_the_short_form_is_kept_in_its_own_order():
    assert serialise("w_100,c_fill/e_sepia") == "w_100,c_fill/e_sepia"
    assert serialise(["c_fill,w_100", {"effect": "sepia"}]) == "c_fill,w_100/e_sepia"


def test_text_in_the_short_form_is_made_safe_for_a_url():
    text = "e_gen_replace:from_red car;to_caf\u00e9/w_5"
    assert serialise(text) == "e_gen_replace:from_red%20car;to_caf%C3%A9/w_5"


def test_named_transformations_come_with_or_without_their_prefix():
    assert serialise("t_avatar") == "t_avatar"
    assert serialise("avatar") == "t_avatar"
    assert serialise([{"transformation": "avatar"}, {"width": 5}]) == "t_avatar/w_5"


def test_text_that_is_only_the_name_of_an_effect_is_not_taken_for_a_named_transformation():
    with pytest.raises(TransformationError, match=r"written e_sepia \(a named transformation: t_sepia\)"):
        serialise("sepia")


def test_with_a_relative_flag_a_whole_factor_keeps_its_point():
    assert serialise({"overlay": "a", "width": 2.0, "flags": "relative"}) == "fl_relative,l_a,w_2.0"
    assert serialise({"width": 2.0, "crop": "scale"}) == "c_scale,w_2"


def test_an_effect_on_the_picture_laid_over_a_video_may_be_an_image_effect():
    chain = [{"overlay": "logo"}, {"effect": "sepia"}, {"flags": "layer_apply"}]
    assert serialise(chain, "video") == "l_logo/e_sepia/fl_layer_apply"
    with pytest.raises(TransformationError, match="'sepia' is for images"):
        serialise([*chain, {"effect": "sepia"}], "video")


def test_a_video_delivered_as_a_picture_takes_image_effects():
    assert serialise([{"effect": "sepia"}, {"fetch_format": "jpg"}], "video") == "e_sepia/f_jpg"
    assert serialise({"effect": "sepia"}, "video", format="jpg") == "e_sepia"


def test_a_raw_file_takes_nothing_but_an_attachment_flag():
    assert serialise({"flags": "attachment:report"}, "raw") == "fl_attachment:report"
    with pytest.raises(TransformationError, match="raw file cannot be transformed"):
        serialise("w_100", "raw")
    with pytest.raises(TransformationError, match="raw file cannot be transformed"):
        serialise("avatar", "raw")


def test_a_condition_with_parameters_may_have_its_else_right_after_it():
    chain = [{"if": "width < 200", "effect": "sepia"}, {"if": "else", "effect": "negate"}]
    assert serialise(chain) == "if_w_lt_200,e_sepia/if_else,e_negate"


def test_an_unknown_resource_type_is_refused():
    with pytest.raises(TransformationError, match="did you mean 'video'"):
        serialise({"width": 5}, "vide")
