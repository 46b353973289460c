"""Whatever is called, in every mode and era: nothing that was there is gone or different unless somebody agreed.

Here nobody ever does: the person who is asked says no, or nobody can be asked and no plan is confirmed. So nothing may
be destroyed at all, and only what can be put back, of a few named assets, may be changed, where the mode allows it.
"""

import json
import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cloudinary_tools.toolkit.definitions import load
from tests.server.people import Person
from tests.support import ERAS, World, data_uri, png, text_of, world

pytestmark = pytest.mark.soak

SECONDS = 8
"""How long each case goes on."""
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))
FEW = 20

NAMES = ["pics/p0", "pics/p1", "pics/p2", "note.txt", "secret", "image/upload/pics/p3", "t", "nope"]
FILES = [data_uri(png(11, 7)), data_uri(b"words", "text/plain"), data_uri(png(5, 5, "blue"))]
VALUES: dict[str, list[Any]] = {
    "public_id": NAMES,
    "to_public_id": ["pics/p1", "pics/p2", "pics/new", "note.txt"],
    "to_type": ["private", "authenticated", "upload"],
    "public_ids": [["pics/p0"], ["pics/p1", "pics/p2"], NAMES[:4], [f"many/{number}" for number in range(30)]],
    "to": [["pics/p1"], ["image/upload/pics/p2", "raw/upload/note.txt"]],
    "prefix": ["pics/", "many/", "p"],
    "tag": ["red", "many"],
    "tags": [["red"], [], ["other"]],
    "add_tags": [["new"]],
    "remove_tags": [["red"]],
    "folder": ["pics", "other", "empty"],
    "asset_folder": ["pics", "other"],
    "move_to": ["other", "/"],
    "path": ["pics", "empty", "empty/below", "new/one"],
    "to_path": ["moved", "pics/below"],
    "type": ["upload", "private", "authenticated"],
    "resource_type": ["image", "raw", "auto", "all"],
    "expression": ["tags:red", "bytes>1", "public_id:pics/*"],
    "source": FILES,
    "sources": [FILES[:1], FILES],
    "manifest": [json.dumps([{"source": FILES[0], "public_id": "pics/p0"}, {"source": FILES[1], "public_id": "t"}])],
    "filename": ["p0.png", "note.txt"],
    "options": [
        {"overwrite": True}, {"folder": "pics"}, {"public_id_prefix": "pics"}, {"folder": "pics", "overwrite": True},
        {"eval": "upload_options['public_id']='pics/p0'"}, {"font_size": 30}, {"invalidate": True},
    ],
    "context": [{"alt": "other"}, {"alt": ""}, {"caption": "new"}],
    "metadata": [{"sku": "2"}, {"sku": ""}],
    "access_control": [[{"access_type": "token"}], []],
    "moderation_status": ["approved", "rejected"],
    "display_name": ["Other"],
    "transformation": ["w_5"],
    "transformations": [["w_5"]],
    "eager": [["w_4"]],
    "name": ["pics/p0", "note", "note.txt", "t", " t", "fresh"],
    "text": ["hello"],
    "uri": ["https://example.com/other"],
    "event_type": ["upload", "delete"],
    "upload_preset": ["renaming"],
    "save_as": ["saved.png"],
}  # fmt: skip
VOLATILE = {"version", "version_id", "updated_at", "last_updated", "accessed_at", "derived_at", "facts", "eager"}
"""Columns that a change of nothing may move."""


TABLES = {
    "assets": "asset_id", "folders": "external_id", "notification_triggers": "id", "presets": "name",
    "metadata_fields": "external_id",
}  # fmt: skip
"""Where the sandbox keeps what can be lost, and by what each thing stays the same."""


@dataclass(frozen=True)
class Case:
    """Who may agree: nobody does."""

    mode: str
    person: bool
    confirms: bool
    """The call says `confirm=true`, and uses plan ids, though nobody agreed to it: only where a person is asked."""


CASES = [
    Case("auto", person=True, confirms=True),
    Case("auto", person=False, confirms=False),
    Case("flag", person=True, confirms=False),
    Case("human", person=True, confirms=True),
    Case("human", person=False, confirms=True),
]


async def fill(w: World) -> None:
    """Something of everything that can be lost."""
    field = {"external_id": "sku", "label": "SKU", "type": "string"}
    await w.cloud.admin("POST", "metadata_fields", json=field)
    common: dict[str, Any] = {"tags": ["red"], "context": {"alt": "old"}, "metadata": {"sku": "1"}, "backup": True}
    for number in range(4):
        await w.upload(f"pics/p{number}", asset_folder="pics", eager="w_3", moderation="manual", **common)
    for number in range(30):
        await w.upload(f"many/{number}", tags=["many"], context={"alt": "old"})
    await w.upload("secret", type="authenticated", **common)
    await w.upload("note.txt", b"hello", resource_type="raw")
    await w.cloud.admin("POST", ("folders", "empty/below"))
    await w.cloud.admin("POST", "triggers", json={"uri": "https://example.com/x", "event_type": "upload"})
    await w.cloud.admin("POST", "upload_presets", json={"name": "renaming", "public_id": "pics/p1"})
    await w.call("create_text_image", text="first", public_id="t")
    await w.call("create_sprite", tag="red")
    await w.call("create_animation", tag="red")


async def held(w: World) -> dict[str, dict[str, Any]]:
    """Everything that the cloud holds, by table and id, without what moves by itself."""
    found: dict[str, dict[str, Any]] = {}
    for table, key in TABLES.items():
        for row in await w.sandbox.db.rows(f"SELECT * FROM {table}"):
            values = {name: row[name] for name in row.keys() if name not in VOLATILE}  # noqa: SIM118 - a sqlite3.Row
            if "extra" in values:
                values["extra"] = {**json.loads(values["extra"]), "last_updated": None}
            if not values.get("placeholder"):
                found[f"{table} {row[key]}"] = values
    return found


def made(rng: random.Random, case: Case, plans: Mapping[str, list[str]]) -> tuple[str, dict[str, Any]]:
    """A call of a changing tool with arguments that may do harm."""
    definition = rng.choice([entry for entry in load() if entry["plans"]])
    schema: dict[str, Any] = definition["inputSchema"]
    properties: dict[str, Any] = schema["properties"]
    wanted = {*schema.get("required", ())}
    optional = [name for name in properties if name not in (*wanted, "confirm", "plan_id", "upload_id", "trigger_id")]
    wanted |= set(rng.sample(optional, min(len(optional), rng.choice([1, 2, 3, 4]))))
    arguments = {name: value(rng, name, properties[name]) for name in sorted(wanted)}
    if "overwrite" in properties and rng.random() < 0.5:
        arguments["overwrite"] = True
    if case.confirms and "confirm" in properties and rng.random() < 0.6:
        arguments["confirm"] = True
        if (known := plans.get(definition["name"])) and rng.random() < 0.5:
            arguments = {"confirm": True, "plan_id": rng.choice(known)}
    return definition["name"], arguments


def value(rng: random.Random, name: str, schema: Mapping[str, Any]) -> Any:
    if name in VALUES:
        fitting = [one for one in VALUES[name] if "enum" not in schema or one in schema["enum"]]
        if fitting:
            return rng.choice(fitting)
    if "enum" in schema:
        return rng.choice(schema["enum"])
    match schema.get("type"):
        case "boolean":
            return rng.choice([True, False])
        case "array":
            return []
        case "object":
            return {}
        case "integer":
            return schema.get("minimum", 1)
        case _:
            return "x"


def judge(before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]], case: Case, call: str) -> None:
    """Nothing is destroyed; what is changed can be put back and is of a few things."""
    gone = before.keys() - after.keys()
    assert not gone, f"{call}: gone: {sorted(gone)}"
    changed = {key: [name for name, old in before[key].items() if after[key].get(name) != old] for key in before}
    changed = {key: names for key, names in changed.items() if names}
    files = {key: names for key, names in changed.items() if {"etag", "bytes", "file"} & set(names)}
    assert not files, f"{call}: replaced: {files}"
    lost = {key: names for key, names in changed.items() if not _only_added(before[key], after[key], names)}
    if case.mode == "human":
        assert not lost, f"{call}: changed: {lost}"
    assert len(lost) <= FEW, f"{call}: changed {len(lost)}"


def _only_added(before: Mapping[str, Any], after: Mapping[str, Any], names: list[str]) -> bool:
    """Whether every value that was there is still there, among others."""
    for name in names:
        old, new = (_parsed(row.get(name)) for row in (before, after))
        if isinstance(old, dict) and isinstance(new, dict):
            if not all(item in (None, "") or new.get(key) == item for key, item in old.items()):
                return False
        elif isinstance(old, list) and isinstance(new, list):
            if not all(item in new for item in old):
                return False
        elif old not in (None, "", "[]", "{}"):
            return False
    return True


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) and text[:1] in ("[", "{") else text
    except ValueError:
        return text


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_nothing_is_lost_that_nobody_agreed_to_lose(tmp_path: Path, era: str, case: Case) -> None:
    print(f"\nseed {SEED}")  # noqa: T201 - to run it again with the variable SEED
    rng = random.Random(f"{SEED} {case} {era}")
    client = {"elicitation_callback": Person("decline", "cancel")} if case.person else {}
    settings = {"confirm": case.mode, "download_dir": tmp_path / "saved", "call_seconds": 10}
    plans: dict[str, list[str]] = {}
    calls = 0
    async with world(tmp_path, era, settings=settings, sandbox={"admin_quota": 10**6}, client=client) as w:
        await fill(w)
        before = await held(w)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            tool, arguments = made(rng, case, plans)
            result = await w.client.call_tool(tool, arguments)
            shown = f"SEED={SEED} call {calls}: {tool} {json.dumps(arguments)[:600]}"
            assert "The server itself failed" not in text_of(result), f"{shown}: {text_of(result)}"
            if result.structured_content and (plan_id := result.structured_content.get("plan_id")):
                plans.setdefault(tool, []).append(plan_id)
            after = await held(w)
            judge(before, after, case, shown)
            before = after
            calls += 1
    assert calls > 10
