"""Every documented example of the no-code integration is rendered."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.extras import needs_video
from tests.fixtures import FIXTURES
from tests.sandbox.rendering.studio import Studio, quarters

SIZE = (800, 600)
VECTORS = json.loads((FIXTURES / "transformations-vectors.json").read_text())["vectors"]
PICTURES = [case for case in VECTORS if case["group"] == "weweb" and case["resource_type"] == "image"]
FILMS = [case for case in VECTORS if case["group"] == "weweb" and case["resource_type"] == "video"]


def ids(cases: list[dict[str, Any]]) -> list[str]:
    return [f"{case['id']} {case['expected']}" for case in cases]


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Studio(tmp_path_factory.mktemp("photo")).store(quarters(SIZE))


@pytest.mark.parametrize("case", PICTURES, ids=ids(PICTURES))
def test_a_picture_is_rendered(tmp_path: Path, photo: Path, case: dict[str, Any]) -> None:
    logo = Image.new("RGBA", (40, 20), "red")
    studio = Studio(tmp_path, layers={"logo": logo, "logo_public_id": logo, "watermark_logo": logo})
    facts = {"width": SIZE[0], "height": SIZE[1]}
    form = (case.get("leftover") or {}).get("format", "png")
    done = studio.file(photo, case["expected"], form, facts=facts)
    with Image.open(done.path) as picture:
        assert picture.size == (done.width, done.height)
    wanted = case.get("leftover") or {}
    if "c_" in case["expected"] and "/" not in case["expected"] and "bo_" not in case["expected"]:
        assert (done.width, done.height) == (wanted.get("width", done.width), wanted.get("height", done.height))


@needs_video
@pytest.mark.parametrize("case", FILMS, ids=ids(FILMS))
def test_a_film_is_rendered(tmp_path: Path, case: dict[str, Any]) -> None:
    from cloudinary_sandbox.media import inspect
    from tests.sandbox.rendering.films import film

    source = film(tmp_path / "clip.mp4", seconds=8)
    known = inspect(source, source.name, "video")
    facts = {"width": known.width, "height": known.height}
    done = Studio(tmp_path).file(source, case["expected"], "mp4", facts=facts, resource_type="video")
    made = inspect(done.path, done.path.name, "video")
    assert made.format == "mp4"
    if "w_640" in case["expected"]:
        assert (made.width, made.height) == (640, 480)
    if "du_1.0" in case["expected"]:
        assert made.duration == pytest.approx(1, abs=0.3)
