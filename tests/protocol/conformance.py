"""Run the official conformance suite against our Streamable HTTP endpoint, in both eras of the protocol.

    python -m tests.protocol.conformance

The suite was written for a reference server with tools, prompts and resources of its own. What it asks of those is in
`conformance.toml`, with the reason; every other check of every scenario has to pass, and a listed one has to fail.
"""

import asyncio
import json
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from tests.end_to_end.processes import PATIENCE, PROGRAM, WIRE_ERAS, environment, kill, process
from tests.protocol.node import HERE, Trouble, conclude, install, program, run
from tests.protocol.verdicts import Check, Listed, Verdict, deviations, summary, worst

WITHIN = 120
"""Seconds for all scenarios of a revision, which take seven."""
RESULTS = re.compile(r"server-(?P<scenario>.+)-\d{4}-\d\d-\d\dT[\d-]+Z")


@dataclass
class Served:
    """Our server at an address, and what it logged, once it has ended."""

    url: str
    log: str = ""

    @property
    def errors(self) -> list[str]:
        """What it called errors: nothing that a client sends is one."""
        return [f"the server logged {line}" for line in self.log.splitlines() if line.startswith("ERROR")]


@asynccontextmanager
async def http_server(data_dir: Path) -> AsyncGenerator[Served]:
    """Our server with every tool, over Streamable HTTP, on a sandbox of its own."""
    options = ("--transport", "http", "--port", "0", "--sandbox", "--toolsets", "all", "--data-dir", str(data_dir))
    async with process(*PROGRAM, "serve", *options, env=environment()) as running:
        assert running.stderr is not None
        line = (await asyncio.wait_for(running.stderr.readline(), PATIENCE)).decode()
        log = asyncio.create_task(running.stderr.read())
        _, found, address = line.strip().partition(" at ")
        if not found:
            raise Trouble(f"the server did not start: {line}{(await log).decode()}")
        served = Served(address)
        try:
            yield served
        finally:
            await kill(running)
            served.log = (await log).decode()


async def scenarios(suite: tuple[str, ...], revision: str) -> set[str]:
    """The server scenarios that the suite has for a revision."""
    listing = await run(*suite, "list", "--server", "--spec-version", revision, within=WITHIN)
    return set(re.findall(r"^ +- (\S+)", listing.stdout, re.MULTILINE))


async def reports(suite: tuple[str, ...], revision: str, url: str, results: Path) -> dict[str, list[dict[str, Any]]]:
    """What each scenario of a revision found; `Trouble` when one of them did not report."""
    expected = await scenarios(suite, revision)
    options = ("--suite", "all", "--spec-version", revision, "--output-dir", str(results))
    done = await run(*suite, "server", "--url", url, *options, within=WITHIN)
    found = {
        match["scenario"]: json.loads((folder / "checks.json").read_text())
        for folder in results.iterdir()
        if (match := RESULTS.fullmatch(folder.name))
    }
    if not expected or expected != set(found) or not all(found.values()):
        silent = sorted(expected ^ set(found)) or sorted(name for name in found if not found[name])
        raise Trouble(f"{revision}: no report of {silent or 'any scenario'}\n{done.stdout[-4000:]}{done.stderr}")
    return found


async def main() -> int:
    """Run everything, print a line for each revision and for each deviation; the exit code."""
    install()
    suite = program("@modelcontextprotocol/conformance", "conformance")
    listed = Listed.read(HERE / "conformance.toml")
    verdicts: dict[Check, Verdict] = {}
    with TemporaryDirectory() as folder:
        async with http_server(Path(folder, "data")) as server:
            for revision in WIRE_ERAS:
                results = Path(folder, revision)
                results.mkdir()
                found = await reports(suite, revision, server.url, results)
                here = worst(
                    (Check(revision, f"{scenario}:{said['id']}"), Verdict(said["status"], said.get("errorMessage", "")))
                    for scenario, checks in found.items()
                    for said in checks
                )
                verdicts |= here
                click.echo(f"conformance {revision}: {len(found)} scenarios, {summary(here, listed)}")
    wrong = [*deviations(verdicts, listed), *server.errors]
    for line in wrong:
        click.echo(f"  {line}")
    if wrong:
        sys.stderr.write(server.log)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(conclude(main))
