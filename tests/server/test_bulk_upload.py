"""`upload_assets`: folders, globs, manifests and addresses in one call that can be repeated."""

import base64
import json
from pathlib import Path
from typing import Any

from tests.support import World, both_eras, png, world


def pictures(tmp_path: Path, **files: bytes) -> Path:
    """A folder of files; `__` in a name is a slash."""
    root = tmp_path / "pictures"
    for name, content in files.items():
        path = root / (name.replace("__", "/") + ".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def allowed(root: Path) -> dict[str, Any]:
    return {"allow_dir": [root]}


async def uploads_sent(w: World) -> int:
    return sum(entry["path"].endswith("/upload") for entry in w.sandbox.requests if entry["method"] == "POST")


@both_eras
async def test_a_folder_goes_up_with_its_subfolders_and_progress(tmp_path: Path, era: str) -> None:
    root = pictures(tmp_path, a=png(), sub__b=png(9, 9), sub__deep__c=png(7, 7))
    (root / ".hidden.png").write_bytes(png())
    told: list[tuple[float, float | None, str | None]] = []

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))

    async with world(tmp_path, era, settings=allowed(root)) as w:
        arguments = {"sources": [str(root)], "folder": "shop", "tags": ["new"]}
        result = await w.client.call_tool("upload_assets", arguments, progress_callback=listen)
        assert result.structured_content is not None
        assert result.structured_content["uploaded"] == 3
        assert await w.public_ids() == {"shop/a", "shop/sub/b", "shop/sub/deep/c"}
        asset = await w.call("get_asset", public_id="shop/sub/deep/c")
        assert asset["asset_folder"] == "shop/sub/deep"
        assert asset["tags"] == ["new"]
        total = sum(path.stat().st_size for path in root.rglob("[abc].png"))
        assert told[-1][:2] == (total, total)
        assert "3 files" in str(told[-1][2])


async def test_a_second_run_sends_nothing_and_a_changed_file_is_kept(tmp_path: Path) -> None:
    root = pictures(tmp_path, a=png(), b=png(9, 9))
    async with world(tmp_path, settings=allowed(root)) as w:
        await w.call("upload_assets", sources=[str(root)])
        sent = await uploads_sent(w)
        again = await w.call("upload_assets", sources=[str(root)])
        assert again == {"uploaded": 0, "already_there": 2}
        assert await uploads_sent(w) == sent
        (root / "a.png").write_bytes(png(20, 20))
        report = await w.call("upload_assets", sources=[str(root)])
        assert report["kept"] == ["a.png → a"]
        assert await uploads_sent(w) == sent


@both_eras
async def test_replacing_is_planned_and_only_with_a_yes(tmp_path: Path, era: str) -> None:
    root = pictures(tmp_path, a=png(), b=png(9, 9))
    async with world(tmp_path, era, settings=allowed(root)) as w:
        await w.upload("a", png(1, 1))
        plan = await w.call("upload_assets", sources=[str(root)], overwrite=True, confirm=True)
        assert plan["plan"].startswith("Replace 1 asset by uploading 2 files")
        assert (await w.call("get_asset", public_id="a"))["width"] == 1
        report = await w.call("upload_assets", plan_id=plan["plan_id"], confirm=True)
        assert report["uploaded"] == 2
        assert (await w.call("get_asset", public_id="a"))["width"] == 8


async def test_what_changed_since_the_plan_is_not_replaced(tmp_path: Path) -> None:
    root = pictures(tmp_path, a=png())
    async with world(tmp_path, settings=allowed(root)) as w:
        await w.upload("a", png(1, 1))
        plan = await w.call("upload_assets", sources=[str(root)], overwrite=True)
        await w.cloud.admin("DELETE", ("resources", "image", "upload"), json={"public_ids": ["a"]})
        await w.upload("a", png(2, 2))
        report = await w.call("upload_assets", plan_id=plan["plan_id"], confirm=True)
        assert report["uploaded"] == 0
        assert (await w.call("get_asset", public_id="a"))["width"] == 2


async def test_globs_data_uris_and_patterns_name_their_assets(tmp_path: Path) -> None:
    root = pictures(tmp_path, a=png(), b=png(9, 9), sub__c=png(5, 5))
    uri = "data:image/png;base64," + base64.b64encode(png(3, 3)).decode()
    async with world(tmp_path, settings=allowed(root)) as w:
        await w.call("upload_assets", sources=[f"{root}/[ab].png"], name="x-{index}-{name}")
        await w.call("upload_assets", sources=[f"{root}/**/c.png"], folder="f", keep_folders=False)
        assert await w.public_ids() == {"x-001-a", "x-002-b", "f/c"}
        first = await w.call("upload_assets", sources=[uri])
        assert first["uploaded_public_ids"][0].startswith("data-")
        assert (await w.call("upload_assets", sources=[uri]))["already_there"] == 1


async def test_a_manifest_gives_each_source_its_own_parameters(tmp_path: Path) -> None:
    root = pictures(tmp_path, a=png(), b=png(9, 9))
    (root / "list.csv").write_text(
        'source,public_id,tags,context.alt,metadata.sku\na.png,one,"x, y",A dog,S1\nb.png,,,,\n'
    )
    async with world(tmp_path, settings=allowed(root)) as w:
        await w.cloud.admin("POST", "metadata_fields", json={"external_id": "sku", "label": "SKU", "type": "string"})
        report = await w.call("upload_assets", manifest=str(root / "list.csv"), tags=["all"])
        assert sorted(report["uploaded_public_ids"]) == ["b", "one"]
        asset = await w.cloud.admin("GET", ("resources", "image", "upload", "one"))
        assert asset["tags"] == ["all", "x", "y"]
        assert asset["context"]["custom"] == {"alt": "A dog"}
        assert asset["metadata"] == {"sku": "S1"}
        text = json.dumps([{"source": str(root / "a.png"), "public_id": "two", "context": {"alt": "B"}}])
        assert (await w.call("upload_assets", manifest=text))["uploaded_public_ids"] == ["two"]


async def test_a_dry_run_tells_and_sends_nothing(tmp_path: Path) -> None:
    root = pictures(tmp_path, a=png(), b=png(9, 9))
    async with world(tmp_path, settings=allowed(root)) as w:
        await w.upload("a", png())
        report = await w.call("upload_assets", sources=[str(root)], dry_run=True)
        assert report["would_upload"] == ["b.png → b"]
        assert report["already_there"] == 1
        assert await w.public_ids() == {"a"}


async def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    root = pictures(tmp_path, a=png(), bad=b"no picture", empty=b"")
    async with world(tmp_path, settings=allowed(root)) as w:
        report = await w.call("upload_assets", sources=[str(root)], resource_type="image")
        assert report["uploaded_public_ids"] == ["a"]
        assert {entry["source"] for entry in report["failed"]} == {"bad.png", "empty.png"}


async def test_a_rate_limit_stops_cleanly_and_a_second_run_finishes(tmp_path: Path) -> None:
    root = pictures(tmp_path, **{f"p{number:02}": png(number + 1, 5) for number in range(12)})
    async with world(tmp_path, settings=allowed(root)) as w:
        w.sandbox.faults.add({"path": "*/upload", "method": "POST", "action": "delay", "times": 5})
        w.sandbox.faults.add({"path": "*/upload", "method": "POST", "status": 420, "reset": 3000, "times": 20})
        report = await w.call("upload_assets", sources=[str(root)])
        assert report["uploaded"] == 5 == len(await w.public_ids())
        assert report["not_sent"] == 7
        w.sandbox.faults.clear()
        again = await w.call("upload_assets", sources=[str(root)])
        assert again["uploaded"] == 7
        assert again["already_there"] == 5


async def test_an_upload_whose_answer_went_lost_is_not_stored_twice(tmp_path: Path) -> None:
    root = pictures(tmp_path, a=png())
    async with world(tmp_path, settings=allowed(root)) as w:
        w.sandbox.faults.add({"path": "*/upload", "method": "POST", "status": 500, "after": True})
        report = await w.call("upload_assets", sources=[str(root)])
        assert "skips what is there" in report["failed"][0]["why"]
        assert (await w.call("upload_assets", sources=[str(root)])) == {"uploaded": 0, "already_there": 1}
        assert await w.public_ids() == {"a"}


async def test_uploads_that_outlive_their_call_go_on_and_can_be_asked_for(tmp_path: Path) -> None:
    root = pictures(tmp_path, a=png(), b=png(9, 9))
    async with world(tmp_path, settings=allowed(root) | {"call_seconds": 5}) as w:
        w.sandbox.faults.add({"path": "*/upload", "method": "POST", "action": "delay", "delay": 1.5})
        report = await w.call("upload_assets", sources=[str(root)])
        assert report["status"] == "uploading"
        done = await w.call("upload_assets", upload_id=report["upload_id"])
        while done.get("status"):
            done = await w.call("upload_assets", upload_id=report["upload_id"])
        assert done["uploaded"] == 2


async def test_uploads_that_hang_are_bounded_and_the_next_one_says_so(tmp_path: Path) -> None:
    root = pictures(tmp_path, a=png())
    async with world(tmp_path, settings=allowed(root) | {"call_seconds": 5, "max_uploads": 1}) as w:
        w.sandbox.faults.add({"path": "*/upload", "method": "POST", "action": "delay", "delay": 3})
        first = await w.call("upload_assets", sources=[str(root)])
        assert first["status"] == "uploading"
        said = await w.error("upload_asset", source=str(root / "a.png"), public_id="b")
        assert "1 uploads are running already; nothing of this one was sent" in said
        while first.get("status"):
            first = await w.call("upload_assets", upload_id=first["upload_id"])
        assert first["uploaded"] == 1
        assert await w.public_ids() == {"a"}


SENSELESS: list[tuple[dict[str, Any], str]] = [
    ({}, "nothing to upload"),
    ({"sources": ["relative.png"]}, "absolute path"),
    ({"sources": ["/etc"]}, "not in an allowed folder"),
    ({"sources": ["ROOT/x/*.gif"]}, "no source matches"),
    ({"sources": ["ROOT/x", "ROOT/y"]}, "2 sources would get the public_id 'same'"),
    ({"sources": ["ROOT/x"], "name": "{nme}"}, "no such placeholder: nme"),
    ({"sources": ["ROOT/x"], "folder": "a//b"}, "double slash"),
    ({"sources": ["ROOT/x"], "options": {"overwrite": True}}, "cannot set overwrite"),
    ({"manifest": "[1]"}, "A JSON manifest is a list"),
    ({"manifest": "[{]"}, "no valid JSON"),
    ({"manifest": "public_id,tags\na,b\n"}, "has no source"),
    ({"manifest": "source\na,b\n"}, "more cells than columns"),
    ({"manifest": '[{"source": "https://x/y.png", "signature": "s"}]'}, "cannot set signature"),
]


async def test_what_cannot_be_meant_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    root = pictures(tmp_path, x__same=png(), y__same=png(9, 9))
    async with world(tmp_path, settings=allowed(root)) as w:
        for arguments, said in SENSELESS:
            given = json.loads(json.dumps(arguments).replace("ROOT", str(root)))
            assert said in await w.error("upload_assets", **given)
        assert await w.public_ids() == set()


async def test_links_that_lead_out_of_the_allowed_folder_are_left_out(tmp_path: Path) -> None:
    root = pictures(tmp_path, a=png())
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(9, 9))
    (root / "link.png").symlink_to(secret)
    (root / "dir").symlink_to(tmp_path)
    async with world(tmp_path, settings=allowed(root)) as w:
        report = await w.call("upload_assets", sources=[str(root)])

        assert report["uploaded_public_ids"] == ["a"]
        assert "not in an allowed folder" in await w.error("upload_assets", sources=[f"{root}/dir/*.png"])
        assert "no source matches" in await w.error("upload_assets", sources=[f"{root}/*/../../*.png"])
