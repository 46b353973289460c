"""The JavaScript of an upload: `eval` before it is stored, `on_success` after."""

from pathlib import Path
from typing import Any

import pytest

from cloudinary_sandbox.core.clock import now
from tests.sandbox.helpers import Api, api, error_of, picture

SMALL = (
    'if (resource_info["width"] < 450) { upload_options.quality_analysis = true;'
    ' upload_options["context"] = "width=" + resource_info.width; upload_options.tags = "a,b"; }'
)


async def test_a_script_reads_the_file_and_changes_the_options(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        made = await call.upload(eval=SMALL, tags="mine")
        assert (made["context"], made["tags"]) == ({"custom": {"width": "241"}}, ["a", "b"])
        assert isinstance(made["quality_analysis"]["focus"], float)
        large = await call.upload(picture((600, 20)), eval=SMALL, tags="mine")
        assert (large["tags"], "context" in large, "quality_analysis" in large) == (["mine"], False, False)


async def test_a_script_may_ask_for_derived_files_names_and_folders(tmp_path: Path) -> None:
    script = (
        "upload_options.eager = 'c_scale,w_10'; upload_options.public_id = 'named';"
        "upload_options.asset_folder = 'by/script'; upload_options.type = 'private'"
    )
    async with api(tmp_path) as call:
        made = await call.upload(eval=script)
        assert (made["public_id"], made["asset_folder"], made["type"]) == ("named", "by/script", "upload")
        assert made["eager"][0]["width"] == 10


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("resource_info.nothing.at.all", "Eval failed: TypeError"),
        ("this is no script", "Eval failed: SyntaxError"),
        ("while (true) {}", "Eval failed: InternalError: interrupted"),
        ("upload_options.eager = 'zz_1'", "Invalid transformation component - zz_1"),
        ("upload_options.detection = 'nothing'", "Detection invalid model 'nothing'"),
        ("var x = 1;" * 500, "eval has 5000 characters, at most 4095 are allowed"),
        ("#RESOURCE_REF:missing.js", "Resource not found - missing.js"),
    ],
)
async def test_a_script_that_fails_stores_nothing(tmp_path: Path, script: str, said: str) -> None:
    async with api(tmp_path) as call:
        status, message = error_of(await call.try_upload(eval=script))
        assert status in {400, 404}
        assert message.startswith(said)
        assert (await call.get("/resources/image"))["resources"] == []
        assert list((tmp_path / "incoming").iterdir()) == []


async def test_a_script_sees_nothing_of_the_machine(tmp_path: Path) -> None:
    names = ("require", "process", "fetch", "std", "os", "Deno", "XMLHttpRequest")
    script = f"upload_options.tags = [{', '.join(f'typeof {name}' for name in names)}].join()"
    async with api(tmp_path) as call:
        assert (await call.upload(eval=script))["tags"] == ["undefined"]


async def test_a_script_may_be_an_asset(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        script = b"upload_options.tags = 'stored'"
        await call.upload(script, rt="raw", name="s.js", public_id="s.js", type="authenticated")
        assert (await call.upload(eval="#RESOURCE_REF:s.js"))["tags"] == ["stored"]


async def reacted(call: Api, script: str) -> Any:
    return await call.upload(on_success=script, public_id="x", tags="before", context="alt=old")


async def test_what_is_done_on_success_replaces_labels(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        script = (
            "current_asset.update({tags: ['t', e.status], context: {size: e.upload_info?.width,"
            " none: event.upload_info.info?.detection ?? 'no'}})"
        )
        made = await reacted(call, script)
        assert (made["tags"], made["context"]) == (["t", "success"], {"custom": {"size": "241", "none": "no"}})
        assert (await call.get("/resources/image/upload/x"))["tags"] == ["t", "success"]


async def test_a_failure_behind_the_upload_is_told_and_undoes_nothing(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        made = await reacted(call, "nothing.at.all")
        assert made["hook_execution"]["on_success"]["status"] == "failure"
        assert made["hook_execution"]["on_success"]["error"].startswith("On success failed: ReferenceError")
        assert (await call.get("/resources/image/upload/x"))["tags"] == ["before"]


async def test_scripts_of_a_preset_run_too_and_explicit_runs_them_again(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        body = {"name": "p", "unsigned": True, "eval": SMALL, "on_success": "current_asset.update({tags: ['done']})"}
        assert (await call("POST", "/upload_presets", json=body)).status_code == 200
        form = {"upload_preset": "p", "public_id": "x"}
        url = f"{call.prefix}/image/upload"
        made = (await call.client.post(url, data=form, files={"file": ("a.png", picture())})).json()
        assert (made["tags"], made["context"]) == (["done"], {"custom": {"width": "241"}})
        again = {"public_id": "x", "type": "upload", "eval": "upload_options.tags = String(resource_info.height)"}
        assert (await call("POST", "/image/explicit", json={**again, "timestamp": now()})).json()["tags"] == ["51"]
