"""Errors name the place, the value, what is allowed and the nearest way out, all at once."""

import pytest

from cloudinary_tools.delivery.transformations.eager import serialise_eager
from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.transformations.serialiser import serialise


def faults(transformation: object, resource_type: str = "image") -> dict[str, str]:
    with pytest.raises(TransformationError) as caught:
        serialise(transformation, resource_type)
    assert str(caught.value) == "\n".join(f"{fault.path}: {fault.message}" for fault in caught.value.faults)
    return {fault.path: fault.message for fault in caught.value.faults}


def test_a_mistyped_crop_names_the_nearest_mode():
    assert faults({"crop": "fil", "width": 5})["transformation.crop"].startswith("crop 'fil': did you mean 'fill'?")


def test_a_gravity_without_a_crop_says_which_crops_cut():
    message = faults({"gravity": "face"})["transformation.gravity"]
    assert "gravity needs a crop that cuts: fill, thumb, crop" in message


def test_several_faults_come_back_in_one_answer_each_with_its_place():
    found = faults(
        [
            {"width": 0, "crop": "fil"},
            {"overlay": {"text": "Hi", "font_family": "Arial", "font_size": 0, "font_weight": "fat"}},
            {"effect": "blur:0", "colour": "red"},
        ]
    )
    assert set(found) == {
        "transformation[0].width",
        "transformation[0].crop",
        "transformation[1].overlay.font_size",
        "transformation[1].overlay.font_weight",
        "transformation[2].effect",
        "transformation[2].colour",
    }


def test_a_chain_inside_the_transformation_key_has_the_same_places():
    assert set(faults({"transformation": [{"width": 5}, {"overlay": {"font_size": 0, "text": "x"}}]})) == {
        "transformation[1].overlay.font_family",
        "transformation[1].overlay.font_size",
    }


@pytest.mark.parametrize(
    ("component", "path", "parts"),
    [
        ({"quality": 101}, "quality", ["101", "1 to 100", "nearest 100"]),
        ({"effect": "brightness:150"}, "effect", ["150", "-99 to 100", "nearest 100"]),
        ({"effect": "blurr:300"}, "effect", ["did you mean 'blur'"]),
        ({"effect": "gen_recolor:prompt_car"}, "effect", ["needs to-color"]),
        ({"flags": "progresive"}, "flags", ["did you mean 'progressive'"]),
        ({"flags": "attachment:photo.jpg"}, "flags", ["a dot separates flags"]),
        ({"widht": 100}, "widht", ["did you mean 'width'"]),
        ({"w": 100}, "w", ["did you mean 'width'"]),
        ({"color": "gren", "effect": "colorize"}, "color", ["did you mean 'green'"]),
        ({"color": "ff0000", "effect": "colorize"}, "color", ["did you mean '#ff0000'"]),
        ({"if": "widht > 5", "effect": "sepia"}, "if", ["did you mean 'width'"]),
        ({"if": "width>5", "effect": "sepia"}, "if", ["spaces around operators"]),
        ({"if": "sale in tags", "effect": "sepia"}, "if", ["'sale' is no operand"]),
        ({"gravity": "top left", "crop": "fill"}, "gravity", ["did you mean 'north_west'"]),
        ({"fetch_format": "jpegg"}, "fetch_format", ["did you mean 'jpeg'"]),
        ({"background": "auto", "crop": "fill", "width": 5}, "background", ["lpad, mpad, pad"]),
        ({"format": "auto"}, "format", ["fetch_format"]),
        ({"width": "100px"}, "width", ["'100px'", "did you mean 100?", "above 0"]),
        ({"width": "50%"}, "width", ["did you mean 0.5?"]),
        ({"height": 0}, "height", ["above 0", "nearest 1"]),
        ({"dpr": "2x"}, "dpr", ["did you mean 2?"]),
        ({"$a_b": 1}, "$a_b", ["no underscore"]),
        ({"$a": "red"}, "$a", ["'!red!'"]),
    ],
)
def test_the_message_helps_to_mend_the_value(component: dict[str, object], path: str, parts: list[str]):
    message = faults(component)[f"transformation.{path}"]
    assert [part for part in parts if part not in message] == []


def test_a_fault_in_text_names_its_component():
    assert list(faults("w_100/c_fil,w_5")) == ["transformation[1].crop"]
    assert "did you mean w_…?" in faults("widht_100,c_fill")["transformation"]


def test_a_value_of_the_wrong_kind_is_refused_whatever_it_is():
    for value in (None, True, [], {}, [[]], float("nan"), float("inf"), object()):
        for key in ("width", "crop", "gravity", "effect", "overlay", "flags", "if", "quality", "radius", "video_codec"):
            assert f"transformation.{key}" in next(iter(faults({key: value}, "video")))


@pytest.mark.parametrize("key", ["width", "page", "bit_rate", "fps", "video_sampling", "duration", "quality", "radius"])
@pytest.mark.parametrize("text", ["٣", "³", "5,w_9", "5/w_9", "5-$a,b"])
def test_only_plain_digits_are_numbers_and_no_separator_slips_in(key: str, text: str):
    assert faults({key: text}, "video")


def test_an_eager_fault_says_which_of_the_list_it_is():
    with pytest.raises(TransformationError, match=r"^eager\[1\]\.width: "):
        serialise_eager([{"width": 5}, {"width": -5}])


@pytest.mark.parametrize(
    "transformation",
    [
        {"overlay": {"text": "\ud800", "font_family": "Arial", "font_size": 5}},
        {"overlay": {"url": "https://x.org/\udfff"}},
        {"effect": "gen_remove:prompt_\ud800"},
        "e_gen_remove:prompt_\ud800",
    ],
)
def test_text_that_is_not_unicode_is_refused(transformation: object):
    assert "Unicode" in next(iter(faults(transformation).values()))
