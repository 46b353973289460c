"""Uploading: from anywhere that is allowed, without surprises about where it ends up."""

import os
from pathlib import Path

import pytest

from cloudinary_tools.catalog.upload import upload_asset
from tests.support import both_eras, data_uri, png, world


@both_eras
async def test_a_data_uri_is_uploaded_with_all_that_was_said(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        made = await w.call(
            "upload_asset",
            source=data_uri(png(20, 10)),
            public_id="shop/shoe",
            asset_folder="campaigns",
            display_name="Red shoe",
            tags=["b", "a"],
            context={"alt": "a=b|c"},
            moderation="manual",
        )
        assert (made["width"], made["height"], made["format"]) == (20, 10, "png")
        assert made["asset_folder"] == "campaigns"
        assert made["moderation"] == "manual: pending"
        seen = await w.call("get_asset", public_id="shop/shoe")
        assert seen["tags"] == ["b", "a"]
        assert seen["context"] == {"alt": "a=b|c"}
        assert seen["display_name"] == "Red shoe"


@both_eras
async def test_a_taken_public_id_is_kept_and_said_unless_overwrite_is_given(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("a", png(8, 6))
        kept = await w.call("upload_asset", source=data_uri(png(30, 30)), public_id="a")
        assert "nothing was stored" in kept["note"]
        assert (await w.call("get_asset", public_id="a"))["width"] == 8
        replaced = await w.call(
            "upload_asset", source=data_uri(png(30, 30)), public_id="a", overwrite=True, confirm=True
        )
        assert "Replaced" in replaced["note"]
        assert (await w.call("get_asset", public_id="a"))["width"] == 30


@both_eras
@pytest.mark.parametrize("spelling", ["{}", "file://{}"])
async def test_local_files_of_an_allowed_folder_keep_their_name(tmp_path: Path, era: str, spelling: str) -> None:
    folder = tmp_path / "my pictures"
    folder.mkdir()
    (folder / "été 1.png").write_bytes(png())
    async with world(tmp_path, era, settings={"allow_dir": [folder]}) as w:
        source = spelling.format(str(folder / "été 1.png").replace(" ", "%20" if "file" in spelling else " "))
        made = await w.call("upload_asset", source=source, use_filename=True, unique_filename=False)
        assert made["original_filename"] == "été 1"


@both_eras
async def test_files_outside_hidden_or_missing_are_refused_with_the_way_out(tmp_path: Path, era: str) -> None:
    allowed, outside = tmp_path / "in", tmp_path / "out"
    allowed.mkdir()
    outside.mkdir()
    (outside / "secret.png").write_bytes(png())
    (allowed / ".hidden.png").write_bytes(png())
    (allowed / "here.png").write_bytes(png())
    (allowed / "link.png").symlink_to(outside / "secret.png")
    (allowed / "empty.png").touch()
    async with world(tmp_path, era, settings={"allow_dir": [allowed]}) as w:
        for source in (outside / "secret.png", allowed / "link.png", allowed / ".." / "out" / "secret.png"):
            assert "--allow-dir" in await w.error("upload_asset", source=str(source))
        assert "hidden" in await w.error("upload_asset", source=str(allowed / ".hidden.png"))
        assert "here.png" in await w.error("upload_asset", source=str(allowed / "gone.png"))
        assert "is empty" in await w.error("upload_asset", source=str(allowed / "empty.png"))
        assert "neither a URL nor an absolute path" in await w.error("upload_asset", source="here.png")
        assert await w.public_ids() == set()


@both_eras
async def test_a_path_that_cannot_be_is_the_arguments_fault(
    tmp_path: Path, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked.png"
    locked.write_bytes(png())
    async with world(tmp_path, era, settings={"allow_dir": [tmp_path]}) as w:
        for source in ("~nobody-of-that-name/a.png", f"{tmp_path}/a\0.png", "file://[x", f"file://{tmp_path}/%00"):
            assert "cannot be the path of a file" in await w.error("upload_asset", source=source)
        assert "There is no file" in await w.error("upload_asset", source=f"{tmp_path}/{'a' * 300}.png")
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != locked)  # root may read everything
        assert "its permissions do not let it" in await w.error("upload_asset", source=str(locked))


@both_eras
async def test_without_an_allowed_folder_the_flag_is_named(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        assert "--allow-dir" in await w.error("upload_asset", source="/etc/passwd")


@both_eras
async def test_a_file_above_the_plans_limit_is_refused_before_it_is_sent(tmp_path: Path, era: str) -> None:
    big = tmp_path / "big.png"
    with big.open("wb") as file:
        file.truncate(11_000_000)
    async with world(tmp_path, era, settings={"allow_dir": [tmp_path]}) as w:
        said = await w.error("upload_asset", source=str(big))
        assert "11000000" in said.replace(",", "")
        assert not [entry for entry in w.sandbox.requests if "upload" in entry["path"]]


@both_eras
async def test_a_large_file_goes_in_chunks_with_growing_progress(tmp_path: Path, era: str) -> None:
    big = tmp_path / "big.bin"
    with big.open("wb") as file:
        file.truncate(45_000_000)
    from cloudinary_sandbox import MediaLimits

    limits = MediaLimits(raw_max_size_bytes=100_000_000)
    seen: list[tuple[float, float | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total))

    async with world(tmp_path, era, settings={"allow_dir": [tmp_path]}, sandbox={"media_limits": limits}) as w:
        result = await w.client.call_tool(
            "upload_asset", {"source": str(big), "public_id": "big.bin", "resource_type": "raw"}, progress_callback=note
        )
        assert not result.is_error
        assert result.structured_content is not None
        assert result.structured_content["bytes"] == 45_000_000
        chunks = [entry for entry in w.sandbox.requests if entry["path"].endswith("/upload")]
        assert len(chunks) == 3
        assert [progress for progress, _ in seen] == sorted({progress for progress, _ in seen})
        assert seen[-1] == (45_000_000, 45_000_000)


@both_eras
async def test_a_chunk_that_fails_is_sent_again_not_the_whole_file(tmp_path: Path, era: str) -> None:
    big = tmp_path / "big.bin"
    with big.open("wb") as file:
        file.truncate(25_000_000)
    from cloudinary_sandbox import MediaLimits

    async with world(
        tmp_path,
        era,
        settings={"allow_dir": [tmp_path]},
        sandbox={"media_limits": MediaLimits(raw_max_size_bytes=100_000_000)},
    ) as w:
        w.sandbox.faults.add({"path": "*/upload", "status": 503})
        made = await w.call("upload_asset", source=str(big), resource_type="raw")
        assert made["bytes"] == 25_000_000
        assert len([entry for entry in w.sandbox.requests if entry["path"].endswith("/upload")]) == 3


@both_eras
async def test_an_unsigned_preset_can_be_used(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.cloud.admin("POST", "upload_presets", json={"name": "open", "unsigned": True, "tags": "from-preset"})
        made = await w.call("upload_asset", source=data_uri(png()), upload_preset="open", unsigned=True)
        assert made["tags"] == ["from-preset"]
        assert "needs an upload_preset" in await w.error("upload_asset", source=data_uri(png()), unsigned=True)


@both_eras
async def test_fixed_folders_take_a_folder_into_the_public_id(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era, sandbox={"folder_mode": "fixed"}) as w:
        made = await w.call("upload_asset", source=data_uri(png()), public_id="shoe", asset_folder="shop")
        assert made["public_id"] == "shop/shoe"


@both_eras
async def test_what_the_server_sets_itself_cannot_be_set_by_options(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        said = await w.error("upload_asset", source=data_uri(png()), options={"api_key": "x", "signature": "y"})
        assert "api_key, signature" in said
        made = await w.call("upload_asset", source=data_uri(png()), options={"phash": True}, public_id="a")
        assert made["public_id"] == "a"


@both_eras
async def test_bad_content_and_bad_ids_are_explained(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        assert "Invalid image file" in await w.error(
            "upload_asset", source="data:image/png;base64,aGVsbG8=", resource_type="image"
        )
        assert "'a_b'" in await w.error("upload_asset", source=data_uri(png()), public_id="a?b")
        assert "Say what to upload" in await w.error("upload_asset")
        assert await w.public_ids() == set()


@both_eras
async def test_an_upload_that_outlives_its_call_goes_on_and_can_be_asked_for(
    tmp_path: Path, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_asset, "ANSWER_TIME", 4.9)
    async with world(tmp_path, era, settings={"call_seconds": 5}) as w:
        w.sandbox.faults.add({"action": "delay", "path": "*/upload", "delay": 0.3})
        started = await w.call("upload_asset", source=data_uri(png()), public_id="slow")
        assert started["status"] == "uploading"
        assert "upload_id=" in started["note"]
        outcome = started
        while outcome.get("status") == "uploading":
            outcome = await w.call("upload_asset", upload_id=started["upload_id"])
        assert outcome["public_id"] == "slow"
        assert await w.public_ids() == {"slow"}
        assert "There is no upload" in await w.error("upload_asset", upload_id="u0")
