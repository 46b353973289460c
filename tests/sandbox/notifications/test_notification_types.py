"""Every call tells what it did, in the shape that Cloudinary's own notifications have."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from dirty_equals import IsPartialDict, IsStr

from tests.sandbox.helpers import Api, picture
from tests.sandbox.notifications.helpers import Listener, genuine, told

HEX = re.compile(r"[0-9a-f]{32}")


def kind(asset: dict[str, Any]) -> dict[str, Any]:
    return {"asset_id": asset["asset_id"], "resource_type": "image", "type": "upload"}


def named(asset: dict[str, Any]) -> dict[str, Any]:
    return {**kind(asset), "public_id": asset["public_id"]}


async def changed(call: Api, listener: Listener, event: str, path: str, **params: Any) -> Any:
    """What an event says of the assets that a call touched."""
    listener.received.clear()
    reply = await call("POST", path, json=params)
    assert reply.status_code == 200, reply.text
    (payload,) = await listener.of_type(event)
    assert [item.payload["notification_type"] for item in listener.received] == [event]
    assert payload["source"] == "api"
    return payload["resources"]


async def test_an_upload_is_told_with_its_whole_reply_and_the_envelope(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        reply = await call("POST", "/image/upload", data={"public_id": "katze-ü"}, files={"file": ("a.png", picture())})
        (item,) = await listener.first()
        payload, asset = item.payload, reply.json()
        assert {key: value for key, value in asset.items() if key != "signature"}.items() <= payload.items()
        assert list(payload)[:3] == ["notification_type", "timestamp", "request_id"]
        assert list(payload)[-2:] == ["notification_context", "signature_key"]
        assert payload["notification_type"] == "upload"
        assert "signature" not in payload
        assert payload["tags"] == []
        assert payload["request_id"] == reply.headers["x-request-id"]
        assert HEX.fullmatch(payload["request_id"])
        assert payload["timestamp"].endswith("+00:00")
        assert payload["api_key"] == payload["signature_key"] == call.identity.api_key
        context = payload["notification_context"]
        assert context["triggered_by"] == {"source": "api", "id": call.identity.api_key}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", context["triggered_at"])
        assert datetime.fromisoformat(context["triggered_at"])
        assert item.headers["content-type"] == "application/json"
        assert genuine(call, item)
        assert item.envelope.type == "upload"
        assert (item.envelope.public_ids, item.envelope.asset_ids) == (("katze-ü",), (asset["asset_id"],))


async def test_an_upload_in_parts_is_told_once(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        content = picture() + bytes(5 * 1024 * 1024)
        parts = [content[: 5 * 1024 * 1024 + 1], content[5 * 1024 * 1024 + 1 :]]
        start, replies = 0, list[dict[str, Any]]()
        for part in parts:
            end = start + len(part)
            headers = {"X-Unique-Upload-Id": "u1", "Content-Range": f"bytes {start}-{end - 1}/{len(content)}"}
            data = {"public_id": "big"}
            reply = await call("POST", "/raw/upload", data=data, files={"file": ("a.bin", part)}, headers=headers)
            start = end
            replies.append(reply.json())
        assert [reply["done"] for reply in replies] == [False, True]
        await call.upload(public_id="after")
        await listener.until(lambda received: any(item.payload["public_id"] == "after" for item in received))
        assert sorted(item.payload["public_id"] for item in listener.received) == ["after", "big"]


ASYNC: dict[str, Any] = {"async": "true"}


async def test_an_upload_behind_its_reply_is_told_when_it_is_done_or_has_failed(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        await call.upload(public_id="good", **ASYNC)
        pending = await call.upload(b"%PDF-", public_id="bad", allowed_formats="jpg", **ASYNC)
        upload, error = await listener.of_type("upload", "error")
        assert upload["public_id"] == "good"
        assert error == IsPartialDict(
            public_id="bad", batch_id=pending["batch_id"], error={"message": IsStr(min_length=5)}
        )


async def test_eager_is_told_when_all_is_derived(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        reply = await call.upload(public_id="dog", eager="w_20/png|w_30", eager_async="true")
        upload, eager = await listener.of_type("upload", "eager")
        assert [item["status"] for item in upload["eager"]] == ["processing", "processing"]
        assert eager == IsPartialDict(
            batch_id=reply["batch_id"], asset_id=reply["asset_id"], public_id="dog", api_key=call.identity.api_key
        )
        assert [(item["transformation"], item["width"]) for item in eager["eager"]] == [("w_20/png", 20), ("w_30", 30)]
        assert {"timestamp", "request_id"} <= eager.keys()
        listener.received.clear()
        explicit = {"public_id": "dog", "type": "upload", "eager": "w_40", "eager_async": "true"}
        assert (await call("POST", "/image/explicit", data=explicit)).status_code == 200
        assert (await listener.of_type("eager"))[0]["eager"][0]["width"] == 40
        assert len(listener.received) == 1


async def test_eager_at_once_is_part_of_the_upload_event(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        await call.upload(public_id="dog", eager="w_20")
        (item,) = await listener.first()
        assert item.payload["eager"][0]["width"] == 20


async def test_deletions_are_one_event_with_an_array_and_no_timestamp(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        assets = [await call.upload(public_id=name, folder="f") for name in ("a", "b", "c", "d")]
        await listener.first(4)
        listener.received.clear()
        await call("POST", "/image/destroy", data={"public_id": "f/nobody"})
        await call("POST", "/image/destroy", data={"public_id": "f/a"})
        (item,) = await listener.first()
        assert item.payload.keys() == {"notification_type", "resources", "notification_context", "signature_key"}
        assert item.payload["resources"] == [
            {**named(assets[0]), "version": assets[0]["version"], "asset_folder": "f", "display_name": "a"}
        ]
        listener.received.clear()
        keep = {"keep_original": "true", "public_ids[]": ["f/b"]}
        assert (await call("DELETE", "/resources/image/upload", params=keep)).status_code == 200
        params = {"public_ids[]": ["f/b", "f/c", "f/d", "f/missing"]}
        assert (await call("DELETE", "/resources/image/upload", params=params)).status_code == 200
        (item,) = await listener.first()
        assert [asset["public_id"] for asset in item.payload["resources"]] == ["f/b", "f/c", "f/d"]
        assert item.envelope.public_ids == ("f/b", "f/c", "f/d")
        assert item.envelope.asset_ids == tuple(asset["asset_id"] for asset in assets[1:])


async def test_a_deletion_by_token_is_an_event_of_its_own(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        asset = await call.upload(public_id="a", return_delete_token="true")
        await call.client.post(f"{call.prefix}/delete_by_token", data={"token": asset["delete_token"]})
        (payload,) = await listener.of_type("delete_by_token")
        assert payload["resources"] == [IsPartialDict(named(asset))]
        assert payload["notification_context"]["triggered_by"] == {"source": "api"}


async def test_in_fixed_folder_mode_an_asset_is_told_with_its_folder(tmp_path: Path) -> None:
    async with told(tmp_path, folder_mode="fixed") as (call, listener):
        await call.upload(public_id="a/b/dog")
        await call("POST", "/image/destroy", data={"public_id": "a/b/dog"})
        upload, delete = await listener.of_type("upload", "delete")
        assert upload["folder"] == delete["resources"][0]["folder"] == "a/b"
        assert not {"asset_folder", "display_name"} & delete["resources"][0].keys()


async def test_a_rename_is_told_with_both_names(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        asset = await call.upload(public_id="old")
        await call("POST", "/image/rename", data={"from_public_id": "old", "to_public_id": "new"})
        (payload,) = await listener.of_type("rename")
        expected = {**kind(asset), "asset_folder": "", "display_name": "old"}
        assert payload == IsPartialDict(**expected, from_public_id="old", to_public_id="new")
        assert {"timestamp", "request_id"} <= payload.keys()
        assert "public_id" not in payload


async def test_changes_of_tags_are_an_array_of_added_and_removed(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        x = await call.upload(public_id="x", tags="old,same")
        y = await call.upload(public_id="y", tags="same")
        await listener.first(2)
        event, tags = "resource_tags_changed", {"command": "replace", "tag": "new,same", "public_ids": ["x", "y", "z"]}
        assert await changed(call, listener, event, "/image/tags", **tags) == [
            {**named(x), "added": ["new"], "removed": ["old"], "updated": []},
            {**named(y), "added": ["new"], "removed": [], "updated": []},
        ]
        alone = {"command": "set_exclusive", "tag": "new", "public_ids": ["x"]}
        found = await changed(call, listener, event, "/image/tags", **alone)
        assert found == [{**named(y), "added": [], "removed": ["new"], "updated": []}]
        found = await changed(call, listener, event, "/resources/image/upload/x", tags="a")
        assert found == [{**named(x), "added": ["a"], "removed": ["new", "same"], "updated": []}]


async def test_changes_of_context_are_a_map_of_names_and_values(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        x = await call.upload(public_id="f/x", context="caption=old|k=1|same=s")
        await listener.first()
        event, pairs = "resource_context_changed", {"command": "add", "public_ids": ["f/x"]}
        found = await changed(call, listener, event, "/image/context", **pairs, context="alt=A dog|k=2|caption=")
        assert found == {
            "f/x": {
                **kind(x),
                "added": [{"name": "alt", "value": "A dog"}],
                "removed": [{"name": "caption", "value": "old"}],
                "updated": [{"name": "k", "value": "2"}],
            }
        }
        assert listener.received[0].envelope.public_ids == ("f/x",)
        assert listener.received[0].envelope.asset_ids == (x["asset_id"],)
        found = await changed(call, listener, event, "/resources/image/upload/f/x", context="only=1")
        assert found["f/x"]["added"] == [{"name": "only", "value": "1"}]


async def test_changes_of_metadata_are_a_map_of_before_and_after(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        await call("POST", "/metadata_fields", json={"external_id": "sku", "label": "SKU", "type": "string"})
        x = await call.upload(public_id="x", metadata="sku=A")
        await listener.first()
        event = "resource_metadata_changed"
        found = await changed(call, listener, event, "/image/metadata", public_ids=["x"], metadata={"sku": "B"})
        assert found == {"x": {**kind(x), "previous_metadata": {"sku": "A"}, "new_metadata": {"sku": "B"}}}
        found = await changed(call, listener, event, "/resources/image/upload/x", metadata={"sku": "C"})
        assert found["x"]["new_metadata"] == {"sku": "C"}


async def test_display_name_folder_and_access_control_are_told(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        x = await call.upload(public_id="x", asset_folder="a")
        await listener.first()
        listener.received.clear()
        rule = [{"access_type": "token"}]
        params = {"display_name": "Dog", "asset_folder": "b", "access_control": rule}
        assert (await call("PUT", f"/resources/{x['asset_id']}", json=params)).status_code == 200
        name, move, access = await listener.of_type("resource_display_name_changed", "move", "access_control_changed")
        names = {"previous_display_name": "x", "new_display_name": "Dog"}
        assert name["resources"] == {"x": {**named(x), **names, "asset_folder": "b"}}
        assert {"timestamp", "request_id"} <= name.keys()
        folders = {"from_asset_folder": "a", "to_asset_folder": "b"}
        assert move["resources"] == {"x": {**kind(x), **folders, "display_name": "Dog"}}
        assert access["resources"] == [{**named(x), "previous_access_control": [], "new_access_control": rule}]
        assert len(listener.received) == 3


async def test_what_changes_nothing_is_not_told(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        await call.upload(public_id="x", tags="a")
        await listener.first()
        await call("POST", "/image/tags", json={"command": "add", "tag": "a", "public_ids": ["x"]})
        await call("POST", "/resources/image/upload/x", json={"tags": "a", "display_name": "x", "asset_folder": ""})
        await call.upload(public_id="last")
        await listener.first(2)
        assert [item.payload["notification_type"] for item in listener.received] == ["upload", "upload"]


async def test_a_persons_verdict_is_a_moderation(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        x = await call.upload(public_id="x", moderation="manual")
        await call("POST", "/resources/image/upload/x", json={"moderation_status": "approved"})
        (payload,) = await listener.of_type("moderation")
        assert payload == IsPartialDict(
            **named(x),
            moderation_status="approved",
            moderation_kind="manual",
            moderation_updated_at=IsStr(regex=r"[\d-]{10}T[\d:]{8}Z"),
            uploaded_at=x["created_at"],
            version=x["version"],
            url=x["url"],
            secure_url=x["secure_url"],
            etag=x["etag"],
        )


async def test_folders_are_told_made_moved_and_removed(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        await call("POST", "/folders/a/b")
        await call("POST", "/folders/a/b")
        await call("PUT", "/folders/a/b", json={"to_folder": "c"})
        await call("DELETE", "/folders/c")
        made, moved, removed = await listener.of_type("create_folder", "move_or_rename_asset_folder", "delete_folder")
        assert made == IsPartialDict(source="api", folder_path="a/b", folder_name="b", request_id=IsStr(regex=HEX))
        assert moved == IsPartialDict(from_path="a/b", to_path="c", status="completed")
        assert removed == IsPartialDict(source="api", folder_path="c", folder_name="c")
        assert len(listener.received) == 3


async def test_publishing_is_told(tmp_path: Path) -> None:
    async with told(tmp_path) as (call, listener):
        x = await call.upload(public_id="x", type="authenticated")
        await call("POST", "/resources/image/publish_resources", json={"public_ids": ["x"]})
        (payload,) = await listener.of_type("publish")
        assert payload["resources"] == [IsPartialDict(named(x))]
