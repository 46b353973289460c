"""Searching through the server: hits, counts, pages, and errors that show the spot."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloudinary_tools.client import CloudinaryClient
from cloudinary_tools.config import CloudConfig
from cloudinary_tools.search.pages import search_all
from cloudinary_tools.toolkit.context import Budget
from cloudinary_tools.toolkit.results import Problem
from tests.sandbox.search.library import asset, put
from tests.support import World, both_eras, no_sleep, png, rows_of, sandbox_cloud, text_of, world


def names(result: dict[str, Any]) -> list[str]:
    return [found["public_id"] for found in rows_of(result)]


async def fill(w: World, count: int, **values: Any) -> None:
    """Put assets into the cloud without uploading: `a0`, `a1`, …, the newest last."""
    await put(w.sandbox, *(asset(number, **values) for number in range(count)))


@both_eras
async def test_an_expression_and_filters_find_together(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("both", png(40, 40), tags=["cat", "big cat"])
        await w.upload("small", tags=["cat"])
        await w.upload("other", png(40, 40), tags=["dog"])
        result = await w.call("search_assets", expression="tags=cat OR tags=dog", filters={"width": ">20"})
        assert result["expression"] == "(tags=cat OR tags=dog) AND width>20"
        assert sorted(names(result)) == ["both", "other"]
        assert result["total_count"] == result["count"] == 2
        assert (result["resource_type"], result["type"]) == ("image", "upload")
        found = await w.call("search_assets", filters={"tags": ["cat", "big cat"]}, fields=["tags", "url"])
        assert rows_of(found)[0]["tags"] == ["cat", "big cat"]
        assert rows_of(found)[0]["url"].endswith("/both.png")


@both_eras
async def test_text_and_data_are_each_complete(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, 3, tags=["x"], context={"alt": "A\u202ename"})
        result = await w.client.call_tool(
            "search_assets", {"expression": "tags:x", "fields": ["context"], "max_results": 2, "aggregate": ["format"]}
        )
        text, data = text_of(result), result.structured_content
        assert data is not None
        assert text.startswith("3 assets found for tags:x, 2 here, more follow (image/upload).")
        assert "By format: jpg 3." in text
        assert data["aggregations"] == {"format": {"jpg": 3}}
        assert f"next_cursor: {data['next_cursor']}" in text
        assert "a2 · jpg · 40x30 · 1.0 kB" in text
        assert "\\u202e" in text
        assert "null" not in json.dumps(data)


@both_eras
async def test_the_cursor_carries_the_query_and_visits_every_asset_once(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, 7, tags=["x"])
        query = {"filters": {"tags": "x"}, "sort_by": ["public_id:asc"], "max_results": 3, "aggregate": ["format"]}
        page = await w.call("search_assets", **query)
        visited = names(page)
        again = await w.call("search_assets", **query, next_cursor=page["next_cursor"])
        while cursor := page.get("next_cursor"):
            page = await w.call("search_assets", next_cursor=cursor)
            assert page["total_count"] == 7
            visited += names(page)
        assert visited == [f"a{number}" for number in range(7)]
        assert names(again) == ["a3", "a4", "a5"]


@both_eras
async def test_a_changed_query_beside_a_cursor_is_refused(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, 3)
        cursor = (await w.call("search_assets", expression="bytes>1", max_results=1))["next_cursor"]
        assert "goes on with expression='bytes>1'" in await w.error(
            "search_assets", expression="bytes>2", next_cursor=cursor
        )
        assert "not one of search_assets" in await w.error("search_assets", next_cursor="abc")
        assert "not one of search_folders" in await w.error("search_folders", next_cursor=cursor)


@both_eras
async def test_only_counting_reads_no_asset(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, 5, bytes=900)
        await put(w.sandbox, asset(5, bytes=2_000_000, format="png"))
        result = await w.call(
            "search_assets", max_results=0, aggregate=["format", "resource_type", "bytes:1kb,1.5mb", "image_pixels:100"]
        )
        assert (result["total_count"], result["assets"]) == (6, [])
        assert result["aggregations"] == {
            "format": {"jpg": 5, "png": 1},
            "resource_type": {"image": 6},
            "bytes": {"below-1kb": 5, "1kb-1_5mb": 0, "from-1_5mb": 1},
            "image_pixels": {"below-100": 0, "from-100": 6},
        }


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"expression": "NOT tags:a"}, "position 1: an expression or a group cannot begin with NOT.\nNOT tags:a\n^"),
    ({"expression": "tags:*a"}, "tags:*a\n     ^"),
    ({"expression": "created_at>2024-01-15T10:00"}, 'Write created_at>"2024-01-15T10:00".'),
    ({"expression": "tags:(a"}, "this bracket is not closed"),
    ({"filters": {"tag": "a"}}, "There is no filter 'tag': did you mean 'tags'?"),
    ({"filters": {"created": "yesterday"}}, "an age such as"),
    ({"sort_by": ["size"]}, "Assets cannot be sorted by 'size'"),
    ({"sort_by": ["bytes:up"]}, "the direction is asc or desc"),
    ({"aggregate": ["bytes"]}, "bytes:1mb,5mb"),
    ({"aggregate": ["bytes:1000000000000,2000000000000"]}, "Write units"),
    ({"aggregate": ["formt"]}, "did you mean 'format'?"),
    ({"filter": {}}, "there is no argument 'filter': did you mean 'filters'?"),
]


@both_eras
async def test_what_surely_fails_is_refused_before_it_is_sent(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        for arguments, said in REFUSED:
            assert said in await w.error("search_assets", **arguments)
        assert not [request for request in w.sandbox.requests if request["path"].endswith("/search")]


@both_eras
async def test_cloudinarys_own_refusal_shows_the_spot_too(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        error = await w.error("search_assets", expression="tags:a AND width:wide")
        assert "Cloudinary cannot read it" in error
        assert "tags:a AND width:wide\n                 ^" in error


@both_eras
async def test_nothing_found_says_why_it_may_be_so(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era, sandbox={"search_lag": 3600}) as w:
        await w.upload("new", tags=["x"])
        lagging = await w.call("search_assets", expression="tags:x")
        assert "index lags" in lagging["note"]
        assert (await w.call("get_asset", public_id="new"))["public_id"] == "new"
        assert "no field 'tag': did you mean 'tags'?" in await w.text("search_assets", expression="tag:x")
        assert "Only one of folder and asset_folder" in await w.text("search_assets", expression="folder:a")


@both_eras
async def test_only_fresh_hits_bring_the_word_about_the_index(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, 1)
        assert "note" not in await w.call("search_assets")
        await w.upload("fresh")
        assert "index lags" in (await w.call("search_assets"))["note"]


@both_eras
@pytest.mark.parametrize(("mode", "expression"), [("dynamic", 'asset_folder="a/b"'), ("fixed", 'folder="a/b"')])
async def test_the_folder_filter_goes_by_the_folder_mode(tmp_path: Path, era: str, mode: str, expression: str) -> None:
    async with world(tmp_path, era, sandbox={"folder_mode": mode}) as w:
        await put(w.sandbox, asset(1, public_id="a/b/in", asset_folder="a/b"), asset(2, public_id="a/out"))
        result = await w.call("search_assets", filters={"folder": "a/b/"})
        assert (result["expression"], names(result)) == (expression, ["a/b/in"])


@both_eras
@pytest.mark.parametrize(("mode", "expression"), [("dynamic", 'asset_folder:"a/*"'), ("fixed", 'folder:"a/*"')])
async def test_a_folder_with_a_wildcard_means_all_below_it_too(
    tmp_path: Path, era: str, mode: str, expression: str
) -> None:
    async with world(tmp_path, era, sandbox={"folder_mode": mode}) as w:
        folders = {"a/in": "a", "a/b/deep": "a/b", "ab/out": "ab"}
        await put(
            w.sandbox, *(asset(at, public_id=name, asset_folder=folders[name]) for at, name in enumerate(folders))
        )
        for query in ({"filters": {"folder": "a/*"}}, {"expression": expression}):
            result = await w.call("search_assets", **query)
            assert (result["expression"], sorted(names(result))) == (expression, ["a/b/deep", "a/in"])


@both_eras
async def test_mixed_hits_say_their_type_in_every_row(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await put(w.sandbox, asset(1), asset(2, resource_type="raw", type="private", format=None))
        result = await w.call("search_assets")
        assert [(row["resource_type"], row["type"]) for row in rows_of(result)] == [
            ("raw", "private"),
            ("image", "upload"),
        ]


@both_eras
async def test_fifty_assets_cost_little(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        rows = (asset(number, public_id=f"catalogue/spring-2024/product-{number:06}") for number in range(60))
        await put(w.sandbox, *rows)
        result = await w.client.call_tool("search_assets", {"filters": {"format": "jpg"}})
        data = json.dumps(result.structured_content, separators=(",", ":"), ensure_ascii=False)
        assert len(data.encode()) / 4 <= 2500
        assert len(text_of(result).encode()) / 4 <= 2500


@both_eras
async def test_a_page_too_long_for_a_chat_is_cut_and_goes_on(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, 60, context={"alt": "x" * 3000})
        page = await w.call("search_assets", fields=["context"], max_results=50)
        visited = names(page)
        assert page["count"] < 50
        while cursor := page.get("next_cursor"):
            page = await w.call("search_assets", next_cursor=cursor)
            visited += names(page)
        assert visited == [f"a{number}" for number in reversed(range(60))]


@both_eras
async def test_folders_and_tags_are_found(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("one", asset_folder="books/paper", tags=["new", "old", "older"])
        first = await w.call("search_folders", max_results=1)
        second = await w.call("search_folders", next_cursor=first["next_cursor"])
        assert (first["folders"], second["folders"]) == (["books"], ["books/paper"])
        assert (first["total_count"], "next_cursor" in second) == (2, False)
        assert (await w.text("search_folders", expression="name:paper")).splitlines() == [
            "1 folder found.",
            "books/paper",
        ]
        assert "name:*\n     ^" in await w.error("search_folders", expression="name:*")
        page = await w.call("list_tags", prefix="old", max_results=1)
        rest = await w.call("list_tags", next_cursor=page["next_cursor"])
        assert (page["tags"], rest["tags"]) == (["old"], ["older"])
        assert await w.text("list_tags", resource_type="raw") == "0 tags of raw assets."


@both_eras
async def test_a_search_url_answers_without_credentials(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await fill(w, 2, tags=["x"])
        made = await w.call("build_search_url", expression="tags:x", ttl=60)
        from cloudinary_sandbox.service.app import build_app

        async with httpx.AsyncClient(transport=httpx.ASGITransport(build_app(w.sandbox))) as anybody:
            reply = await anybody.get(made["url"])
        assert reply.json()["total_count"] == 2
        assert w.cloud.config.secret not in str(made)
        assert "closes nothing" in await w.error("build_search_url", expression="tags:x)")


class Context:
    """As much of a tool's context as a search needs."""

    def __init__(self, cloud: CloudinaryClient, admin_calls: int = 25) -> None:
        self.cloud = cloud
        self.budget = Budget(admin_calls=admin_calls)

    async def admin(self, method: str, *path: str, **request: Any) -> dict[str, Any]:
        self.budget.admin_calls -= 1
        return await self.cloud.admin(method, path, **request)


async def test_everything_that_matches_is_read_page_by_page(tmp_path: Path) -> None:
    async with sandbox_cloud(tmp_path) as (sandbox, transport):
        await put(sandbox, *(asset(number, tags=["x"]) for number in range(1100)))
        config = CloudConfig.from_url(sandbox.identity.cloudinary_url)
        async with CloudinaryClient(config, transport=transport, sleep=no_sleep) as cloud:
            ctx: Any = Context(cloud)
            rows = [row async for row in search_all(ctx, "tags=x", fields=["bytes"])]
            assert len({row["asset_id"] for row in rows}) == len(rows) == 1100
            assert rows[0].keys() >= {"public_id", "bytes"}
            assert ctx.budget.admin_calls == 22
            poor: Any = Context(cloud, admin_calls=2)
            with pytest.raises(Problem, match=r"1,000 were read"):
                _ = [row async for row in search_all(poor, "tags=x")]
