"""Every effect of the reference, in every documented spelling: rendered, or refused by its name."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import cloudinary_tools
from cloudinary_sandbox.rendering import Unsupported
from tests.extras import needs_video
from tests.sandbox.rendering.films import film
from tests.sandbox.rendering.studio import Studio, quarters

REFERENCE = Path(cloudinary_tools.__file__).parent / "delivery" / "transformations" / "transformations.json"
EFFECTS: list[dict[str, Any]] = json.loads(REFERENCE.read_text("utf-8"))["effects"]
REFUSED = frozenset(
    (
        "adv_redeye", "art", "auto_enhance", "background_removal", "camera", "deshake", "dropshadow", "enhance",
        "extract", "gen_background_replace", "gen_recolor", "gen_remove", "gen_replace", "gen_restore", "light",
        "lightroom", "preview", "redeye", "style_transfer", "theme", "transition", "upscale", "vectorize",
        "viesus_correct", "zoompan",
    )
)  # fmt: skip
"""What takes an add-on, a model that generates or recognises, or a recipe that nobody has published."""
MOVING = frozenset({"fade", "loop"})
"""Effects on films and animations, whatever else the reference says that they apply to."""


def is_film(effect: dict[str, Any]) -> bool:
    return effect["name"] in MOVING or "image" not in effect["applies_to"]


def components(effect: dict[str, Any]) -> list[str]:
    """The examples; those of layers have a layer."""
    texts = [example["component"] for example in effect["examples"]]
    if effect.get("layer_only") or "fl_layer_apply" in texts[0]:
        return [f"l_logo,w_10/{text}" + ("" if "fl_layer_apply" in text else ",fl_layer_apply") for text in texts]
    return texts


def check(studio: Studio, source: Path, effect: dict[str, Any], kind: str, format: str) -> None:
    studio.layers["logo"] = Image.new("RGBA", (20, 10), "red")
    facts = {"coordinates": {"faces": [[5, 5, 20, 20]]}}
    for text in components(effect):
        if effect["name"] in REFUSED:
            with pytest.raises(Unsupported, match=f"the effect {effect['name']}"):
                studio.file(source, text, format, facts=facts, resource_type=kind)
        else:
            assert studio.file(source, text, format, facts=facts, resource_type=kind).bytes > 0, text


PICTURES = [effect for effect in EFFECTS if not is_film(effect)]
FILMS = [effect for effect in EFFECTS if is_film(effect)]


@pytest.mark.parametrize("effect", PICTURES, ids=[effect["name"] for effect in PICTURES])
def test_an_effect_on_pictures_is_rendered_or_refused_by_its_name(studio, effect):
    check(studio, studio.store(quarters((60, 40))), effect, "image", "png")


@needs_video
@pytest.mark.parametrize("effect", FILMS, ids=[effect["name"] for effect in FILMS])
def test_an_effect_on_films_is_rendered_or_refused_by_its_name(studio, effect):
    check(studio, film(studio.folder / "clip.mp4", seconds=1, size=(64, 48)), effect, "video", "mp4")


def test_nothing_is_refused_that_the_reference_does_not_know():
    assert {effect["name"] for effect in EFFECTS} >= REFUSED
