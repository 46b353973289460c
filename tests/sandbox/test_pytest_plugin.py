"""The fixture `cloudinary_sandbox`, in this suite and in suites of others."""

import os
import subprocess
import sys
import threading
from importlib.metadata import entry_points
from pathlib import Path

import httpx
import pytest
from cloudinary import api, uploader
from cloudinary.exceptions import GeneralError, RateLimited

from cloudinary_sandbox import SandboxBusyError, SandboxOptions
from cloudinary_sandbox.threaded import ThreadedSandbox, sandbox_in_thread
from tests.sandbox.helpers import picture, point_sdk_at

SOMEBODYS_TEST = """
import os, urllib.request

def test_it(cloudinary_sandbox, monkeypatch):
    assert cloudinary_sandbox.assets == []
    assert cloudinary_sandbox.cloudinary_url.startswith("cloudinary://")
    urllib.request.urlopen(cloudinary_sandbox.address + "/sandbox/health").close()
"""
IN_A_LOOP = """
import httpx, pytest

@pytest.mark.asyncio
async def test_it(cloudinary_sandbox):
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.get(cloudinary_sandbox.address + "/sandbox/health")
    assert reply.json()["cloud_name"] == cloudinary_sandbox.cloud_name
"""
WITHOUT_IT = """
import sys

def test_it():
    heavy = ["starlette", "uvicorn", "aiosqlite", "PIL", "httpx", "anyio", "cloudinary_sandbox.service", "mcp"]
    assert "cloudinary_sandbox.pytest_plugin" in sys.modules
    assert [name for name in heavy if name in sys.modules] == []
"""


def run_suite(folder: Path, test: str, *plugins: str) -> str:
    """Run somebody's suite of one test with no plugins but the named ones; what pytest says."""
    (folder / "test_somebodys.py").write_text(test)
    loop = "asyncio_default_fixture_loop_scope = function\n" if plugins else ""
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts = --strict-markers -W error\n{loop}")
    args = [part for name in ("cloudinary_sandbox.pytest_plugin", *plugins) for part in ("-p", name)]
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *args], cwd=folder, env=environ, capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("test", "plugins"),
    [
        (SOMEBODYS_TEST, ()),
        (SOMEBODYS_TEST, ("pytest_asyncio.plugin",)),
        (IN_A_LOOP, ("pytest_asyncio.plugin",)),
        (WITHOUT_IT, ()),
    ],
    ids=["plain", "with pytest-asyncio", "in a loop", "nothing heavy unless asked for"],
)
def test_it_works_in_anybodys_suite(tmp_path: Path, test: str, plugins: tuple[str, ...]) -> None:
    said = run_suite(tmp_path, test, *plugins)
    assert "1 passed" in said, said


def test_pytest_finds_it_by_itself() -> None:
    (found,) = entry_points(group="pytest11", name="cloudinary_sandbox")
    assert found.value == "cloudinary_sandbox.pytest_plugin"


def test_it_shows_what_the_cloud_holds_and_was_asked(cloudinary_sandbox: ThreadedSandbox) -> None:
    point_sdk_at(cloudinary_sandbox)
    uploader.upload(picture(), public_id="cover", tags=["a"], context={"alt": "teal"})
    (asset,) = cloudinary_sandbox.assets
    assert (asset["public_id"], asset["tags"], asset["context"]) == ("cover", ["a"], {"custom": {"alt": "teal"}})
    (request,) = cloudinary_sandbox.requests
    assert (request["method"], request["path"].rpartition("/")[2], request["status"]) == ("POST", "upload", 200)
    cloudinary_sandbox.reset()
    assert (cloudinary_sandbox.assets, cloudinary_sandbox.requests) == ([], [])


def test_calls_fail_as_planned(cloudinary_sandbox: ThreadedSandbox) -> None:
    point_sdk_at(cloudinary_sandbox)
    cloudinary_sandbox.plan_fault("*/ping", status=500, message="Bad gateway")
    assert [fault["path"] for fault in cloudinary_sandbox.faults] == ["*/ping"]
    with pytest.raises(GeneralError, match="Bad gateway"):
        api.ping()
    assert api.ping()["status"] == "ok"
    cloudinary_sandbox.plan_fault("*/ping", status=500)
    cloudinary_sandbox.clear_faults()
    assert api.ping()["status"] == "ok"
    cloudinary_sandbox.set_quota(limit=1, used=1)
    with pytest.raises(RateLimited):
        api.ping()


@pytest.mark.cloudinary_sandbox(cloud_name="mine", folder_mode="fixed", admin_quota=7)
def test_a_marker_gives_it_options(cloudinary_sandbox: ThreadedSandbox) -> None:
    point_sdk_at(cloudinary_sandbox)
    assert api.config(settings=True)["settings"]["folder_mode"] == "fixed"
    assert (cloudinary_sandbox.cloud_name, api.ping().rate_limit_allowed) == ("mine", 7)


def test_the_thread_ends_with_the_block(tmp_path: Path) -> None:
    def running() -> int:
        return sum(thread.name == "cloudinary-sandbox" for thread in threading.enumerate())

    before = running()
    with sandbox_in_thread(SandboxOptions(data_dir=tmp_path)) as sandbox:
        assert httpx.get(f"{sandbox.address}/sandbox/health", trust_env=False).status_code == 200
        assert running() == before + 1
    assert running() == before


def test_what_keeps_it_from_starting_is_raised_here(tmp_path: Path) -> None:
    options = SandboxOptions(data_dir=tmp_path)
    with sandbox_in_thread(options), pytest.raises(SandboxBusyError), sandbox_in_thread(options):
        pass
