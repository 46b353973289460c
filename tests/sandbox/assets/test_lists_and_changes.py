"""Edges of the Admin and Upload APIs that the SDK's scenarios do not reach."""

from pathlib import Path
from typing import Any

import pytest

from tests.extras import needs_video, needs_vision
from tests.sandbox.helpers import api, error_of, picture


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/resources/image", {"max_results": "0"}),
        ("/resources/image", {"max_results": "501"}),
        ("/resources/image", {"max_results": "many"}),
        ("/resources/image", {"next_cursor": "nonsense"}),
        ("/resources/image", {"next_cursor": "WyJ4Il0"}),
        ("/resources/image", {"direction": "sideways"}),
        ("/resources/image/context", {}),
        ("/resources/image/tags/t", {"start_at": "2020-01-01"}),
        ("/resources/by_asset_folder", {}),
        ("/resources/by_asset_ids", {}),
        ("/resources/image/upload", {"public_ids[]": [str(number) for number in range(101)]}),
        ("/upload_presets", {"order_by": "colour"}),
        ("/usage/32-01-2024", {}),
    ],
)
async def test_listings_refuse_what_they_cannot_read(tmp_path: Path, path: str, params: dict[str, Any]) -> None:
    async with api(tmp_path) as call:
        reply = await call("GET", path, params=params)
        assert reply.status_code == 400
        assert reply.headers["x-featureratelimit-remaining"] == "499"


async def test_every_list_pages(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(public_id="x", tags="a,b,c", eager="w_1|w_2|w_3")
        for name in "abc":
            await call("POST", "/upload_presets", json={"name": name})
            await call("POST", "/upload_mappings", json={"folder": name, "template": "https://h/"})
            await call("POST", f"/folders/{name}")
        for path, key, name in (
            ("/tags/image", "tags", None), ("/upload_presets", "presets", "name"), ("/folders", "folders", "path"),
            ("/upload_mappings", "mappings", "folder"), ("/transformations", "transformations", "name"),
            ("/resources/image/upload/x", "derived", "transformation"),
        ):  # fmt: skip
            seen: list[str] = []
            cursor = None
            while True:
                page = await call.get(path, max_results=2, **({"next_cursor": cursor} if cursor else {}))
                seen += [item[name] if name else item for item in page[key]]
                cursor = page.get("next_cursor")
                if not cursor:
                    break
            assert seen in (["a", "b", "c"], ["w_1", "w_2", "w_3"]), path


async def test_the_newer_routes_name_the_asset_in_the_body(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        asset_id = (await call.upload(public_id="x", asset_folder="f"))["asset_id"]
        named = {"public_id": "x", "resource_type": "image", "kind": "upload"}
        assert (await call("POST", "/resources/get_resource", json=named)).json()["asset_id"] == asset_id
        assert (await call("POST", "/resources/update", json={**named, "tags": ["t"]})).json()["tags"] == ["t"]
        changed = (await call("PUT", f"/resources/{asset_id}", json={"context": {"a": "b"}})).json()
        assert changed["context"] == {"custom": {"a": "b"}}
        folder = (await call("PUT", "/folders/by_path", json={"path": "F", "case_sensitive": False})).json()
        assert (await call("PUT", "/folders/by_id", json={"id": folder["external_id"]})).json() == folder
        listed = await call.get(f"/resources/by_container_id/{folder['external_id']}")
        assert [item["public_id"] for item in listed["resources"]] == ["x"]
        moved = (await call("PUT", "/folder_operations/rename", json={"path": "f", "to_path": "g/h"})).json()
        assert moved == {"moved": 1, "failed": 0, "rejected": 0, "folder_deleted": True}
        top = (await call("PUT", "/folders/by_path", json={"path": "g"})).json()
        body = {"id": top["external_id"], "inclusive": True}
        below = (await call("PUT", "/folders/descendants", json=body)).json()
        assert [item["path"] for item in below["folders"]] == ["g", "g/h"]
        assert (await call("POST", "/asset/destroy", json={"asset_id": asset_id})).json() == {"result": "ok"}
        assert (await call("POST", "/asset/destroy", json={"asset_id": asset_id})).json() == {"result": "not found"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/folders/a//b", {}, 400),
        ("POST", "/folders/a/%2e%2e/b", {}, 400),
        ("PUT", "/folders/missing", {"to_folder": "x"}, 404),
        ("PUT", "/folders/there", {}, 400),
        ("PUT", "/folders/there", {"to_folder": "there/below"}, 400),
        ("PUT", "/folders/there", {"to_folder": "other"}, 409),
        ("PUT", "/folders/by_id", {"id": "0"}, 404),
        ("DELETE", "/folders/missing", {}, 404),
        ("DELETE", "/resources/image/upload", {}, 400),
        ("DELETE", "/resources", {}, 400),
        ("DELETE", "/derived_resources", {}, 400),
        ("POST", "/image/tags", {"command": "shout", "tag": "a", "public_ids": ["x"]}, 400),
        ("POST", "/image/tags", {"command": "add", "public_ids": ["x"]}, 400),
        ("POST", "/image/tags", {"command": "add", "tag": "a"}, 400),
        ("POST", "/image/context", {"command": "add", "public_ids": ["x"]}, 400),
        ("POST", "/image/metadata", {"public_ids": ["x"]}, 400),
        ("POST", "/image/rename", {"from_public_id": "x"}, 400),
        ("POST", "/image/rename", {"from_public_id": "x", "to_public_id": "a?"}, 400),
        ("POST", "/image/explicit", {"public_id": "x"}, 400),
        ("POST", "/image/explicit", {"public_id": "x", "type": "facebook"}, 400),
        ("POST", "/image/explicit", {"public_id": "http://127.0.0.1:1/x.png", "type": "fetch"}, 400),
        ("POST", "/image/destroy", {}, 400),
        ("POST", "/resources/image/upload/x", {"moderation_status": "perhaps"}, 400),
        ("POST", "/resources/image/upload/missing", {}, 404),
        ("POST", "/resources/image/publish_resources", {}, 400),
        ("POST", "/resources/image/upload/update_access_mode", {"access_mode": "odd", "prefix": "x"}, 400),
        ("POST", "/streaming_profiles", {"name": "s"}, 400),
        ("POST", "/streaming_profiles", {"name": "hd", "representations": [{"transformation": "w_1"}]}, 409),
        ("POST", "/streaming_profiles", {"name": "s", "representations": [{"x": 1}]}, 400),
        ("POST", "/upload_mappings", {"folder": "f"}, 400),
        ("POST", "/delete_by_token", {"token": "x"}, 400),
    ],
)  # fmt: skip
async def test_changes_refuse_what_they_cannot_do(
    tmp_path: Path, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    async with api(tmp_path) as call:
        await call.upload(public_id="x")
        await call("POST", "/folders/there")
        await call("POST", "/folders/other")
        reply = await call(method, path, json=body)
        assert (reply.status_code, bool(error_of(reply)[1])) == (status, True)


async def test_bulk_calls_touch_a_thousand_ids_and_pass_over_the_rest(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(public_id="first")
        await call.upload(public_id="last")
        ids = ["first", *(f"missing{number}" for number in range(999)), "last"]
        reply = await call("POST", "/image/tags", json={"command": "add", "tag": "t", "public_ids": ids})
        assert reply.json() == {"public_ids": ["first"]}


async def test_display_names_can_be_made_unique(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        options: dict[str, Any] = {"use_filename_as_display_name": "1", "unique_display_name": "1", "asset_folder": "f"}
        names = [(await call.upload(name="photo.png", **options))["display_name"] for _ in range(2)]
        assert names[0] == "photo"
        assert names[1].startswith("photo_")


@needs_video
async def test_an_audio_or_video_file_is_a_video(tmp_path: Path) -> None:
    import io
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 8000)
    async with api(tmp_path) as call:
        reply = await call.upload(out.getvalue(), "auto", "sound.wav")
        assert (reply["resource_type"], reply["is_audio"], reply["format"]) == ("video", True, "wav")
        assert reply["duration"] == pytest.approx(1.0, abs=0.01)
        refused = await call.try_upload(picture(), "video")
        assert error_of(refused) == (400, "Unsupported video format or file")


@pytest.mark.parametrize(
    "name", [pytest.param("faces", marks=needs_vision), "colors", "exif", "image_metadata", "quality_analysis"]
)
async def test_what_cannot_be_looked_into_is_refused(tmp_path: Path, name: str) -> None:
    unread = b"\0\0\0\x0cJXL \r\n\x87\n"
    async with api(tmp_path) as call:
        assert (await call.upload(unread, name="a.jxl", public_id="a"))["format"] == "jxl"
        for reply in (
            await call.try_upload(unread, name="a.jxl", **{name: "1"}),
            await call("GET", "/resources/image/upload/a", params={name: "true"}),
        ):
            assert error_of(reply) == (400, "The sandbox does not support the analysis of jxl files")
