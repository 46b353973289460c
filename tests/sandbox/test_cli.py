"""The sandbox's command: the same under both names, with words for what cannot be, and nothing done on import."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from cloudinary_mcp.cli import main as server_command
from cloudinary_sandbox.cli import main as sandbox_command
from cloudinary_tools.config import CloudConfig
from tests.support import LOOPBACK

BOTH = pytest.mark.parametrize(
    "command", [["-m", "cloudinary_sandbox"], ["-m", "cloudinary_mcp", "sandbox"]], ids=["own", "server"]
)


@BOTH
def test_it_prints_the_url_of_a_cloud_that_answers_and_ends_when_interrupted(
    tmp_path: Path, command: list[str]
) -> None:
    environ = {**os.environ, "CLOUDINARY_MCP_DATA_DIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout
        url = process.stdout.readline().removeprefix("CLOUDINARY_URL=").strip()
        config = CloudConfig.from_url(url)
        reply = httpx.get(
            f"{config.upload_prefix}/v1_1/{config.cloud_name}/ping",
            auth=(config.api_key or "", config.secret),
            **LOOPBACK,
        )
        second = subprocess.run([sys.executable, *command], capture_output=True, text=True, env=environ, check=True)
        process.send_signal(signal.SIGINT)
        assert (process.wait(20), reply.json()) == (0, {"status": "ok"})
    assert second.stdout == f"CLOUDINARY_URL={url}\n"
    assert (tmp_path / "sandbox" / "cloud.sqlite").is_file()


def started(*args: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "cloudinary_sandbox", *args], stdout=subprocess.PIPE, text=True)


def test_clouds_of_two_names_run_side_by_side_on_one_data_folder(tmp_path: Path) -> None:
    both = ("--data-dir", str(tmp_path), "--admin-limit", "7", "--admin-window", "100000")
    with started(*both, "--empty") as one, started(*both, "--cloud-name", "second-shop") as other:
        configs: list[CloudConfig] = []
        for process in (one, other):
            assert process.stdout
            configs.append(CloudConfig.from_url(process.stdout.readline().removeprefix("CLOUDINARY_URL=").strip()))
        replies = [
            httpx.get(
                f"{config.upload_prefix}/v1_1/{config.cloud_name}/resources/image/upload",
                auth=(config.api_key or "", config.secret),
                **LOOPBACK,
            )
            for config in configs
        ]
        for process in (one, other):
            process.send_signal(signal.SIGINT)
    assert [config.cloud_name for config in configs] == ["sandbox", "second-shop"]
    assert len({config.upload_prefix for config in configs}) == 2
    assert [len(reply.json()["resources"]) for reply in replies] == [0, 7]
    assert {reply.headers["x-featureratelimit-limit"] for reply in replies} == {"7"}
    assert {path.name for path in tmp_path.iterdir()} == {"sandbox", "sandbox-second-shop"}


@pytest.mark.parametrize("name", ["1st", "a", "two words", "a/b"])
def test_a_name_that_no_cloud_can_have_is_refused(name: str) -> None:
    result = CliRunner().invoke(sandbox_command, ["--cloud-name", name])
    assert (result.exit_code, "letters, digits and hyphens" in result.output) == (2, True)


def test_both_names_take_the_same_flags() -> None:
    texts = [CliRunner().invoke(sandbox_command, ["--help"]).output]
    texts.append(CliRunner().invoke(server_command, ["sandbox", "--help"]).output)
    own, server = (re.sub(r"Usage: .*", "", text) for text in texts)
    assert own == server


@pytest.mark.parametrize(
    ("version", "said"), [(7, "was made by a newer version of the sandbox"), (0, "cannot be used")]
)
def test_data_of_a_newer_version_or_damaged_ends_with_words(tmp_path: Path, version: int, said: str) -> None:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    if version:
        with closing(sqlite3.connect(folder / "cloud.sqlite")) as database:
            database.execute(f"PRAGMA user_version = {version}")
    else:
        (folder / "cloud.sqlite").write_bytes(b"no database" * 500)
    commands = [(sandbox_command, []), (server_command, ["sandbox"]), (server_command, ["serve", "--sandbox"])]
    for command, args in commands:
        result = CliRunner().invoke(command, [*args, "--data-dir", str(tmp_path)])
        assert (result.exit_code, said in result.output, "Traceback" in result.output) == (2, True, False)


def test_importing_main_starts_nothing(tmp_path: Path) -> None:
    environ = {**os.environ, "CLOUDINARY_MCP_DATA_DIR": str(tmp_path)}
    code = "import cloudinary_sandbox.__main__"
    subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=20)
    assert list(tmp_path.iterdir()) == []
