"""Bulk work under rate limits, failures, cut connections and cancelled calls: the report agrees with the cloud, and
going on finishes the job without doing anything twice."""

import json
import random
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.settings import Clouds
from cloudinary_sandbox import SandboxOptions, SandboxServer
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_tools.client import BytesSource, CloudinaryClient, OwnerPermit
from cloudinary_tools.config import CloudConfig
from tests.sandbox.search.library import asset, put
from tests.support import no_sleep, png, settings_for, text_of

SECONDS = 15
"""How long each test goes on making rounds."""
ASSETS = 60
FILES = 24
pytestmark = pytest.mark.soak

CHANGES: list[dict[str, Any]] = [
    {"add_tags": ["new"]},
    {"tags": ["only"]},
    {"move_to": "moved/here"},
    {"context": {"alt": "set"}},
    {"moderation_status": "approved"},
    {"access_control": [{"access_type": "token"}]},
    {"add_tags": ["new"], "context": {"alt": "set"}, "move_to": "moved/here"},
]
FAULTS: list[dict[str, Any]] = [
    {"status": 420, "reset": 3000},
    {"status": 429, "retry_after": 60},
    {"status": 500},
    {"action": "html", "status": 502},
    {"status": 500, "after": True},
    {"action": "cut"},
    {"action": "truncate"},
]


def loses_an_answer(fault: dict[str, Any]) -> bool:
    """Whether a call that meets it may have had its effect."""
    return bool(fault.get("after")) or fault.get("action") in ("cut", "truncate", "html") or fault.get("status") == 500


@dataclass
class Soaked:
    """A sandbox on a real socket, and the client of a server on it."""

    sandbox: SandboxCloud
    client: Client
    chance: random.Random
    file: str = ""
    """A stored picture that all assets of a round show."""

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured content; of a failure its text."""
        result = await self.client.call_tool(tool, arguments)
        return {"error": text_of(result)} if result.is_error else dict(result.structured_content or {})

    async def edit(self, **arguments: Any) -> dict[str, Any]:
        """The report of `edit_assets`, confirmed where it is planned first."""
        answer = await self.call("edit_assets", **arguments)
        if "plan_id" in answer and "edited" not in answer:
            return await self.call("edit_assets", plan_id=answer["plan_id"], confirm=True)
        return answer

    async def rows(self) -> dict[str, dict[str, Any]]:
        """All assets as the database has them."""
        found = await self.sandbox.db.rows("SELECT * FROM assets WHERE placeholder = 0")
        columns = ("asset_id", "version", "tags", "context", "asset_folder", "access_control", "moderation", "etag")
        return {f"{row['type']}/{row['public_id']}": {name: row[name] for name in columns} for row in found}

    async def empty(self) -> None:
        async with self.sandbox.db.change() as tx:
            await tx.run("DELETE FROM assets")

    def disturb(self, *paths: str) -> list[dict[str, Any]]:
        """Plan a few faults on calls of these paths, after some calls that go well."""
        planned: list[dict[str, Any]] = []
        for _ in range(self.chance.randint(1, 3)):
            path = self.chance.choice(paths)
            if self.chance.random() < 0.6:
                self.sandbox.faults.add({"path": path, "action": "delay", "times": self.chance.randint(1, 15)})
            fault = {"path": path, "times": self.chance.randint(1, 8), **self.chance.choice(FAULTS)}
            self.sandbox.faults.add(fault)
            planned.append(fault)
        return planned


@asynccontextmanager
async def soaked(tmp_path: Path, **settings: Any) -> AsyncGenerator[Soaked]:
    seed = random.randrange(2**32)
    print(f"\nseed {seed}")  # noqa: T201 - to run it again
    options = SandboxOptions(data_dir=tmp_path / "sandbox", admin_quota=10**6)
    async with SandboxServer.open(options) as running:
        config = CloudConfig.from_url(running.cloud.identity.cloudinary_url, "sandbox")

        def make(config: CloudConfig) -> CloudinaryClient:
            return CloudinaryClient(config, sleep=no_sleep)

        server = CloudinaryServer(settings_for(tmp_path, **settings), Clouds({"sandbox": config}), make=make)
        async with Client(server, mode="auto") as client:
            async with make(config).permitted(OwnerPermit()) as direct:
                await direct.upload(BytesSource(png(), "one.png"), {"public_id": "one"})
            file = await running.cloud.db.value("SELECT file FROM assets")
            yield Soaked(running.cloud, client, random.Random(seed), file)


def holds(change: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether an asset is as a change wants it."""
    tags = json.loads(row["tags"])
    states = [item["status"] for item in json.loads(row["moderation"])]
    checks = {
        "add_tags": lambda value: set(value) <= set(tags),
        "tags": lambda value: tags == value,
        "move_to": lambda value: row["asset_folder"] == value,
        "context": lambda value: json.loads(row["context"]) == value,
        "moderation_status": lambda value: states == [value],
        "access_control": lambda value: json.loads(row["access_control"] or "[]") == value,
    }
    return all(checks[name](value) for name, value in change.items())


async def edit_round(s: Soaked) -> None:
    chance, change = s.chance, s.chance.choice(CHANGES)
    await s.empty()
    s.sandbox.faults.clear()
    library = [
        asset(
            number,
            file=s.file,
            type=chance.choice(["upload", "private"]),
            tags=["pick"] if chance.random() < 0.7 else ["other"],
            asset_folder=chance.choice(["", "a", "b"]),
        )
        for number in range(ASSETS)
    ]
    await put(s.sandbox, *library)
    before = await s.rows()
    picked = {name for name, row in before.items() if "pick" in row["tags"]}
    faults = s.disturb("*/image/tags", "*/image/context", "*/explicit", "*/by_asset_ids", "*/resources/image/*")
    report = await s.edit(tag="pick", **change)
    now = await s.rows()
    if "error" in report:  # what is to be edited could not be read
        assert now == before, report
        s.sandbox.faults.clear()
        report, now = await s.edit(tag="pick", **change), await s.rows()
    done = {name for name in picked if holds(change, now[name])}
    assert "error" not in report, report
    told = report["edited"]
    rest = report.get("not_edited", 0) + report.get("failed_count", 0) + len(report.get("changed_since", ()))
    assert told + rest == len(picked), (change, faults, report)
    assert told <= len(done), (change, faults, report)
    if not any(map(loses_an_answer, faults)) and len(change) == 1:
        assert told == len(done), (change, faults, report)
    s.sandbox.faults.clear()
    kept = 0
    for _ in range(len(picked)):
        kept += len(report.get("changed_since", ()))
        if "plan_id" not in report:
            break
        report = await s.call("edit_assets", plan_id=report["plan_id"], confirm=True)
        told += report["edited"]
    if kept:  # they were changed by requests whose answer was lost, so the plan of the rest leaves them as they are
        report = await s.edit(tag="pick", **change)
        assert report["edited"] == len(picked), report
    else:
        assert told == len(picked), (change, faults, report)
    now = await s.rows()
    assert {name for name in now if holds(change, now[name])} == picked
    assert {name: now[name] for name in now.keys() - picked} == {name: before[name] for name in now.keys() - picked}
    assert all(now[name]["asset_id"] == before[name]["asset_id"] for name in picked)


async def test_an_edit_in_trouble_tells_the_truth_and_its_rest_finishes_it(tmp_path: Path) -> None:
    async with soaked(tmp_path) as s:
        rounds, end = 0, time.monotonic() + SECONDS
        while time.monotonic() < end:
            await edit_round(s)
            rounds += 1
        print(f"{rounds} rounds")  # noqa: T201


async def upload_round(s: Soaked, root: Path) -> None:
    chance = s.chance
    await s.empty()
    s.sandbox.faults.clear()
    names: set[str] = set()
    root.mkdir(exist_ok=True)
    for number in range(FILES):
        (root / f"p{number}.png").write_bytes(png(chance.randint(1, 60), chance.randint(1, 60)))
        names.add(f"upload/p{number}")
    s.disturb("*/auto/upload")
    cancelled = chance.random() < 0.4
    with anyio.move_on_after(chance.uniform(0.02, 0.6) if cancelled else 60) as scope:
        report = await s.call("upload_assets", sources=[str(root)])
        assert "error" not in report, report
        stored = await s.rows()
        assert report["uploaded"] + report.get("already_there", 0) <= len(stored)
        assert report["uploaded"] + report.get("not_sent", 0) + report.get("failed_count", 0) == FILES
    first = await s.rows() if not scope.cancelled_caught else {}
    s.sandbox.faults.clear()
    await s.call("upload_assets", sources=[str(root)])
    assert await s.call("upload_assets", sources=[str(root)]) == {"uploaded": 0, "already_there": FILES}
    now = await s.rows()
    assert now.keys() == names
    assert all(now[name] == row for name, row in first.items())


async def test_uploads_in_trouble_are_finished_by_the_same_call_and_nothing_is_stored_twice(tmp_path: Path) -> None:
    root = tmp_path / "pictures"
    async with soaked(tmp_path, allow_dir=[root]) as s:
        rounds, end = 0, time.monotonic() + SECONDS
        while time.monotonic() < end:
            await upload_round(s, root)
            rounds += 1
        print(f"{rounds} rounds")  # noqa: T201


async def cancel_round(s: Soaked) -> None:
    """A cancelled edit: whatever was done stays, and the same call finishes it."""
    await s.empty()
    s.sandbox.faults.clear()
    await put(s.sandbox, *(asset(number, file=s.file, tags=["pick"]) for number in range(ASSETS)))
    change = {"move_to": "moved", "add_tags": ["new"]}
    with anyio.move_on_after(s.chance.uniform(0.005, 0.3)):
        await s.edit(tag="pick", **change)
    report = await s.edit(tag="pick", **change)
    while "changed_since" in report:  # a request that was under way may arrive after the plan was made
        report = await s.edit(tag="pick", **change)
    assert report["edited"] == ASSETS, report
    now = await s.rows()
    assert all(holds(change, row) for row in now.values())
    assert all(sorted(json.loads(row["tags"])) == ["new", "pick"] for row in now.values())


async def test_a_cancelled_edit_is_finished_by_the_same_call(tmp_path: Path) -> None:
    async with soaked(tmp_path) as s:
        rounds, end = 0, time.monotonic() + SECONDS / 2
        while time.monotonic() < end:
            await cancel_round(s)
            rounds += 1
        print(f"{rounds} rounds")  # noqa: T201
