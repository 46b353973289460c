"""Transformations in words, and what could be better."""

import pytest

from cloudinary_tools.delivery.transformations.explain import explain, findings
from cloudinary_tools.delivery.transformations.faults import TransformationError
from tests.tools.delivery.vectors import listed


def test_every_component_is_explained():
    for case in listed("vectors"):
        explained = explain(case["transformation"], case["resource_type"])
        assert "/".join(part.text for part in explained) == case["expected"]
        assert all(part.words for part in explained)


def test_words_say_what_happens():
    chain = "if_w_gt_300,c_fill,g_auto,h_90,w_160/l_text:Arial_40_bold:Sale%252C%20now/fl_layer_apply,x_5/r_max/f_auto"
    first, text, _, corners, best = [part.words for part in explain(chain)]
    assert first.startswith("only if width > 300; fill to 160 px × 90 px (")
    assert "around auto" in first
    assert text == "lay the text “Sale, now” (Arial 40 bold) above the asset"
    assert corners == "round to a circle or an ellipse"
    assert best == "the best format for each browser"


def test_a_wrong_transformation_is_refused_instead_of_explained():
    with pytest.raises(TransformationError):
        explain("c_fil,w_5")


def rules(transformation: object, resource_type: str = "image", **options: str) -> set[str]:
    return {finding.rule for finding in findings(transformation, resource_type, **options)}


def test_missing_automatic_format_and_quality_are_found_and_nothing_is_added():
    assert rules({"crop": "fill", "width": 5}) == {"format-auto", "quality-auto"}
    assert rules("c_fill,w_5/f_auto/q_auto") == set()
    assert rules("c_fill,w_5/q_auto", format="png") == set()
    assert rules("t_preset") == set()
    assert rules(None) == {"format-auto", "quality-auto"}
    assert rules({"flags": "attachment"}, "raw") == set()


def test_a_video_is_advised_the_automatic_video_format():
    found = {finding.rule: finding.add for finding in findings("c_fill,w_5", "video")}
    assert found["format-auto"] == {"fetch_format": "auto:video"}


@pytest.mark.parametrize(
    ("transformation", "rule"),
    [
        ({"crop": "fill"}, "dimension-missing"),
        ({"x": 5}, "xy-alone"),
        ({"width": 5}, "size-without-crop"),
        ({"effect": "gen_restore"}, "paid-feature"),
        ([{"overlay": "a"}, {"effect": "sepia"}], "layer-apply"),
    ],
)
def test_what_has_no_effect_or_a_price_is_found(transformation: object, rule: str):
    assert rule in rules(transformation)
