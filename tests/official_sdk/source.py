"""The SDK's source package, had from PyPI by pip once and kept in a temporary folder."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from tests.protocol.node import Trouble

LOCK = Path(__file__).parents[2] / "uv.lock"
PACKAGE = "cloudinary"
DOWNLOAD_WITHIN = 120
"""Seconds for pip and the quarter of a megabyte; it takes seven the first time."""


def locked() -> tuple[str, str]:
    """The version of the SDK that the lock file pins, and the SHA-256 of its source package."""
    packages = tomllib.loads(LOCK.read_text())["package"]
    (entry,) = (package for package in packages if package["name"] == PACKAGE)
    return entry["version"], entry["sdist"]["hash"].removeprefix("sha256:")


def archive() -> Path:
    """The source package as a file, with the digest that the lock file says."""
    version, digest = locked()
    kept = Path(tempfile.gettempdir(), f"{PACKAGE}-source-{digest[:16]}", f"{PACKAGE}-{version}.tar.gz")
    if not (kept.is_file() and hashlib.sha256(kept.read_bytes()).hexdigest() == digest):
        with tempfile.TemporaryDirectory() as folder:
            _download(version, Path(folder))
            arrived = Path(folder, kept.name)
            found = hashlib.sha256(arrived.read_bytes()).hexdigest()
            if found != digest:
                raise Trouble(f"{kept.name} has the SHA-256 {found}; the lock file says {digest}")
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            shutil.move(arrived, kept)
    return kept


def _download(version: str, folder: Path) -> None:
    command = [_uv(), "tool", "run", "pip", "download", "--quiet", "--no-deps", "--no-binary", PACKAGE, "--dest"]
    try:
        done = subprocess.run(
            [*command, str(folder), f"{PACKAGE}=={version}"], capture_output=True, text=True, timeout=DOWNLOAD_WITHIN
        )
    except subprocess.TimeoutExpired:
        raise Trouble(f"pip download did not end within {DOWNLOAD_WITHIN} s: is PyPI reachable?") from None
    if done.returncode:
        raise Trouble(f"pip download failed; it needs PyPI once.\n{done.stderr}")


def _uv() -> str:
    found = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if found is None:
        raise Trouble("uv is not on the PATH: https://docs.astral.sh/uv/")
    return found


def unpack_tests(folder: Path) -> None:
    """Put the SDK's folder `test` below this one, as a package with the modules that are missing from it."""
    with tarfile.open(archive()) as source:
        tests = [member for member in source if Path(member.name).match("*/test/test_*.py")]
        for member in tests:
            member.name = f"test/{Path(member.name).name}"
        source.extractall(folder, tests, filter="data")
    if not tests:
        raise Trouble(f"{archive()} has no folder test")
    storage = folder / "test" / "cache" / "storage"
    storage.mkdir(parents=True)
    here = Path(__file__).parent
    shutil.copy(here / "helper.py", folder / "test" / "helper_test.py")
    shutil.copy(here / "storage.py", storage / "dummy_cache_storage.py")
    for package in (storage, storage.parent, folder / "test"):
        (package / "__init__.py").touch()
