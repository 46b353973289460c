"""Every tool under arguments that fit, nearly fit and do not: whatever is asked, the answer is one to act on."""

import json
import os
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mcp_types import CallToolResult

from cloudinary_sandbox.assets.models import select
from cloudinary_sandbox.core.conditions import Where
from cloudinary_tools.toolkit.definitions import Definition, load
from tests.support import ERAS, World, text_of, world

pytestmark = pytest.mark.soak

SECONDS = 18
"""How long each era goes on."""
MOST_BYTES = 80_000
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))
DEFINITIONS = load()
SCHEMAS = {entry["name"]: Draft202012Validator(entry["outputSchema"]) for entry in DEFINITIONS if entry["outputSchema"]}
WAITING = {"timeout": 1, "expires_in": 60}

NASTY: list[Any] = [
    None, "", " ", "\x00", "a\x00b", "\n", "\u202egnp", "\U000e0041", "é", "😀", "日本語", "a" * 300, "x" * 5_000,
    "../../etc/passwd", "/", "//", ".", "..", "a/../b", "a//b", "/etc/passwd", "~nobody/x", "file:///etc/passwd",
    "file://[", "http://[::1", "https://res.cloudinary.com/other/image/upload/v1/x.png", "http://127.0.0.1:1/x",
    "javascript:alert(1)", "data:,x", "data:image/png;base64,!!", "s3://x/y", "[", "{", "[" * 3_000,
    '["\\ud83d"]', '{"a": "\\ud83d"}', "true", "false", "yes", "null", "None", "0", "-1", "1e400", "nan", "9" * 30,
    "9" * 5_000, 0, -1, 1, 2**31, 2**63, 10**30, 1.5, -0.0, 1e308, True, False, [], {}, [None], [[]], [""],
    ["a", None, 3], {"a": None}, {"": ""}, {"a": {"b": [1, None]}}, "<script>", "'; DROP TABLE", "%2e%2e%2f",
    "a?b#c&d", "a,b", "a|b=c", "\\", "*", "(", ")", "tags:", "NOT", "a AND", '"', "c_fill,w_100", "w_", "zz_1",
    "l_text:Arial_20:a%2Cb", "0" * 32, "p12345678", "u12345678", "2020-01-01", "0001-01-01", "manual/pending",
    "9999-12-31T23:59:59-23:59", "image/upload/pics/p0", "video/private/x",
]  # fmt: skip
GOOD: dict[str, list[Any]] = {
    "public_id": ["pics/p0", "pics/p1", "docs/a.b c", "raw/upload/note.txt", "secret", "nope"],
    "to_public_id": ["pics/new", "pics/p1"],
    "public_ids": [["pics/p0"], ["pics/p1", "nope"], ["docs/a.b c", "pics/p2"]],
    "to": [["pics/p1"], ["nope"]],
    "prefix": ["pics/", "nope", "p"],
    "tag": ["red", "blue", "nope"],
    "tags": [["red"], []],
    "add_tags": [["new"]],
    "folder": ["", "/", "pics", "docs", "nope"],
    "path": ["pics", "docs", "nope", "new/sub"],
    "to_path": ["moved", "docs/below"],
    "type": ["upload", "private", "authenticated", "fetch"],
    "expression": ["tags:red", "bytes>1", "pics", "resource_type:image AND tags=blue", "public_id:pics/*"],
    "filters": [{"tags": ["red"]}, {"width": ">1"}, {"uploaded": "7d"}, {"exclude": {"tags": "red"}}],
    "sort_by": [["bytes:desc"], ["public_id"]],
    "aggregate": [["format"], ["bytes:1k,5k"]],
    "source": ["data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="],
    "sources": [["data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="]],
    "transformation": ["c_fill,w_40", {"crop": "fill", "width": 40}, [{"width": 10}, {"effect": "sepia"}], ""],
    "transformations": [["c_fill,w_40"], [{"width": 20}]],
    "eager": [["w_20"]],
    "variants": [[{"name": "a", "transformation": "w_1"}, {"name": "b"}]],
    "event_type": ["all", "upload"],
    "channel": ["desk"],
    "uri": ["https://example.com/hook"],
    "sample": [{"notification_type": "upload"}],
    "query": ["blur", "round corners"],
    "url": ["https://res.cloudinary.com/sandbox/image/upload/w_100/v1/pics/p0.png"],
    "text": ["hello"],
    "context": [{"alt": "x"}],
    "metadata": [{"nope": 1}],
    "access_control": [[{"access_type": "token"}]],
    "save_as": ["saved.png", "below/saved.png"],
    "since": ["0", "2020-01-01"],
    "moderation": ["pending", "manual"],
    "date": ["2026-01-01"],
    "params": [{"folder": "x"}, {"tags": ["a"]}],
    "upload_preset": ["nope"],
    "kind": ["img", "picture", "video", "social", "favicon", "streaming"],
}  # fmt: skip


class Fuzzer:
    """Makes the arguments of calls, from the seed and from what earlier answers gave (cursors, ids, plans)."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._seen: dict[str, list[Any]] = {}

    def call(self) -> tuple[Definition, dict[str, Any]]:
        """A tool and arguments for it, without a confirmation."""
        definition = self._random.choice(DEFINITIONS)
        schema: dict[str, Any] = definition["inputSchema"]
        properties: Mapping[str, Any] = schema.get("properties", {})
        wanted = {*schema.get("required", ()), *self._some([*properties])}
        if self._random.random() < 0.05:
            wanted -= set(schema.get("required", ()))
        arguments = {name: self._value(name, properties[name]) for name in sorted(wanted)}
        if self._random.random() < 0.03:
            arguments[self._random.choice(["bogus", "confrim", "", "cloud"])] = "x"
        return definition, arguments | {name: value for name, value in WAITING.items() if name in properties}

    def learn(self, data: Mapping[str, Any]) -> None:
        """Keep what an answer gave to go on with."""
        for name in ("next_cursor", "plan_id", "asset_id", "upload_id"):
            if isinstance(value := data.get(name), str):
                self._seen.setdefault(name, []).append(value)

    def _some(self, names: list[str]) -> list[str]:
        names = [name for name in names if name != "confirm"]
        count = min(len(names), self._random.choice([0, 1, 1, 2, 2, 3, 5]))
        return self._random.sample(names, count)

    def _value(self, name: str, schema: Mapping[str, Any]) -> Any:
        dice = self._random.random()
        known = [*GOOD.get(name, ()), *self._seen.get(name, ())[-5:]]
        if known and dice < 0.5:
            return self._random.choice(known)
        if dice < 0.75:
            return self._fitting(schema)
        return self._random.choice(NASTY)

    def _fitting(self, schema: Mapping[str, Any]) -> Any:
        pick = self._random.choice
        if "enum" in schema:
            return pick(schema["enum"])
        if "anyOf" in schema:
            return self._fitting(pick(schema["anyOf"]))
        match schema.get("type"):
            case "integer":
                return pick([schema.get("minimum", 0), schema.get("minimum", 0) + 1, schema.get("maximum", 10)])
            case "number":
                return pick([0.5, 1, 100])
            case "boolean":
                return pick([True, False])
            case "array":
                return [self._fitting(schema.get("items", {})) for _ in range(pick([0, 1, 2, 3]))]
            case "object":
                names = self._some([*schema.get("properties", {})]) or ["a"]
                return {name: self._fitting(schema.get("properties", {}).get(name, {})) for name in names}
            case _:
                return pick([*(item for item in NASTY if isinstance(item, str)), "pics/p0", "red", "upload"])


async def library(w: World) -> None:
    """A few assets of every kind, one of them hostile."""
    for number in range(6):
        await w.upload(f"pics/p{number}", tags="red" if number % 2 else "blue", asset_folder="pics", context="alt=Alt")
    await w.upload("docs/a.b c", asset_folder="docs", display_name="x\u202egnp", context="alt=ignore\nall\x07\u202e")
    await w.upload("secret", type="authenticated", moderation="manual")
    await w.upload("note.txt", b"hello", resource_type="raw")
    for number in range(60):
        await w.upload(f"{'long name ' * 12}{number}", tags="many")


async def holdings(w: World) -> set[str]:
    """The asset_ids of all that the cloud holds; asking it costs no API call."""
    return {found.asset_id for found in await select(w.sandbox.db, Where())}


def secrets_of(w: World) -> list[str]:
    """What no answer may hold."""
    identity = w.sandbox.identity
    return [identity.api_secret, identity.control_secret, identity.oauth_token]


def judge(definition: Definition, result: CallToolResult, secrets: list[str]) -> None:
    """What holds for every answer."""
    text, data = text_of(result), result.structured_content
    assert text.strip(), "no text"
    assert "The server itself failed" not in text, text
    assert "Traceback" not in text, text
    both = text + json.dumps(data, ensure_ascii=False)
    both.encode()
    assert not any(secret in both for secret in secrets), "a secret"
    assert len(text.encode()) <= MOST_BYTES, f"{len(text.encode())} bytes of text"
    if result.is_error:
        assert data is None, "an error with structured content"
    elif schema := SCHEMAS.get(definition["name"]):
        assert data is not None, "no structured content"
        schema.validate(data)
        assert data.keys() <= schema.schema["properties"].keys() | {"note", "next", "plan_id"}, data.keys()  # pyright: ignore
        assert len(json.dumps(data, ensure_ascii=False).encode()) <= MOST_BYTES, "too much structured content"
    else:
        assert data is None, "structured content that nothing describes"


@pytest.mark.parametrize("era", ERAS)
async def test_any_arguments_get_an_answer_to_act_on_and_nothing_unconfirmed_is_deleted(
    tmp_path: Path, era: str
) -> None:
    print(f"\nseed {SEED}")  # noqa: T201 - to run it again with the variable SEED
    fuzzer, calls = Fuzzer(SEED), 0
    settings = {"download_dir": tmp_path / "saved", "call_seconds": 5}
    async with world(tmp_path, era, settings=settings, sandbox={"admin_quota": 10**6}) as w:
        await library(w)
        secrets = secrets_of(w)
        kept = await holdings(w)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            definition, arguments = fuzzer.call()
            shown = f"{definition['name']} {json.dumps(arguments)[:2_000]}"
            try:
                result = await w.client.call_tool(definition["name"], arguments)
            except Exception as error:
                raise AssertionError(f"SEED={SEED} call {calls}: {shown}: {type(error).__name__}: {error}") from error
            try:
                judge(definition, result, secrets)
                if not result.is_error and result.structured_content:
                    fuzzer.learn(result.structured_content)
                now = await holdings(w)
                assert kept <= now, f"gone: {kept - now}"
                kept = now
            except Exception as error:
                raise AssertionError(f"SEED={SEED} call {calls}: {shown}: {error}") from error
            calls += 1
