"""`cloudinary-mcp doctor`: what it says and how it exits, well or ill."""

import contextlib
import sqlite3
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from anyio import to_thread
from click.testing import CliRunner, Result

from cloudinary_mcp.cli import main
from cloudinary_sandbox import SandboxOptions, SandboxServer

CLEAN: dict[str, str | None] = {
    "CLOUDINARY_URL": None,
    "CLOUDINARY_CLOUD_NAME": None,
    "CLOUDINARY_API_KEY": None,
    "CLOUDINARY_API_SECRET": None,
    "COLUMNS": "400",
}
SECRET = "s3cr3t-of-the-test"


async def doctor(data_dir: Path, *options: str, **env: str) -> Result:
    """Its whole run; in a thread, so that a sandbox of this test can answer it."""

    def run() -> Result:
        return CliRunner().invoke(main, ["doctor", "--data-dir", str(data_dir), *options], env={**CLEAN, **env})

    result = await to_thread.run_sync(run)
    assert SECRET not in result.output
    assert "Traceback" not in result.output
    return result


@contextlib.asynccontextmanager
async def cloud(tmp_path: Path) -> AsyncGenerator[str]:
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path / "cloud")) as sandbox:
        yield sandbox.cloudinary_url


def failures(result: Result) -> list[str]:
    """The lines of what is not well; there are some exactly when the exit code is 1."""
    lines = [line.removeprefix("FAIL ") for line in result.output.splitlines() if line.startswith("FAIL ")]
    assert result.exit_code == (1 if lines else 0)
    assert ("Something is wrong" in result.output) == bool(lines)
    return lines


async def test_with_the_embedded_sandbox_everything_is_well(tmp_path: Path) -> None:
    result = await doctor(tmp_path, "--sandbox")
    assert failures(result) == []
    for what in ("tools: ", "cloud sandbox: ", "clock: ", "data folder: ", "allowed folder: ", "Everything is well."):
        assert what in result.output


async def test_with_right_credentials_everything_is_well_and_no_secret_is_shown(tmp_path: Path) -> None:
    async with cloud(tmp_path) as url:
        result = await doctor(tmp_path, CLOUDINARY_URL=url)
    assert failures(result) == []
    assert url.partition("@")[0].rpartition(":")[2] not in result.output


async def test_without_credentials_it_says_how_to_set_them(tmp_path: Path) -> None:
    (line,) = failures(await doctor(tmp_path))
    assert line.startswith("credentials: ")
    assert "cloudinary://API_KEY:API_SECRET@CLOUD_NAME" in line
    assert "--sandbox" in line


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"https://1:{SECRET}@demo", "cloudinary://"),
        (f"cloudinary://1:{SECRET}@", "CLOUDINARY_URL"),
        (f"cloudinary://1:{SECRET}@demo?no_such_option=1", "no_such_option"),
        (f"cloudinary://1:{SECRET}@demo?upload_prefix=http://api.example.com", "https://"),
    ],
)
async def test_a_malformed_url_is_named_without_its_secret(tmp_path: Path, url: str, said: str) -> None:
    (line,) = failures(await doctor(tmp_path, CLOUDINARY_URL=url))
    assert line.startswith("credentials: CLOUDINARY_URL")
    assert said in line


async def test_a_wrong_secret_is_told_apart_from_an_unreachable_cloud(tmp_path: Path) -> None:
    async with cloud(tmp_path) as url:
        start, at, rest = url.partition("@")
        wrong = f"{start.rpartition(':')[0]}:{SECRET}{at}{rest}"
        (line,) = failures(await doctor(tmp_path, CLOUDINARY_URL=wrong))
        assert line.startswith("cloud sandbox: ")
        assert "secret" in line
    (line,) = failures(await doctor(tmp_path, CLOUDINARY_URL=wrong))
    assert "127.0.0.1 refused the connection" in line


async def test_a_host_that_does_not_exist_is_named(tmp_path: Path) -> None:
    url = f"cloudinary://1:{SECRET}@demo?upload_prefix=https://api.invalid"
    (line,) = failures(await doctor(tmp_path, CLOUDINARY_URL=url))
    assert "api.invalid" in line


async def test_conflicting_credentials_are_told(tmp_path: Path) -> None:
    env = {"CLOUDINARY_URL": f"cloudinary://1:{SECRET}@demo", "CLOUDINARY_CLOUD_NAME": "other"}
    (line,) = failures(await doctor(tmp_path, **env, CLOUDINARY_API_KEY="2", CLOUDINARY_API_SECRET=SECRET))
    assert "CLOUDINARY_CLOUD_NAME" in line
    assert "only one" in line


async def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with cloud(tmp_path) as url:
        (line,) = failures(await doctor(tmp_path / "file" / "folder", CLOUDINARY_URL=url))
    assert line.startswith(f"data folder: {tmp_path / 'file' / 'folder'} cannot be written")


async def test_under_the_sandbox_a_data_folder_that_cannot_be_written_is_named_too(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (line,) = failures(await doctor(tmp_path / "file" / "folder", "--sandbox"))
    assert "cannot be written" in line


async def test_folders_toolsets_and_clouds_that_are_not_there_are_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    async with cloud(tmp_path) as url:
        options = ["--allow-dir", str(missing), "--download-dir", str(missing), "--toolsets", "assets,nonsense"]
        options += ["--poll-channel", "shop=desk"]
        lines = failures(await doctor(tmp_path, *options, CLOUDINARY_URL=url))
    named = [line.partition(":")[0] for line in lines]
    assert named == ["tools", "notifications", "download folder", "allowed folder"]
    assert "nonsense" in lines[0]


async def test_a_notification_log_of_a_newer_version_is_named_with_what_to_do(tmp_path: Path) -> None:
    async with cloud(tmp_path) as url:
        log = tmp_path / "notifications" / "notifications.db"
        log.parent.mkdir(mode=0o700)
        with contextlib.closing(sqlite3.connect(log)) as db:
            db.execute("PRAGMA user_version=99")
        (line,) = failures(await doctor(tmp_path, CLOUDINARY_URL=url))
    assert line.startswith("notification log: ")
    assert "newer version" in line
    assert "update this one" in line
