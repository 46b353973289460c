"""The index: it follows every change, late if it is told to, and a page does not cost more in a large library."""

from pathlib import Path

import pytest

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.removal import delete_assets
from cloudinary_sandbox.core.conditions import Where
from cloudinary_sandbox.core.options import SandboxOptions
from cloudinary_sandbox.search.parser import parse
from cloudinary_sandbox.search.sql import plan
from cloudinary_sandbox.service.composition import open_cloud
from tests.sandbox.search.library import asset, hits, put, search


async def test_every_change_is_followed(tmp_path: Path) -> None:
    async with open_cloud(SandboxOptions(data_dir=tmp_path)) as cloud:
        await put(cloud, asset(1, tags=["old"]), asset(2, tags=["old"]))
        assert await hits(cloud, "tags:old") == ["a2", "a1"]
        async with cloud.db.change() as tx:
            first, second = await assets.select(tx, Where())
            first.tags, first.public_id = ["new"], "renamed"
            await assets.update(tx, first)
            await delete_assets(cloud, tx, [second])
        assert await hits(cloud, "tags:old") == []
        assert await hits(cloud, "tags:new") == ["renamed"]
        await cloud.reset()
        assert await hits(cloud) == []


async def test_assets_from_before_there_was_an_index_are_found(tmp_path: Path) -> None:
    async with open_cloud(SandboxOptions(data_dir=tmp_path)) as cloud:
        await put(cloud, asset(1))
        async with cloud.db.change() as tx:
            await tx.run("DELETE FROM search_queue")
            await tx.run("PRAGMA user_version = 0")
        assert await hits(cloud) == []
    async with open_cloud(SandboxOptions(data_dir=tmp_path)) as cloud:
        assert await hits(cloud) == ["a1"]


async def test_the_index_lags_as_long_as_it_is_told_to(tmp_path: Path) -> None:
    async with open_cloud(SandboxOptions(data_dir=tmp_path, search_lag=100)) as cloud:

        async def time_passes() -> None:
            async with cloud.db.change() as tx:
                await tx.run("UPDATE search_queue SET changed_at = changed_at - 100")

        await put(cloud, asset(1, tags=["before"]))
        assert await hits(cloud) == []
        assert await assets.find_by_id(cloud.db, f"{1:032x}")
        await time_passes()
        assert await hits(cloud, "tags:before") == ["a1"]
        async with cloud.db.change() as tx:
            (found,) = await assets.select(tx, Where())
            found.tags = ["after"]
            await assets.update(tx, found)
        (entry,) = (await search(cloud, "tags:before", with_field=["tags"]))["resources"]
        assert entry["tags"] == ["before"]
        await time_passes()
        assert await hits(cloud, "tags:after") == ["a1"]
        async with cloud.db.change() as tx:
            await delete_assets(cloud, tx, [found])
        assert await hits(cloud) == ["a1"]
        await time_passes()
        assert await hits(cloud) == []


@pytest.mark.parametrize(
    "expression",
    ["", "tags:kitten", "tags=kitten", "context.alt=x", "asset_folder:f", "resource_type:image", "type:upload",
     "format:jpg", "tags:kitten AND resource_type:image"],
)  # fmt: skip
async def test_a_page_of_the_newest_is_read_off_an_index_without_sorting(tmp_path: Path, expression: str) -> None:
    async with open_cloud(SandboxOptions(data_dir=tmp_path)) as cloud:
        found = plan(parse(expression), expression, dynamic_folders=True)
        order = f"{found.order}.created_at DESC, {found.order}.seq DESC"
        steps = await cloud.db.rows(
            f"EXPLAIN QUERY PLAN SELECT d.document FROM {found.source} WHERE {found.where.text} "
            f"ORDER BY {order} LIMIT 51",
            *found.where.values,
        )
        assert not [step["detail"] for step in steps if step["detail"].startswith(("SCAN", "USE TEMP"))]


@pytest.mark.parametrize(
    "sort_by",
    [
        [{"created_at": "desc"}],
        [{"created_at": "asc"}],
        [{"width": "asc"}, {"public_id": "desc"}],
        [{"width": "desc"}],
        [{"format": "asc"}, {"width": "desc"}],
    ],
)
async def test_pages_of_any_order_visit_every_asset_once(tmp_path: Path, sort_by: list[dict[str, str]]) -> None:
    async with open_cloud(SandboxOptions(data_dir=tmp_path)) as cloud:
        widths = [3, None, 1, 3, None, 2, 3]
        formats = ["jpg", None, "png", None, "jpg", "png", "gif"]
        for number, (width, format) in enumerate(zip(widths, formats, strict=True)):
            await put(cloud, asset(number, width=width, format=format, created_at=1000 + number // 3))
        whole = await hits(cloud, "-tags:none", sort_by=sort_by)
        assert len(set(whole)) == 7
        visited: list[str] = []
        cursor = None
        while True:
            reply = await search(cloud, "-tags:none", sort_by=sort_by, max_results=2, next_cursor=cursor)
            assert reply["total_count"] == 7
            visited += [entry["public_id"] for entry in reply["resources"]]
            if not (cursor := reply.get("next_cursor")):
                break
        assert visited == whole
        if "width" in sort_by[0]:
            assert set(whole[-2:]) == {"a1", "a4"}, "what has no width comes last"
