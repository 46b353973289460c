"""What a mistaken or hostile caller sends: no argument ends the session, leaves its place or misleads."""

import json
from pathlib import Path
from typing import Any

import pytest

from cloudinary_tools.toolkit.surrogates import is_text, mended
from tests.support import both_eras, text_of, world

HALF = r'"\ud83d"'  # what JSON can name and UTF-8 cannot carry


@both_eras
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("build_responsive", {"kind": "img", "public_id": "x", "attributes": f'{{"a": {HALF}}}'}),
        ("sign_upload", {"params": f'{{"tags": {HALF}}}'}),
        ("update_asset", {"public_id": "x", "add_tags": f"[{HALF}]"}),
        ("build_url", {"public_id": "x", "transformation": f'{{"effect": {HALF}}}'}),
    ],
)
async def test_half_a_character_within_json_text_is_refused(
    tmp_path: Path, era: str, tool: str, arguments: dict[str, Any]
) -> None:
    async with world(tmp_path, era) as w:
        assert "half a character" in await w.error(tool, **arguments)


def test_half_characters_are_replaced_and_whole_ones_kept() -> None:
    data = {"a": ["\ud83d", "😀", "x"], "\udc00": 1, "n": None}
    assert not is_text(data)
    assert mended(data) == {"a": ["\ufffd", "😀", "x"], "\ufffd": 1, "n": None}
    json.dumps(mended(data), ensure_ascii=False).encode()


@both_eras
async def test_brackets_without_end_are_no_fault_of_the_server(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        assert "must be a list" in await w.error("list_assets", fields="[" * 100_000)
        assert "starts like JSON" in await w.error("build_url", public_id="x", transformation="[" * 100_000)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_asset", {"public_id": "x"}),
        ("list_assets", {}),
        ("delete_assets", {"all": True}),
        ("build_url", {"public_id": "x"}),
        ("generate_derived", {"public_ids": ["x"], "transformations": ["w_1"]}),
    ],
)
async def test_a_type_leads_to_no_other_place_of_the_api(tmp_path: Path, tool: str, arguments: dict[str, Any]) -> None:
    async with world(tmp_path) as w:
        await w.upload("x", tags="red")
        assert "is no delivery type" in await w.error(tool, **arguments, type="tags/red")


@both_eras
async def test_an_asset_is_found_by_the_name_that_answers_show(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("s", type="authenticated")
        found = await w.call("get_asset", public_id="image/authenticated/s")
        assert (found["public_id"], found["type"]) == ("s", "authenticated")


@both_eras
async def test_what_is_missing_gets_a_hint_of_its_kind(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for tool, arguments in [
            ("list_folders", {"path": "nope"}),
            ("move_folder", {"path": "nope", "to_path": "x"}),
            ("test_trigger", {"trigger_id": "nope", "sample": {}}),
        ]:
            problem = await w.error(tool, **arguments)
            assert "resource_type" not in problem, problem
        assert "is no trigger's id" in await w.error("test_trigger", trigger_id="a/b", sample={})


@both_eras
async def test_a_listing_says_what_it_looked_at_when_it_found_nothing(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("s", type="authenticated", moderation="manual")
        assert "0 assets of type upload" in await w.text("list_assets", moderation="pending")
        assert "pending, approved, rejected" in await w.error("list_assets", moderation="manual")


@both_eras
async def test_a_search_over_several_types_has_no_empty_line_for_urls(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a")
        await w.upload("b", type="authenticated")
        text = await w.text("search_assets")
        assert "2 assets found (image)." in text
        assert "a · upload" in text
        assert "URL:" not in text
        assert "at most 8,000" in await w.error("search_assets", expression="x" * 8_001)


@both_eras
async def test_numbers_without_end_are_no_ids_and_an_empty_since_is_none(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        assert "is not one of list_notifications" in await w.error("list_notifications", next_cursor="9" * 5_000)
        assert "neither a notification id" in await w.error("list_notifications", since="9" * 5_000)
        assert (await w.call("list_notifications", since="", next_cursor=""))["count"] == 0


async def test_errors_are_whole_sentences(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        assert "not 0. Correct" in await w.error("list_assets", max_results=0)
        assert "at least 1, not 0" in await w.error("generate_derived", public_ids=[], transformations=["w_1"])
        assert "'nope'. Filters:" in await w.error("search_assets", filters={"nope": 1})
        assert "not null. " in await w.error("search_assets", filters={"metadata": {"a": None}})
        assert "Nothing was made" in await w.error("generate_derived", public_ids=["x"], transformations=[None])
        assert "http or https URL" in await w.error("build_url", public_id="file:///etc/passwd", type="fetch")
        assert "is no host name" in await w.error("build_url", public_id="x", cname="evil com")
        assert "too many for a page" in await w.error(
            "build_responsive", kind="img", public_id="x", widths=list(range(1, 99))
        )
        assert "in the future" in await w.error("get_usage", date="9999-12-31")
        unknown = text_of(await w.client.call_tool("delete_asset", {}))
        assert "did you mean 'delete_assets'? The tools" in unknown


@both_eras
async def test_names_too_long_for_one_address_are_looked_up_in_several_calls(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("there")
        names = ["there", *(f"{'夏' * 200}{number}" for number in range(99))]
        plan = await w.call("delete_assets", public_ids=names)
        assert plan["sample"] == ["image/upload/there"]
        assert "too long for the address" in await w.error("list_assets", resource_type="raw", prefix="夏" * 9_000)
