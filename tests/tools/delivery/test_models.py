"""The typed face: models that hold to the same rules."""

import pytest
from pydantic import TypeAdapter, ValidationError

from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.transformations.models import Component, Layer, Transformation
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.delivery.urls.build import build_url
from tests.tools.delivery.vectors import cloud, listed


def test_a_model_writes_what_it_was_given():
    wrong: list[tuple[str, str]] = []
    for case in listed("vectors"):
        text = Transformation.model_validate(case["transformation"]).to_string(case["resource_type"])
        if text != case["expected"]:
            wrong.append((text, case["expected"]))
    assert wrong == []


def test_a_model_refuses_what_the_rules_refuse():
    for case in listed("invalid"):
        with pytest.raises((ValidationError, TransformationError)):
            Transformation.model_validate(case["transformation"]).to_string(case["resource_type"])


def test_models_go_inside_models():
    logo = Component(overlay=Layer(public_id="brand/logo"), gravity="north")
    assert Transformation([Component(width=5), logo]).to_string() == "w_5/g_north,l_brand:logo"


def test_a_refusal_carries_each_fault_with_its_place():
    with pytest.raises(ValidationError) as caught:
        Transformation.model_validate([{"width": 0}, {"crop": "fil"}])
    (error,) = caught.value.errors(include_url=False)
    assert [fault["path"] for fault in error.get("ctx", {})["faults"]] == [
        "transformation[0].width",
        "transformation[1].crop",
    ]


def test_the_model_knows_every_parameter_of_the_reference():
    names = {field.alias or name for name, field in Component.model_fields.items()}
    assert names == {name for name in reference().parameters if name != "$<name>"} | reference().tag_options


def test_the_models_make_a_json_schema():
    schema = TypeAdapter(Transformation).json_schema()
    assert "width" in schema["$defs"]["Component"]["properties"]


def test_models_are_taken_wherever_a_transformation_is():
    model = Transformation([Component(width=5, format="png"), "e_sepia"])
    assert serialise(model) == "w_5/e_sepia"
    assert serialise([Component(if_="width > 5", effect="sepia")]) == "if_w_gt_5,e_sepia"
    assert build_url(cloud(), "a", transformation=model).endswith("/upload/w_5/e_sepia/a.png")
