"""For any library and any selection: what is planned is what is meant, and exactly that changes."""

import json
from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cloudinary_sandbox.assets.folders import ensure_folders
from tests.sandbox.search.library import asset, put
from tests.support import World, world

NAMES = ("x/1", "x/2", "x/sub/3", "x", "y/x/4", "xy", "é x", "x_1")
FOLDERS = ("", "a", "a/b", "a/b/c", "ab")
TAGS = ("one", "two words", "t%")
KINDS = (("image", "upload"), ("image", "private"), ("video", "upload"), ("raw", "upload"))

Row = dict[str, Any]
Run = Callable[[list[Row], dict[str, Any], str], None]

rows = st.fixed_dictionaries(
    {
        "public_id": st.sampled_from(NAMES),
        "kind": st.sampled_from(KINDS),
        "asset_folder": st.sampled_from(FOLDERS),
        "tags": st.sets(st.sampled_from(TAGS)).map(sorted),
    }
)
libraries = st.lists(rows, max_size=14, unique_by=lambda row: (row["public_id"], row["kind"]))
narrowed = st.fixed_dictionaries({}, optional={"resource_type": st.sampled_from(["image", "video", "raw", "all"])})
selections = st.one_of(
    st.lists(st.sampled_from(NAMES), min_size=1, unique=True).map(lambda names: {"public_ids": names}),
    st.tuples(st.sampled_from(["x", "x/", "x_", "é"]), narrowed).map(lambda pair: {"prefix": pair[0], **pair[1]}),
    st.tuples(st.sampled_from(TAGS), narrowed).map(lambda pair: {"tag": pair[0], **pair[1]}),
    st.tuples(st.sampled_from(FOLDERS[1:]), st.booleans(), narrowed).map(
        lambda three: {"folder": three[0], "recursive": three[1], **three[2]}
    ),
    st.tuples(st.sampled_from(TAGS), narrowed).map(lambda pair: {"expression": f'tags="{pair[0]}"', **pair[1]}),
)
changes = st.sampled_from(["delete", "replace", "add"])


def meant(selection: Mapping[str, Any], row: Row) -> bool:
    """Whether a selection means an asset, in plain words."""
    kind, delivery = row["kind"]
    wide = "folder" in selection or "expression" in selection
    wanted = selection.get("resource_type", "all" if wide else "image")
    if wanted not in ("all", kind):
        return False
    if "public_ids" in selection:
        return delivery == "upload" and row["public_id"] in selection["public_ids"]
    if "prefix" in selection:
        return delivery == "upload" and row["public_id"].startswith(selection["prefix"])
    if "folder" in selection:
        folder = selection["folder"]
        below = selection["recursive"] and row["asset_folder"].startswith(f"{folder}/")
        return row["asset_folder"] == folder or below
    tag = selection.get("tag") or selection["expression"].split('"')[1]
    return tag in row["tags"]


async def state(w: World) -> dict[str, tuple[Any, ...]]:
    found = await w.sandbox.db.rows("SELECT * FROM assets WHERE placeholder = 0")
    return {
        f"{row['resource_type']}/{row['type']}/{row['public_id']}": (
            row["asset_id"], row["version"], json.loads(row["tags"]), row["asset_folder"], row["context"],
        )
        for row in found
    }  # fmt: skip


async def check(w: World, library: list[Row], selection: dict[str, Any], change: str) -> None:
    async with w.sandbox.db.change() as tx:
        await tx.run("DELETE FROM assets")
    for number, row in enumerate(library):
        kind, delivery = row["kind"]
        values = {key: row[key] for key in ("public_id", "asset_folder", "tags")}
        await put(w.sandbox, asset(number, resource_type=kind, type=delivery, file="", **values))
    async with w.sandbox.db.change() as tx:
        for path in FOLDERS[1:]:
            await ensure_folders(tx, path)
    before = await state(w)
    expected = {f"{'/'.join(row['kind'])}/{row['public_id']}" for row in library if meant(selection, row)}
    tool = "delete_assets" if change == "delete" else "edit_assets"
    edits = {"delete": {}, "replace": {"tags": ["new"]}, "add": {"add_tags": ["new"]}}[change]
    if not expected:
        assert "nothing was" in await w.error(tool, **selection, **edits)
        assert await state(w) == before
        return
    answer = await w.call(tool, **selection, **edits)
    at_once = "public_ids" in selection or "asset_ids" in selection
    if change == "delete" or (change == "replace" and "plan_id" in answer):
        assert answer["count"] == len(expected)
        assert await state(w) == before
        answer = await w.call(tool, plan_id=answer["plan_id"], confirm=True)
    else:
        assert change == "add" or at_once or not any(before[name][2] for name in expected)
    assert answer["deleted" if change == "delete" else "edited"] == len(expected)
    after = dict(before)
    for name in expected:
        asset_id, version, tags, *rest = after.pop(name)
        if change != "delete":
            tags = ["new"] if change == "replace" else sorted({*tags, "new"})
            after[name] = (asset_id, version, tags, *rest)
    assert await state(w) == after


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Generator[Run]:
    """One server and sandbox for all examples; it lives in a thread, since hypothesis runs no coroutines."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(world(tmp_path_factory.mktemp("exact"), sandbox={"admin_quota": 10**6})) as w,
    ):
        yield lambda library, selection, change: portal.call(check, w, library, selection, change)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(library=libraries, selection=selections, change=changes)
@example(
    library=[
        {"public_id": "x_1", "kind": ("image", "upload"), "asset_folder": "a", "tags": []},
        {"public_id": "xy", "kind": ("image", "upload"), "asset_folder": "ab", "tags": []},
    ],
    selection={"prefix": "x_"},
    change="delete",
)
def test_the_plan_is_exactly_what_is_changed(
    run: Run, library: list[Row], selection: dict[str, Any], change: str
) -> None:
    run(library, selection, change)
