"""Local files that are not what they seem: too big, no files at all, swapped since they were looked at."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import World, png, world

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def allowed(folder: Path) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    return {"allow_dir": [folder]}


async def sent(w: World) -> int:
    return sum(entry["path"].endswith("/upload") for entry in w.sandbox.requests if entry["method"] == "POST")


async def test_a_manifest_of_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async with world(tmp_path, settings=allowed(tmp_path / "in")) as w:
        manifest = tmp_path / "in" / "huge.csv"
        with manifest.open("wb") as file:
            file.truncate(3_000_000_000)
        said = await w.error("upload_assets", manifest=str(manifest))
        assert "huge.csv has 3.0 GB; 2.0 MB are read" in said


@posix
@pytest.mark.parametrize("tool", ["upload_asset", "upload_assets", "manifest"])
@pytest.mark.parametrize("special", ["pipe", "device", "proc", "folder"])
async def test_what_is_no_plain_file_is_refused(tmp_path: Path, tool: str, special: str) -> None:
    folder = tmp_path / "in"
    settings = allowed(folder)
    path = {"device": Path("/dev/zero"), "proc": Path("/proc/self/status")}.get(special, folder / special)
    settings["allow_dir"] = [*settings["allow_dir"], Path("/dev"), Path("/proc")]
    if special == "pipe":
        os.mkfifo(path)
    if special == "folder":
        path.mkdir()
    arguments: dict[str, dict[str, Any]] = {
        "upload_asset": {"source": str(path)},
        "upload_assets": {"sources": [str(path)]},
        "manifest": {"manifest": str(path)},
    }
    if special == "proc" and not path.exists():
        pytest.skip("there is no /proc here")
    async with world(tmp_path, settings=settings) as w:
        name = "upload_assets" if tool == "manifest" else tool
        result = await w.client.call_tool(name, arguments[tool])
        assert result.is_error or (result.structured_content or {}).get("failed_count") == 1
        assert "The server itself" not in str(result.content)
        assert await w.public_ids() == set()


def swapped_for_a_link(path: Path, other: Path) -> None:
    path.unlink()
    path.symlink_to(other)


def written_to(path: Path, other: Path) -> None:
    path.write_bytes(other.read_bytes())


def swapped_for_another(path: Path, other: Path) -> None:
    path.unlink()
    os.link(other, path)


def in_a_folder_that_became_a_link(path: Path, other: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))
    path.parent.symlink_to(other.parent)


@posix
@pytest.mark.parametrize("tool", ["upload_asset", "upload_assets"])
@pytest.mark.parametrize(
    "change", [swapped_for_a_link, written_to, swapped_for_another, in_a_folder_that_became_a_link]
)
async def test_a_file_that_is_another_by_the_time_of_the_yes_is_not_sent(
    tmp_path: Path, tool: str, change: Any
) -> None:
    folder, secret = tmp_path / "in" / "sub", tmp_path / "outside" / "a.png"
    settings = allowed(tmp_path / "in")
    folder.mkdir()
    secret.parent.mkdir()
    secret.write_bytes(png(30, 30))
    (folder / "a.png").write_bytes(png(9, 9))
    arguments: dict[str, Any] = (
        {"source": str(folder / "a.png"), "public_id": "a"}
        if tool == "upload_asset"
        else {"sources": [str(folder / "a.png")]}
    )
    async with world(tmp_path, settings=settings) as w:
        await w.upload("a", png(1, 1))
        before = await sent(w)
        plan = await w.call(tool, overwrite=True, **arguments)
        change(folder / "a.png", secret)
        confirming = {"overwrite": True, "plan_id": plan["plan_id"], "confirm": True}
        result = await w.client.call_tool(tool, {**arguments, **confirming})
        assert result.is_error or (result.structured_content or {}).get("failed_count") == 1
        assert await sent(w) == before
        assert (await w.call("get_asset", public_id="a"))["width"] == 1


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS makes no such names")
async def test_a_file_name_that_is_no_text_is_named_and_the_others_go_up(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    settings = allowed(folder)
    (folder / "a.png").write_bytes(png())
    (folder / os.fsdecode(b"caf\xe9.png")).write_bytes(png(5, 5))
    async with world(tmp_path, settings=settings) as w:
        report = await w.call("upload_assets", sources=[str(folder)])
        assert report["uploaded"] == 1
        assert [(entry["source"], "UTF-8" in entry["why"]) for entry in report["failed"]] == [("caf\\udce9.png", True)]
        assert await w.public_ids() == {"a"}


async def test_a_csv_manifest_takes_data_uris_longer_than_the_library_takes_by_itself(tmp_path: Path) -> None:
    long = "data:image/png;base64," + "A" * 140_000
    async with world(tmp_path) as w:
        report = await w.call("upload_assets", manifest=f'source,public_id\n"{long}",a\n', dry_run=True)
        assert len(report["would_upload"]) == 1


@pytest.mark.parametrize(
    "content",
    [b"source\n\xff\xfe", b'[{"source": ', b"[" * 50_000, b'source\n"a\0b', b"", b"[1]", b'[{"source": 9}]', b"{}"],
)
async def test_a_manifest_that_cannot_be_read_is_the_arguments_fault(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "in"
    settings = allowed(folder)
    (folder / "m.csv").write_bytes(content)
    async with world(tmp_path, settings=settings) as w:
        said = await w.error("upload_assets", manifest=str(folder / "m.csv"))
        assert "The server itself" not in said
        assert await sent(w) == 0
