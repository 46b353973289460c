"""Data folders of other versions: what an older one made opens with all its data, what a newer one made is refused."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cloudinary_sandbox import SandboxDataError, SandboxOptions
from cloudinary_sandbox.core.database import SandboxDatabase
from cloudinary_sandbox.service.composition import MIGRATIONS, open_cloud
from tests.fixtures import FIXTURES
from tests.sandbox.helpers import api, picture

BEFORE_VERSIONS = FIXTURES / "cloud_before_versions.sql"
"""A dump of a database as it was made before it had a version: two assets, one deleted, with backups and settings."""


def make_old_folder(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "cloud.sqlite")) as database:
        database.executescript(BEFORE_VERSIONS.read_text("utf-8"))
        known = "SELECT file FROM assets UNION SELECT file FROM derived UNION SELECT file FROM backups"
        for (name,) in database.execute(known).fetchall():
            if name:
                path = folder / "files" / name[:2] / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(picture())


def version_of(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "cloud.sqlite")) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


def schema_of(folder: Path) -> dict[str, str]:
    with closing(sqlite3.connect(folder / "cloud.sqlite")) as database:
        rows = database.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return {name: re.sub(r"\s+|IF NOT EXISTS|\"", "", sql) for name, sql in rows}


async def test_a_folder_made_before_versions_opens_with_all_its_data(tmp_path: Path) -> None:
    make_old_folder(tmp_path)
    assert version_of(tmp_path) == 0
    async with api(tmp_path) as call:
        red = await call.get("/resources/image/upload/red", versions=True)
        assert (red["tags"], red["context"]) == (["primary", "warm"], {"custom": {"alt": "A red square"}})
        assert (red["metadata"], red["asset_folder"], len(red["versions"])) == ({"sku": "1"}, "paint/warm", 2)
        assert [item["transformation"] for item in red["derived"]] == ["t_tiny"]
        assert (await call.get("/resources/search", expression="tags:warm AND metadata.sku=1"))["total_count"] == 1
        assert [item["path"] for item in (await call.get("/folders/paint"))["folders"]] == ["paint/warm"]
        assert [item["name"] for item in (await call.get("/upload_presets"))["presets"]] == ["web"]
        assert [item["uri"] for item in (await call.get("/triggers"))["triggers"]] == ["poll://inbox"]
        assert (await call.get("/transformations/t_tiny"))["info"] == [{"crop": "scale", "width": 1}]
        assert (await call.get("/metadata_fields"))["metadata_fields"][0]["label"] == "SKU"
        assert await call.cloud.db.value("SELECT count(*) FROM notification_messages") == 4
        restored = await call("POST", "/resources/image/upload/restore", json={"public_ids": ["blue"]})
        assert restored.json()["blue"]["bytes"] == 79
        assert (await call.client.get(f"/{call.identity.cloud_name}/image/upload/blue.png")).content == picture()
    assert version_of(tmp_path) == len(MIGRATIONS)


async def test_an_old_database_becomes_what_a_new_one_is(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    make_old_folder(old)
    for folder in (old, new):
        async with open_cloud(SandboxOptions(data_dir=folder)):
            pass
    assert schema_of(old) == schema_of(new)


async def test_a_folder_made_by_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call.upload(public_id="kept")
    with closing(sqlite3.connect(tmp_path / "cloud.sqlite")) as database:
        database.execute("PRAGMA user_version = 7")
    with pytest.raises(SandboxDataError, match=r"made by a newer version .*schema is 7, this version knows 1"):
        async with open_cloud(SandboxOptions(data_dir=tmp_path)):
            pass
    assert version_of(tmp_path) == 7


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cloud.sqlite"
    first = "CREATE TABLE things (name TEXT);"
    async with SandboxDatabase.open(path, [first]):
        pass
    with pytest.raises(SandboxDataError, match="cannot be used"):
        async with SandboxDatabase.open(path, [first, "ALTER TABLE things ADD size;", "ALTER TABLE nothing ADD x;"]):
            pass
    assert (version_of(tmp_path), schema_of(tmp_path)) == (1, {"things": "CREATETABLEthings(nameTEXT)"})
