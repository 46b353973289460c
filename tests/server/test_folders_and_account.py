"""Folders, and which account this is."""

from pathlib import Path

import pytest

from cloudinary_tools.catalog.folders import list_folders
from tests.support import both_eras, world


@both_eras
async def test_nested_folders_are_made_and_repeating_it_is_no_error(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        assert (await w.call("create_folder", path="a/b/c"))["existed"] is False
        assert await w.call("create_folder", path="/a/b/c/") == {"path": "a/b/c", "existed": True}
        assert (await w.call("list_folders", depth=3))["folders"] == ["a", "a/b", "a/b/c"]
        assert (await w.call("list_folders", path="a/b"))["folders"] == ["a/b/c"]


@both_eras
async def test_a_folder_that_is_not_there_and_a_path_that_cannot_be_are_explained(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        assert "Can't find folder with path nowhere" in await w.error("list_folders", path="nowhere")
        assert "segment" in await w.error("create_folder", path="a/../b")
        assert (await w.call("list_folders"))["count"] == 0


@both_eras
async def test_a_tree_too_large_for_one_call_says_what_was_not_opened(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era, settings={"call_admin_limit": 3}) as w:
        for name in "abcde":
            await w.cloud.admin("POST", ("folders", f"{name}/below"))
        tree = await w.call("list_folders", depth=2)
        assert [name for name in tree["folders"] if "/" not in name] == list("abcde")
        assert tree["not_opened"] == ["c", "d", "e"]


@both_eras
async def test_a_folder_with_more_than_one_answer_holds_says_that_it_was_not_listed_whole(
    tmp_path: Path, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_folders, "MAX_FOLDERS", 3)
    async with world(tmp_path, era) as w:
        for name in "abcd":
            await w.cloud.admin("POST", ("folders", f"top/{name}"))
        tree = await w.call("list_folders", depth=2)
        assert (tree["folders"], tree["not_opened"]) == (["top", "top/a", "top/b"], ["top"])
        assert "Not opened: top." in await w.text("list_folders", depth=2)
        for name in "efg":
            await w.cloud.admin("POST", ("folders", name))
        root = await w.call("list_folders")
        assert (root["count"], root["not_opened"]) == (3, ["/"])


@both_eras
async def test_usage_says_who_is_connected_and_what_is_left(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a")
        usage = await w.call("get_usage")
        assert usage["cloud"] == "sandbox"
        assert usage["folder_mode"] == "dynamic"
        assert usage["assets"] == 1
        assert usage["upload_limits"]["image_max_size_bytes"] == 10_485_760
        assert usage["admin_calls"]["left"] < usage["admin_calls"]["limit"]
        text = await w.text("get_usage")
        assert "Connected to the cloud 'sandbox'" in text
        assert "api_secret" not in text


@both_eras
async def test_usage_of_a_day_is_given_and_a_wrong_date_explained(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        past = await w.call("get_usage", date="2026-11-01")
        assert "limit" not in past["credits"]
        assert "YYYY-MM-DD" in await w.error("get_usage", date="yesterday")


@both_eras
async def test_a_rate_limit_says_when_it_ends(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        w.sandbox.faults.add({"path": "*/resources/*", "status": 420, "reset": 1800, "times": 9})
        said = await w.error("list_assets")
        assert "Rate Limit Exceeded" in said
        assert "It can be repeated from" in said


@both_eras
async def test_a_broken_proxy_never_shows_its_page(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        w.sandbox.faults.add({"action": "html", "path": "*", "status": 502, "times": 9})
        said = await w.error("list_assets")
        assert "<" not in said
        assert "502" in said


@both_eras
async def test_the_names_of_tags_hide_nothing_in_either_answer(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a", tags="sale\u200b\ufe01,❤️")
        answer = await w.call("list_tags")
        assert answer["tags"] == ["sale\\u200b\\ufe01", "❤️"]
        assert "sale\\u200b\\ufe01" in await w.text("list_tags")
