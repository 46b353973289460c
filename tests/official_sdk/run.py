"""Run the official Python SDK's own tests against a sandbox cloud.

    python -m tests.official_sdk.run

They were written for the live service and find it by CLOUDINARY_URL. What does not apply to a cloud on this machine is
in `not_applicable.toml`, with the reason; every other test has to pass, and a listed one must not.
"""

import asyncio
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import click

from tests.end_to_end.processes import SandboxProcess, environment, process, sandbox_process
from tests.official_sdk.source import unpack_tests
from tests.protocol.node import Trouble, conclude
from tests.protocol.verdicts import PASSED, Check, Listed, Verdict, deviations, summary

LISTED = Path(__file__).parent / "not_applicable.toml"
WITHIN = 120
"""Seconds for all tests, which take five."""


def verdicts(report: Path) -> dict[Check, Verdict]:
    """What pytest's XML report says of each test."""
    found: dict[Check, Verdict] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname', '').removeprefix('test.')}.{case.get('name')}"
        said = next(iter(child for child in case if child.tag in ("failure", "error", "skipped")), None)
        verdict = Verdict(PASSED)
        if said is not None:
            status = "SKIPPED" if said.tag == "skipped" else "FAILURE"
            verdict = Verdict(status, " ".join((said.get("message") or "").split())[:300])
        found[Check("sdk", name)] = verdict
    return found


async def run_tests(folder: Path, sandbox: SandboxProcess) -> dict[Check, Verdict]:
    """Run the unpacked tests in a pytest of their own; `cname` makes the SDK build its delivery URLs at the sandbox."""
    report = folder / "report.xml"
    options = ("--quiet", "--tb=short", "-p", "no:cacheprovider", f"--junitxml={report}", "test")
    wanted = {"RUN_SEARCH_TESTS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    env = environment(CLOUDINARY_URL=f"{sandbox.url}&cname={quote(urlsplit(sandbox.address).netloc)}", **wanted)
    command = (sys.executable, "-m", "pytest", "--rootdir", str(folder), *options)
    async with process(*command, env=env, cwd=folder) as running:
        try:
            stdout, stderr = await asyncio.wait_for(running.communicate(), WITHIN)
        except TimeoutError:
            raise Trouble(f"the tests did not end within {WITHIN} s") from None
    if not report.is_file():
        raise Trouble(f"pytest wrote no report:\n{stdout.decode()}{stderr.decode()}")
    return verdicts(report)


async def main() -> int:
    """Run everything, print a line for each deviation; the exit code."""
    listed = Listed.read(LISTED)
    with TemporaryDirectory() as name:
        folder = Path(name)
        unpack_tests(folder)
        started = time.monotonic()
        async with sandbox_process(folder / "data") as sandbox:
            found = await run_tests(folder, sandbox)
    click.echo(f"official Python SDK: {summary(found, listed)}, {time.monotonic() - started:.1f} s")
    wrong = deviations(found, listed)
    for line in wrong:
        click.echo(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(conclude(main))
