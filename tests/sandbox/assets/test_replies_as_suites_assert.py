"""Upload and Admin replies in the details that the SDKs' own suites assert of the live service."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.helpers import LOGO_SIZE, Api, api, error_of, picture

PNG = picture()


async def test_the_parameters_of_a_get_may_be_in_its_body(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        for name in "abc":
            await call.upload(public_id=name)
        for options in ({"json": {"max_results": 1, "prefix": "b"}}, {"data": {"max_results": "1", "prefix": "b"}}):
            reply = (await call("GET", "/resources/image/upload", **options)).json()
            assert [asset["public_id"] for asset in reply["resources"]] == ["b"]
        query: dict[str, Any] = {"expression": "public_id=c", "max_results": 1}
        assert (await call("GET", "/resources/search", json=query)).json()["total_count"] == 1


async def test_a_listing_is_narrowed_by_parameters_as_by_the_path(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        for name, kind in (("a", "upload"), ("ab", "upload"), ("a", "private")):
            await call.upload(public_id=name, type=kind)

        async def found(**params: Any) -> list[tuple[str, str]]:
            listed = (await call.get("/resources/image", **params))["resources"]
            return sorted((item["public_id"], item["type"]) for item in listed)

        assert await found(type="private") == [("a", "private")]
        assert await found(**{"type": "private", "public_ids[]": ["a", "ab"]}) == [("a", "private")]
        assert await found(type="upload", prefix="a") == [("a", "upload"), ("ab", "upload")]


async def test_a_raw_body_is_an_upload(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        headers = {"Content-Type": "image/png"}
        made = (await call("PUT", "/image/upload", params={"tags": "a"}, content=PNG, headers=headers)).json()
        assert ((made["width"], made["height"]), made["tags"], "." in made["public_id"]) == (LOGO_SIZE, ["a"], False)
        assert (await call.client.get(made["url"])).content == PNG
        form = {"file": ("b.png", PNG)}
        assert (await call("PUT", "/auto/upload", files=form, data={"public_id": "b"})).json()["public_id"] == "b"


async def test_the_delivery_type_asset_is_taken_and_a_raw_format_is_part_of_the_id(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        made = await call.upload(public_id="x", type="asset")
        assert (made["type"], (await call.client.get(made["url"])).content) == ("asset", PNG)
        for name, format, public_id in (("x", "docx", "x.docx"), ("y.docx", "docx", "y.docx"), ("z", "", "z")):
            made = await call.upload(b"text", rt="raw", name="t.txt", public_id=name, format=format)
            assert made["public_id"] == public_id


async def test_a_data_uri_may_be_the_content_of_the_file_part(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        uri = f"data:image/png;base64,{base64.b64encode(PNG).decode()}".encode()
        made = await call.upload(uri, name="blob")
        assert (made["bytes"], made["format"]) == (len(PNG), "png")
        kept = await call.upload(b"data:text/plain,not base64", rt="raw", name="a.txt")
        assert kept["bytes"] == 26


async def test_the_same_bytes_again_keep_what_was_derived_and_others_do_not(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        for content, left in ((PNG, 1), (PNG, 1), (picture(colour="red"), 0)):
            eager = {"eager": "c_scale,w_10"} if left and "x" not in await ids(call) else {}
            await call.upload(content, public_id="x", **eager)
            assert len((await call.get("/resources/image/upload/x"))["derived"]) == left


async def ids(call: Api) -> list[str]:
    return [asset["public_id"] for asset in (await call.get("/resources/image"))["resources"]]


async def test_transformations_in_a_deletion_mean_those_derived_files(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        made = await call.upload(public_id="x", eager="c_scale,w_10|c_scale,w_20")
        body = {"public_ids": ["x"], "transformations": "c_scale,w_10"}
        reply = (await call("DELETE", "/resources/image/upload", json=body)).json()
        assert reply["deleted_counts"] == {"x": {"original": 0, "derived": 1}}
        left = (await call.get("/resources/image/upload/x"))["derived"]
        assert [item["transformation"] for item in left] == ["c_scale,w_20"]
        by_id = (await call("DELETE", "/resources", json={"asset_ids": [made["asset_id"], "0" * 32]})).json()
        assert by_id["deleted"] == {made["asset_id"]: "deleted", "0" * 32: "not_found"}


async def test_explicit_goes_on_behind_the_reply(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(public_id="x")
        body = {"public_id": "x", "type": "upload", "tags": "later", "async": True}
        reply = (await call("POST", "/image/explicit", json=body)).json()
        pending = {"status": "pending", "resource_type": "image", "type": "upload", "public_id": "x"}
        assert pending.items() <= reply.items()
        await call.cloud.settled()
        assert (await call.get("/resources/image/upload/x"))["tags"] == ["later"]


async def test_media_metadata_is_that_of_the_resource_type(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="needs the extra video")
    film = Path("tests/fixtures/red.mp4").read_bytes()
    async with api(tmp_path) as call:
        image = await call.upload(media_metadata="1")
        assert ("image_metadata" in image, "media_metadata" in image) == (True, False)
        made = await call.upload(film, rt="video", name="red.mp4", media_metadata="true", cinemagraph_analysis="true")
        assert isinstance(made["video_metadata"], dict)
        assert made["cinemagraph_analysis"] == {"cinemagraph_score": 0.0}


async def test_accessibility_and_cinemagraph_analyses_are_part_of_the_plain_service(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        made = await call.upload(public_id="x", accessibility_analysis="1", cinemagraph_analysis="1")
        analysis = made["accessibility_analysis"]
        assert 0 <= analysis["colorblind_accessibility_score"] <= 1
        inner = analysis["colorblind_accessibility_analysis"]
        assert inner.keys() == {"distinct_edges", "distinct_colors", "most_indistinct_pair"}
        assert made["cinemagraph_analysis"] == {"cinemagraph_score": 0.0}
        read = await call.get("/resources/image/upload/x", accessibility_analysis="true")
        assert read["accessibility_analysis"] == analysis
        query = {"expression": "public_id=x", "with_field": ["accessibility_analysis"]}
        found = (await call("POST", "/resources/search", json=query)).json()["resources"][0]
        assert found["accessibility_analysis"] == analysis


async def test_cursors_fractions_folders_and_counts(tmp_path: Path) -> None:
    async with api(tmp_path, folder_mode="fixed") as call:
        await call.upload(public_id="dir/x", tags="t", context="k=v")
        await call.get("/resources/image/upload/dir/x", derived_next_cursor="b16b8bd80426df43a107f26b0348")
        (entry,) = (await call.get("/resources/image/upload", fields="tags"))["resources"]
        assert entry.keys() == {"asset_id", "public_id", "folder", "tags"}
        (entry,) = (await call.get("/resources/image/context", key="k"))["resources"]
        assert entry["context"] == {"custom": {"k": "v"}}
        signed = call.signed(public_id="dir/x", format="png", expires_at="1999999999.5")
        assert (await call.client.get(f"{call.prefix}/image/download", params=signed)).status_code == 200
        stale = call.signed(public_id="dir/x", format="png", expires_at="999999999.5")
        assert (await call.client.get(f"{call.prefix}/image/download", params=stale)).status_code == 401


async def test_a_folder_is_listed_in_any_case_with_a_total(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        for number in range(3):
            await call.upload(public_id=str(number), asset_folder="Dir")
        listed = await call.get("/resources/by_asset_folder", asset_folder="dir", max_results=2)
        assert (listed["total_count"], len(listed["resources"])) == (3, 2)


@pytest.mark.parametrize("model", ["coco_v2", "cld-fashion_v4,captioning", "iqa"])
async def test_versions_of_detection_models_are_known(tmp_path: Path, model: str) -> None:
    async with api(tmp_path) as call:
        assert error_of(await call.try_upload(detection=model))[0] == 420
        said = error_of(await call.try_upload(detection=f"{model},illegal"))
        assert said == (400, "Detection invalid model 'illegal'")


async def test_folder_searches_take_every_form_of_an_order(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        for name in "ba":
            await call("POST", f"/folders/{name}")
        for given in ("name,asc", "name asc", ["name,asc"], [{"name": "asc"}], json.dumps([{"name": "asc"}])):
            found = (await call("POST", "/folders/search", json={"sort_by": given})).json()
            assert [folder["name"] for folder in found["folders"]] == ["a", "b"], given
        assert error_of(await call("POST", "/folders/search", json={"sort_by": "name,up"}))[0] == 400
