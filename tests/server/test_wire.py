"""What goes over the wire as the list of tools, per era and set of flags."""

from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot
from mcp import Client

from cloudinary_mcp.protocol import runtime
from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.settings import Clouds
from cloudinary_tools.config import CloudConfig
from cloudinary_tools.toolkit import definitions
from tests.support import both_eras, settings_for

ONE = Clouds({"demo": CloudConfig.from_url("cloudinary://k:s@demo")})
TWO = Clouds({name: CloudConfig.from_url(f"cloudinary://k:s@{name}", name) for name in ("live", "test")})
LISTED = {entry["name"]: entry for entry in definitions.load()}
DEFAULT = ["default"]

FLAG_SETS: dict[str, tuple[dict[str, Any], Clouds]] = {
    "default": ({"toolsets": DEFAULT}, ONE),
    "all": ({"toolsets": ["all"]}, ONE),
    "read-only": ({"toolsets": DEFAULT, "read_only": True}, ONE),
    "one toolset": ({"toolsets": ["folders"]}, ONE),
    "two tools, read-only": (
        {"toolsets": ["all"], "tools": ["list_assets", "delete_assets"], "read_only": True},
        ONE,
    ),
    "two clouds": ({"toolsets": DEFAULT}, TWO),
    "two clouds, both protected": ({"toolsets": DEFAULT, "read_only_clouds": ["live", "test"]}, TWO),
}
each_flag_set = pytest.mark.parametrize("flags", FLAG_SETS)


async def listed(tmp_path: Path, era: str, flags: str) -> list[dict[str, Any]]:
    changes, clouds = FLAG_SETS[flags]
    server = CloudinaryServer(settings_for(tmp_path, **changes), clouds)
    async with Client(server, mode=era) as client:  # pyright: ignore[reportArgumentType]
        tools = (await client.list_tools()).tools
    return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]


def names(tools: list[dict[str, Any]]) -> list[str]:
    return [tool["name"] for tool in tools]


@both_eras
async def test_the_lists_of_tools_are_the_ones_that_were_agreed(tmp_path: Path, era: str) -> None:
    """`pytest --inline-snapshot=fix` agrees on others."""
    lists = {flags: names(await listed(tmp_path, era, flags)) for flags in FLAG_SETS}
    assert lists == snapshot(
        {
            "default": [
                "list_assets",
                "get_asset",
                "update_asset",
                "delete_assets",
                "upload_asset",
                "create_folder",
                "list_folders",
                "get_usage",
                "search_assets",
                "list_notifications",
                "wait_for_notification",
                "notification_status",
                "list_changes",
                "undo_changes",
                "build_url",
                "find_transformation",
                "build_signed_url",
                "preview_asset",
            ],
            "all": [
                "list_assets",
                "get_asset",
                "update_asset",
                "delete_assets",
                "upload_asset",
                "create_folder",
                "list_folders",
                "get_usage",
                "search_assets",
                "search_folders",
                "list_tags",
                "build_search_url",
                "rename_asset",
                "move_folder",
                "delete_folder",
                "list_versions",
                "restore_assets",
                "delete_derived",
                "relate_assets",
                "edit_assets",
                "upload_assets",
                "download_asset",
                "create_archive",
                "archive_url",
                "create_sprite",
                "create_animation",
                "explode_pages",
                "create_text_image",
                "list_notifications",
                "wait_for_notification",
                "notification_status",
                "list_triggers",
                "save_trigger",
                "test_trigger",
                "delete_trigger",
                "list_changes",
                "undo_changes",
                "build_url",
                "find_transformation",
                "build_signed_url",
                "preview_asset",
                "build_responsive",
                "explain_url",
                "generate_derived",
                "sign_upload",
            ],
            "read-only": [
                "list_assets",
                "get_asset",
                "list_folders",
                "get_usage",
                "search_assets",
                "list_notifications",
                "wait_for_notification",
                "notification_status",
                "list_changes",
                "build_url",
                "find_transformation",
                "build_signed_url",
                "preview_asset",
            ],
            "one toolset": ["create_folder", "list_folders", "undo_changes"],
            "two tools, read-only": ["list_assets"],
            "two clouds": [
                "list_assets",
                "get_asset",
                "update_asset",
                "delete_assets",
                "upload_asset",
                "create_folder",
                "list_folders",
                "get_usage",
                "search_assets",
                "list_notifications",
                "wait_for_notification",
                "notification_status",
                "list_changes",
                "undo_changes",
                "build_url",
                "find_transformation",
                "build_signed_url",
                "preview_asset",
            ],
            "two clouds, both protected": [
                "list_assets",
                "get_asset",
                "list_folders",
                "get_usage",
                "search_assets",
                "list_notifications",
                "wait_for_notification",
                "notification_status",
                "list_changes",
                "build_url",
                "find_transformation",
                "build_signed_url",
                "preview_asset",
            ],
        }
    )


@both_eras
@each_flag_set
async def test_a_tool_on_the_wire_is_its_definition(tmp_path: Path, era: str, flags: str) -> None:
    several = len(FLAG_SETS[flags][1].names) > 1
    for tool in await listed(tmp_path, era, flags):
        definition = LISTED[tool["name"]]
        schema = dict(tool["inputSchema"])
        if several and definition["uses_cloud"]:
            properties = dict(schema["properties"])
            assert properties.pop("cloud")["enum"] == ["live", "test"]
            assert schema["required"][0] == "cloud"
            schema = {**schema, "properties": properties, "required": schema["required"][1:]}
            schema = {key: value for key, value in schema.items() if key != "required" or value}
        assert schema == definition["inputSchema"]
        assert tool.get("outputSchema") == definition["outputSchema"]
        assert tool["description"] == definition["description"]
        hints = tool["annotations"]
        assert hints["readOnlyHint"] is (definition["kind"] == "read")
        assert hints["destructiveHint"] is (definition["kind"] in ("update", "delete"))


async def test_flags_only_narrow(tmp_path: Path) -> None:
    everything = set(names(await listed(tmp_path, "auto", "all")))
    assert everything == set(LISTED)
    for flags in FLAG_SETS:
        assert set(names(await listed(tmp_path, "auto", flags))) <= everything
    readers = names(await listed(tmp_path, "auto", "read-only"))
    assert all(LISTED[name]["kind"] == "read" for name in readers)
    assert names(await listed(tmp_path, "auto", "two tools, read-only")) == ["list_assets"]
    assert names(await listed(tmp_path, "auto", "two clouds, both protected")) == readers


async def test_a_session_that_ends_at_once_opens_no_notification_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "START_AFTER", 3600)  # "at once" takes longer on a busy machine
    await listed(tmp_path, "auto", "all")
    assert not (tmp_path / "data").exists()
