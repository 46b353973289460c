"""The official Cloudinary CLI against sandboxes: folders go up and come down, assets move between clouds."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from cloudinary_sandbox import SandboxOptions
from cloudinary_sandbox.threaded import ThreadedSandbox, sandbox_in_thread
from tests.end_to_end.processes import environment
from tests.support import LOOPBACK

CLD = shutil.which("cld", path=str(Path(sys.executable).parent))
WITHIN = 90
"""Seconds for one command, which takes about one."""
SAMPLES = Path(str(files("cloudinary_sandbox") / "samples"))

pytestmark = pytest.mark.skipif(CLD is None, reason="needs the Cloudinary CLI: uv sync --group cloudinary-cli")

Cld = Callable[..., str]


def url_of(sandbox: ThreadedSandbox) -> str:
    """The CLOUDINARY_URL with which an SDK also builds its delivery URLs at the sandbox."""
    return f"{sandbox.cloudinary_url}&cname={urlsplit(sandbox.address).netloc}"


@pytest.fixture
def clouds(tmp_path: Path) -> Generator[tuple[ThreadedSandbox, ThreadedSandbox]]:
    with (
        sandbox_in_thread(SandboxOptions(data_dir=tmp_path / "first", cloud_name="first")) as first,
        sandbox_in_thread(SandboxOptions(data_dir=tmp_path / "second", cloud_name="second")) as second,
    ):
        yield first, second


@pytest.fixture
def cld(clouds: tuple[ThreadedSandbox, ThreadedSandbox], tmp_path: Path) -> Cld:
    def run(*arguments: str, on: ThreadedSandbox = clouds[0]) -> str:
        assert CLD
        env = environment(CLOUDINARY_URL=url_of(on), HOME=str(tmp_path))
        done = subprocess.run(
            [CLD, *arguments], capture_output=True, text=True, env=env, cwd=tmp_path, timeout=WITHIN, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "error:" not in done.stdout + done.stderr, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def local(tmp_path: Path) -> Path:
    folder = tmp_path / "local"
    (folder / "below").mkdir(parents=True)
    for name in ("cat.jpg", "below/rocket.jpg", "below/handout.pdf", "below/flight.mp4"):
        shutil.copyfile(SAMPLES / Path(name).name, folder / name)
    (folder / "below" / "note.txt").write_text("a note")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_goes_up_comes_down_and_is_in_sync(cld: Cld, local: Path, tmp_path: Path) -> None:
    down = tmp_path / "down"
    down.mkdir()
    assert "Synced | 5" in cld("sync", "--push", "-F", str(local), "kept")
    assert "Skipping 5 items" in cld("sync", "--push", "-F", str(local), "kept")
    assert "Synced | 5" in cld("sync", "--pull", "-F", str(down), "kept")
    assert contents(down) == contents(local)
    assert "Skipping 5 items" in cld("sync", "--pull", "-F", str(down), "kept")


def test_what_is_new_and_what_is_gone_is_synced(
    cld: Cld, clouds: tuple[ThreadedSandbox, ThreadedSandbox], local: Path
) -> None:
    cld("sync", "--push", "-F", str(local), "kept")
    shutil.copyfile(SAMPLES / "coffee.jpg", local / "new.jpg")
    (local / "cat.jpg").unlink()
    assert "Synced | 1" in cld("sync", "--push", "-F", str(local), "kept")
    names = {(asset["asset_folder"], asset["display_name"]) for asset in clouds[0].assets}
    assert ("kept", "new") in names
    assert ("kept", "cat") not in names
    assert len(names) == 5


def test_a_directory_is_uploaded_with_its_folders(
    cld: Cld, clouds: tuple[ThreadedSandbox, ThreadedSandbox], local: Path
) -> None:
    assert "5 resources uploaded" in cld("upload_dir", str(local), "-f", "dir")
    assert {asset["asset_folder"] for asset in clouds[0].assets} == {"dir/local", "dir/local/below"}


def test_assets_are_cloned_into_another_cloud(
    cld: Cld, clouds: tuple[ThreadedSandbox, ThreadedSandbox], local: Path
) -> None:
    first, second = clouds
    cld("uploader", "upload", str(local / "cat.jpg"), "public_id=shop/cat", "tags=a,b", "context=alt=A cat")
    cld("uploader", "upload", str(local / "below/flight.mp4"), "public_id=flight", "resource_type=video")
    cld("clone", "-F", "-fi", "tags,context", url_of(second))
    copied = {asset["public_id"]: asset for asset in second.assets}
    assert set(copied) == {"shop/cat", "flight"}
    assert {asset["public_id"]: asset["bytes"] for asset in first.assets} == {
        public_id: asset["bytes"] for public_id, asset in copied.items()
    }
    labels = (copied["shop/cat"]["tags"], copied["shop/cat"]["context"])
    assert labels == (["a", "b"], {"custom": {"alt": "A cat"}})


def test_remote_files_are_migrated_through_an_upload_mapping(
    cld: Cld, clouds: tuple[ThreadedSandbox, ThreadedSandbox], local: Path, tmp_path: Path
) -> None:
    first, second = clouds
    cld("uploader", "upload", str(local / "cat.jpg"), "public_id=old/cat")
    remote = f"{first.address}/first/image/upload/old/"
    cld("admin", "create_upload_mapping", "moved", f"template={remote}", on=second)
    (tmp_path / "urls").write_text(f"{remote}cat.jpg\n")
    cld("migrate", "moved", str(tmp_path / "urls"), on=second)
    assert [asset["public_id"] for asset in second.assets] == ["moved/cat"]
    served = httpx.get(f"{second.address}/second/image/upload/moved/cat.jpg", **LOOPBACK)
    assert served.content == (local / "cat.jpg").read_bytes()
