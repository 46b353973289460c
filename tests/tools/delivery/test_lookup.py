"""Finding a transformation by words, and the compact schema of a component."""

import json

import pytest

from cloudinary_tools.delivery.transformations.examples import SYNONYMS
from cloudinary_tools.delivery.transformations.lookup import entries, find
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.transformations.schema import component_schema
from cloudinary_tools.delivery.transformations.serialiser import serialise


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("round corners", "radius"),
        ("remove background", "background_removal"),
        ("black and white", "grayscale"),
        ("watermark", "watermark"),
        ("hide license plate", "blur_region"),
        ("speed up video", "accelerate"),
        ("rotate", "angle"),
        ("mute the sound", "volume"),
        ("ken burns", "zoompan"),
        ("text overlay", "text on a picture"),
        ("keep the dog in view", "auto"),
        ("download", "attachment"),
        ("blur_faces", "blur_faces"),
        ("AVIF", "avif"),
    ],
)
def test_plain_words_find_what_does_it(asked: str, name: str):
    assert name in [hit.name for hit in find(asked)][:3]


def test_words_that_mean_nothing_find_nothing():
    assert find("xyzzy qwfp") == []


def test_every_example_is_valid_as_it_is():
    texts = {entry.hit.name: serialise(entry.hit.example, entry.hit.applies_to[0]) for entry in entries()}
    assert len(texts) > 200


def test_every_synonym_belongs_to_something_that_can_be_found():
    assert set(SYNONYMS) - {entry.hit.name for entry in entries()} == set()


def test_a_hit_is_short_and_says_its_range():
    (hit,) = find("sepia", limit=1)
    assert hit.url == "e_sepia"
    assert "1 to 100" in hit.values
    assert all(len(json.dumps(entry.hit.example)) < 500 for entry in entries())


def test_the_schema_of_a_component_is_small_and_complete():
    schema = component_schema()
    assert len(json.dumps(schema, separators=(",", ":"), ensure_ascii=False).encode()) / 4 <= 1000
    assert set(schema["properties"]) == {name for name in reference().parameters if not name.startswith("$")}
    assert [name for name, item in schema["properties"].items() if "enum" in item] == ["crop"]
    assert "title" not in json.dumps(schema)


def test_the_schema_allows_every_example_of_the_reference():
    types = {"string": str, "number": (int, float), "boolean": bool, "array": list, "object": dict}
    properties = component_schema()["properties"]
    for item in reference().data["parameters"]:
        for example in item["examples"]:
            for key, value in example["json"].items():
                allowed = properties.get(key, {}).get("type", "string")
                kinds = [allowed] if isinstance(allowed, str) else allowed
                assert key.startswith("$") or any(isinstance(value, types[kind]) for kind in kinds), (key, value)
