"""`download_asset`, `create_archive`, `archive_url`: files out of the library, only to where they may go."""

import io
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cloudinary_mcp.local_files import NoLocalFiles
from cloudinary_tools.toolkit.results import Problem
from tests.support import World, both_eras, png, world


async def opened(w: World, url: str) -> bytes:
    return (await w.cloud.fetch(url, max_bytes=10_000_000)).data


async def names_in(w: World, url: str) -> set[str]:
    return set(zipfile.ZipFile(io.BytesIO(await opened(w, url))).namelist())


@both_eras
async def test_an_original_is_saved_in_the_download_folder(tmp_path: Path, era: str) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    async with world(tmp_path, era, settings={"download_dir": folder}) as w:
        await w.upload("a/b", png(), type="private")
        report = await w.call("download_asset", public_id="image/private/a/b", save_as="sub/b.png")
        assert (folder / "sub" / "b.png").read_bytes() == png()
        assert report == {"path": str((folder / "sub" / "b.png").resolve()), "bytes": len(png())}
        assert not [path for path in (folder / "sub").iterdir() if path.name != "b.png"]


async def test_a_file_is_never_replaced_unless_told(tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(b"mine")
    async with world(tmp_path, settings={"download_dir": tmp_path}) as w:
        await w.upload("b", png())
        assert "overwrite=true" in await w.error("download_asset", public_id="b", save_as="b.png")
        assert (tmp_path / "b.png").read_bytes() == b"mine"
        plan = await w.call("download_asset", public_id="b", save_as="b.png", overwrite=True)
        assert (tmp_path / "b.png").read_bytes() == b"mine"
        await w.call("download_asset", plan_id=plan["plan_id"], confirm=True)
        assert (tmp_path / "b.png").read_bytes() == png()


async def test_nothing_is_written_anywhere_else(tmp_path: Path) -> None:
    folder, other = tmp_path / "downloads", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (folder / "sub").mkdir()
    (folder / "link").symlink_to(other)
    async with world(tmp_path, settings={"download_dir": folder}) as w:
        await w.upload("b", png())
        for name in ("../x.png", "/etc/x.png", ".x.png", "link/x.png", ".", "sub/.h/x.png", "sub"):
            assert "nothing was written" in await w.error("download_asset", public_id="b", save_as=name, overwrite=True)
        assert not list(other.iterdir())
        assert sorted(path.name for path in folder.iterdir()) == ["link", "sub"]


async def test_without_a_download_folder_the_error_names_the_flag(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("b", png())
        assert "--download-dir" in await w.error("download_asset", public_id="b", save_as="b.png")


async def test_without_a_name_a_url_that_ends_comes_back(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("b", png(), type="authenticated")
        report = await w.call("download_asset", public_id="image/authenticated/b")
        assert await opened(w, report["url"]) == png()
        assert "expires_at=" in report["url"]


async def test_an_archive_of_a_selection_is_a_real_zip(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a/1", tags=["pack"])
        await w.upload("a/2", png(9, 9), tags=["pack"])
        await w.upload("b")
        report = await w.call("create_archive", tag="pack", name="packed")
        assert report["assets"] == 2
        assert await names_in(w, report["url"]) == {"a/1.png", "a/2.png"}
        assert "exists already" in await w.error("create_archive", tag="pack", name="packed")


async def test_an_archive_can_hold_transformed_files_of_named_assets(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        asset = await w.upload("a/1", png(40, 40))
        report = await w.call(
            "create_archive",
            asset_ids=[asset["asset_id"], "0" * 32],
            transformations=["c_scale,w_10", "c_scale,w_20"],
            flatten=True,
        )
        assert report["files"] == 2
        assert report["missing"] == ["0" * 32]
        assert "nothing was created" in await w.error("create_archive", prefix="nothing/")


SELECTIONS: list[dict[str, Any]] = [
    {"public_ids": ["top/1", "top/sub/2"]},
    {"prefix": "top/"},
    {"tag": "pack"},
    {"folder": "top", "recursive": True},
    {"expression": "tags=pack"},
]


async def test_an_archive_url_packs_what_is_selected_when_it_is_opened(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("top/1", tags=["pack"], asset_folder="top")
        await w.upload("top/sub/2", tags=["pack"], asset_folder="top/sub")
        await w.upload("other")
        for selection in SELECTIONS:
            report = await w.call("archive_url", **selection)
            assert await names_in(w, report["url"]) == {"top/1.png", "top/sub/2.png"}


async def test_an_archive_url_stops_working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        past = time.time() - 100
        with monkeypatch.context() as patched:
            patched.setattr("cloudinary_tools.catalog.bulk.archive_url.time.time", lambda: past)
            report = await w.call("archive_url", public_ids=["a"], expires_in=60)
        with pytest.raises(Exception, match="expired"):
            await opened(w, report["url"])


async def test_a_url_names_what_it_does_not_find_and_refuses_the_root(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        assert "Not found: x" in await w.error("archive_url", public_ids=["x"])
        assert "root" in await w.error("archive_url", folder="/")
        assert "Say which assets" in await w.error("archive_url")


def test_a_server_reached_over_http_reads_and_writes_no_local_files() -> None:
    with pytest.raises(Problem, match="reads no local files"):
        NoLocalFiles().several("/tmp/*")
    with pytest.raises(Problem, match="writes no local files"):
        NoLocalFiles().writable("x.png")
