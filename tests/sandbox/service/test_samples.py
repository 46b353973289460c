"""What a new cloud begins with."""

import json
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from cloudinary_mcp.embedded_sandbox import sandbox_instructions
from cloudinary_sandbox.service.samples import measure
from tests.sandbox.helpers import Api, api

FOLDER = Path(str(files("cloudinary_sandbox") / "samples"))


async def names(call: Api) -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = set()
    for kind in ("image", "video", "raw"):
        listed: list[dict[str, Any]] = (await call.get(f"/resources/{kind}", max_results=100))["resources"]
        found |= {(kind, item["public_id"], item["format"]) for item in listed}
    return found


async def test_a_new_cloud_has_a_sample_and_a_folder_of_samples(tmp_path: Path) -> None:
    async with api(tmp_path, empty=False) as call:
        photographs = ("astronaut", "cat", "coffee", "hubble", "rocket")
        assert await names(call) == {
            ("image", "sample", "jpg"),
            *(("image", f"samples/{name}", "jpg") for name in photographs),
            ("image", "samples/handout", "pdf"),
            ("video", "samples/flight", "mp4"),
        }
        assert [folder["path"] for folder in (await call.get("/folders"))["folders"]] == ["samples"]
        assert (await call.get("/resources/by_asset_folder", asset_folder="samples"))["total_count"] == 7
        sample = await call.get("/resources/image/upload/sample")
        assert (sample["asset_folder"], sample["display_name"]) == ("", "sample")
        served = await call.client.get(sample["url"])
        assert served.content == (FOLDER / "cat.jpg").read_bytes()
        found = (
            await call("POST", "/resources/search", json={"expression": 'folder:"samples/*" AND width>500'})
        ).json()
        assert found["total_count"] > 2


async def test_the_samples_come_once_and_what_is_deleted_stays_away(tmp_path: Path) -> None:
    async with api(tmp_path, empty=False) as call:
        await call("DELETE", "/resources/image/upload", json={"all": True})
    async with api(tmp_path, empty=False) as call:
        assert await names(call) == {("video", "samples/flight", "mp4")}


async def test_a_cloud_can_begin_empty(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        assert await names(call) == set()


async def test_fixed_folders_have_the_samples_too(tmp_path: Path) -> None:
    async with api(tmp_path, empty=False, folder_mode="fixed") as call:
        assert (await call.get("/resources/image/upload/samples/cat"))["folder"] == "samples"


@pytest.mark.skipif(find_spec("av") is None, reason="needs the extra video")
def test_the_kept_facts_are_those_of_the_files() -> None:
    measured = json.loads(json.dumps(measure(FOLDER)))
    assert json.loads((FOLDER / "samples.json").read_text()) == measured, "python -m cloudinary_sandbox.service.samples"


def test_every_sample_has_its_attribution() -> None:
    attribution = (FOLDER / "ATTRIBUTION.md").read_text()
    assert all(f"| {name} |" in attribution for name in json.loads((FOLDER / "samples.json").read_text()))


def test_the_assistant_is_told_what_is_there_and_where_files_are() -> None:
    told = sandbox_instructions([Path("/a/samples")])
    known = json.loads((FOLDER / "samples.json").read_text())
    assert "`sample`" in told
    assert "/a/samples" in told
    assert {"samples/flight", "samples/handout"} <= {f"samples/{name.partition('.')[0]}" for name in known}
    assert "uploaded from" not in sandbox_instructions([])
