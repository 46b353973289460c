"""What answers cost (bytes of compact JSON / 4 × 0.926), with names as long as people and Cloudinary make them."""

import json
from pathlib import Path
from typing import Any

import pytest

from cloudinary_sandbox.assets.folders import ensure_folders
from cloudinary_sandbox.assets.models import SandboxAsset
from tests.sandbox.search.library import asset, put
from tests.support import World, rows_of, text_of, world

MOST = 20_000
"""Tokens of the longest answer of any tool."""
SHOP = "catalogue/spring-summer-2024/womens-running-shoes/trail-runner-"
LONGEST = "夏のコレクション/" * 27  # 243 characters, three times as many bytes
FIELDS = ["asset_id", "url", "tags", "context", "metadata", "moderation", "display_name", "asset_folder", "version"]


def tokens(value: Any) -> float:
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return len(text.encode()) / 4 * 0.926  # of o200k_base, as measured on such answers


async def costs(w: World, tool: str, **arguments: Any) -> tuple[float, float]:
    """What the text and the structured content of a call cost."""
    result = await w.client.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    return tokens(text_of(result)), tokens(result.structured_content)


def shop(count: int, name: str = SHOP, **values: Any) -> list[SandboxAsset]:
    return [asset(number, public_id=f"{name}{number:05}", **values) for number in range(count)]


async def test_lists_of_long_names_keep_to_their_budgets(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await put(w.sandbox, *shop(600))
        text, data = await costs(w, "list_assets", max_results=100)
        assert max(text, data) <= 3400, (text, data)
        assert max(await costs(w, "search_assets")) <= 1900
        for tool in ("list_assets", "search_assets"):
            assert max(await costs(w, tool, max_results=500)) <= MOST


@pytest.mark.parametrize("tool", ["list_assets", "search_assets"])
async def test_the_longest_page_of_assets_is_cut_and_the_rest_follows(tmp_path: Path, tool: str) -> None:
    async with world(tmp_path) as w:
        described = {"alt": "靴" * 200}
        library = shop(500, LONGEST, display_name="靴" * 100, context=described, tags=("summer sale", "x" * 200))
        await put(w.sandbox, *library)
        for fields in ([], FIELDS):
            assert max(await costs(w, tool, max_results=500, fields=fields)) <= MOST
        seen: list[str] = []
        page = await w.call(tool, max_results=500)
        while True:
            seen += [entry["public_id"] for entry in rows_of(page)]
            if "next_cursor" not in page:
                break
            page = await w.call(tool, next_cursor=page["next_cursor"])
        assert len(seen) == len(set(seen)) == 500


async def test_details_of_an_asset_stay_small(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload(
            f"{SHOP}00001",
            tags="shoes,summer sale,women,trail,new in",
            context="alt=A trail running shoe, seen from the side|caption=Trail runner, white",
            asset_folder="catalogue/spring-summer-2024/womens-running-shoes",
        )
        assert max(await costs(w, "get_asset", public_id=f"{SHOP}00001")) <= 430


async def test_a_plan_for_a_thousand_assets_is_a_few_lines(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await put(w.sandbox, *shop(1000, LONGEST))
        assert max(await costs(w, "delete_assets", prefix="夏")) <= 1200
        assert max(await costs(w, "edit_assets", prefix="夏", tags=["x"])) <= 1200


async def test_a_plan_names_only_some_of_the_names_that_were_not_found(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("there")
        names = ["there", *(f"{SHOP * 3}{number}" for number in range(999))]
        data = await w.call("delete_assets", public_ids=names)
        assert len(data["missing"]) == 20
        assert "999 names were not found; the first 20 are listed." in data["notes"]
        assert max(await costs(w, "delete_assets", public_ids=names)) <= MOST / 2


async def test_folders_are_cut_at_what_an_answer_holds(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        async with w.sandbox.db.change() as tx:
            for number in range(1000):
                await ensure_folders(tx, f"{LONGEST}{number:04}")
        assert max(await costs(w, "list_folders", path=LONGEST.rstrip("/"))) <= MOST
        found = await w.call("list_folders", path=LONGEST.rstrip("/"))
        assert found["not_opened"] == [LONGEST.rstrip("/")]
        assert max(await costs(w, "search_folders", max_results=500)) <= MOST


async def test_five_hundred_of_the_longest_tags_come_in_pages(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        tags = {f"{'靴' * 200}{number:03}" for number in range(500)}
        await put(w.sandbox, asset(1, tags=tuple(sorted(tags))))
        page = await w.call("list_tags", max_results=500)
        assert tokens(page) <= MOST
        seen = list(page["tags"])
        while "next_cursor" in page:
            page = await w.call("list_tags", next_cursor=page["next_cursor"])
            assert tokens(page) <= MOST
            seen += page["tags"]
        assert len(seen) == 500
        assert set(seen) == tags


async def test_an_error_about_a_thousand_names_is_short(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        names = [f"{SHOP * 3}{number}" for number in range(1000)]
        problem = await w.error("archive_url", public_ids=names)
        assert tokens(problem) <= MOST / 2
        assert "characters left out" in problem
        assert problem.endswith("give the URL of anything else.")


async def test_urls_are_built_by_the_hundred_at_most(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        variants = [{"name": f"v{number}", "transformation": "c_fill,w_400"} for number in range(101)]
        assert max(await costs(w, "build_url", public_id=f"{SHOP}1", variants=variants[:100])) <= MOST / 2
        assert "at most 100" in await w.error("build_url", public_id="x", variants=variants)
