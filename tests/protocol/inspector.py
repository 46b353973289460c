"""Let the MCP Inspector's CLI use the example configuration as a host would, in both eras of the protocol.

    python -m tests.protocol.inspector

Both entries of `claude_config.example.json` are run as they stand, with this checkout for PATH and a sandbox cloud's
credentials. Every answer is checked; `tools/list --strict` may warn of what `inspector.toml` lists, and has to.
"""

import asyncio
import json
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from dirty_equals import IsPartialDict, IsStr

from cloudinary_mcp.protocol.prompts.registry import PROMPTS
from cloudinary_tools.toolkit.definitions import load
from cloudinary_tools.toolkit.registry import TOOLSETS
from tests.end_to_end.processes import environment, sandbox_process
from tests.protocol.node import HERE, Output, Trouble, conclude, install, program, run

ROOT = HERE.parents[1]
ERAS = ("legacy", "modern")
WITHIN = 60
"""Seconds for one command, which takes three."""
TOOL_FAILED = 5
"""The Inspector's exit code for a tool that answers with an error."""
WARNING = re.compile(
    r'^\w+: tool "(?P<tool>[^"]+)"\n +Path: (?P<path>.+)\n +Issue: (?P<issue>.+)$',
    re.MULTILINE,
)


@dataclass(frozen=True)
class Step:
    """A command to a server, and what its result has to be; `view` picks what is looked at."""

    title: str
    arguments: Sequence[str]
    expected: Any
    view: Callable[[Mapping[str, Any]], Any] = dict
    code: int = 0


def _call(tool: str, **arguments: Any) -> tuple[str, ...]:
    return ("--method", "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments))


def _answer(**structured: Any) -> Any:
    """A tool's answer that has these fields in its structured content."""
    return IsPartialDict(isError=False, structuredContent=IsPartialDict(structured))


def _words(*words: str) -> Any:
    """A text that has these words, in this order."""
    return IsStr(regex=".*".join(["", *map(re.escape, words), ""]), regex_flags=re.DOTALL)


def _names(result: Mapping[str, Any], of: str = "tools") -> list[str]:
    return [entry["name"] for entry in result[of]]


DEFAULT = [entry["name"] for entry in load() if TOOLSETS[entry["toolset"]].default]
LIST_TOOLS = ("--method", "tools/list", "--strict")
USAGE = Step("get_usage", _call("get_usage"), _answer(cloud="sandbox", plan="Free"))
HELLO = {"public_id": "hello.txt", "bytes": 5}
_PROMPTS = sorted(prompt.name for prompt in PROMPTS)
STEPS = {
    "cloudinary-sandbox": [
        Step("tools/list --strict", LIST_TOOLS, DEFAULT, _names),
        USAGE,
        Step(
            "upload_asset",
            _call("upload_asset", source="data:text/plain;base64,aGVsbG8=", public_id="hello.txt"),
            _answer(resource_type="raw", **HELLO),
        ),
        Step(
            "list_assets",
            _call("list_assets", prefix="hello"),
            _answer(count=1, resource_type="raw", assets=[[*HELLO.values(), IsStr()]]),
        ),
        Step(
            "get_asset of one that is not there",
            _call("get_asset", public_id="nothing"),
            IsPartialDict(isError=True, content=[IsPartialDict(text=_words("nothing", "HTTP 404", "Check the id"))]),
            code=TOOL_FAILED,
        ),
        Step(
            "resources/read",
            ("--method", "resources/read", "--uri", "cloudinary://usage"),
            IsPartialDict(contents=[IsPartialDict(text=_words("'sandbox'", "plan Free"))]),
        ),
        Step("prompts/list", ("--method", "prompts/list"), _PROMPTS, lambda result: sorted(_names(result, "prompts"))),
        Step(
            "prompts/get",
            ("--method", "prompts/get", "--prompt-name", "write_alt_text", "--prompt-args", "folder=nowhere"),
            IsPartialDict(messages=[IsPartialDict(content=IsPartialDict(text=_words('"nowhere"', "list_assets(")))]),
        ),
    ],
    "cloudinary": [USAGE],
}
EVERY_TOOL = Step("tools/list --strict, all toolsets", LIST_TOOLS, [entry["name"] for entry in load()], _names)


@dataclass
class Inspector:
    """The Inspector with one configuration, speaking one era."""

    command: tuple[str, ...]
    config: Path
    era: str
    done: int = 0

    async def take(self, entry: str, step: Step) -> tuple[Output, list[str]]:
        """Run a step; what was written, and a line for each thing that is not as it should be."""
        options = ("--config", str(self.config), "--server", entry, "--protocol-era", self.era)
        # its own settings and secrets stay out of whoever's home this is
        private = {"MCP_INSPECTOR_SECRET_STORE": "memory", "MCP_CLIENT_CONFIG_PATH": str(self.config) + ".none"}
        command = (*self.command, "--cli", *options, "--format", "json", *step.arguments)
        output = await run(*command, within=WITHIN, env=environment(**private))
        self.done += 1
        where = f"{self.era} {entry} {step.title}"
        if output.code != step.code or not output.stdout:
            said = f"{output.stdout}{output.stderr}".strip()
            return output, [f"{where}: exit code {output.code} instead of {step.code}: {said}"]
        result = json.loads(output.stdout)["result"]
        wrong: list[str] = []
        if (seen := step.view(result)) != step.expected:
            wrong.append(f"{where}: {json.dumps(seen)}, expected {step.expected}")
        # only an answer of the 2026 era says which server it comes from
        if "tools/call" in step.arguments and ("_meta" in result) != (self.era == "modern"):
            wrong.append(f"{where}: the answer is not one of the {self.era} era")
        return output, wrong


def write_config(path: Path, data_dir: Path, cloudinary_url: str, **settings: str) -> None:
    """The example configuration, filled in; further settings go to all its servers."""
    config = json.loads((ROOT / "claude_config.example.json").read_text())
    # the environment is in sync already, and no port of a second server is fixed
    quiet = {"UV_NO_SYNC": "1", "UV_OFFLINE": "1", "CLOUDINARY_MCP_RECEIVER_PORT": "0"}
    for name, entry in config["mcpServers"].items():
        entry["args"] = [str(ROOT) if argument == "PATH" else argument for argument in entry["args"]]
        credentials = {"CLOUDINARY_URL": cloudinary_url} if "env" in entry else {}
        if entry.get("env", {}).keys() != credentials.keys():
            raise Trouble(f"the example configuration's {name} has settings that are unknown here")
        entry["env"] = credentials | quiet | settings | {"CLOUDINARY_MCP_DATA_DIR": str(data_dir / name)}
    if config["mcpServers"].keys() != STEPS.keys():
        raise Trouble(f"the example configuration has other servers than {', '.join(STEPS)}")
    path.write_text(json.dumps(config))


async def one_era(command: tuple[str, ...], era: str, folder: Path) -> tuple[int, list[str]]:
    """All steps of both entries; how many were taken, and what was wrong."""
    wrong: list[str] = []
    folder.mkdir()
    async with sandbox_process(folder / "cloud") as cloud:
        config = folder / "claude_config.json"
        write_config(config, folder, cloud.url)
        inspector = Inspector(command, config, era)
        for entry, steps in STEPS.items():
            for step in steps:
                wrong += (await inspector.take(entry, step))[1]
        if era == ERAS[-1]:
            write_config(config, folder, cloud.url, CLOUDINARY_MCP_TOOLSETS="all")
            output, deviations = await inspector.take("cloudinary-sandbox", EVERY_TOOL)
            wrong += deviations or unlisted(output.stderr)
    return inspector.done, wrong


def unlisted(report: str, path: Path = HERE / "inspector.toml") -> list[str]:
    """What a strict report warns of and the list does not have, and the other way round."""
    groups = tomllib.loads(path.read_text())["warning"]
    listed = {(group["issue"], place) for group in groups for place in group["places"]}
    met: set[tuple[str, str]] = set()
    lines: list[str] = []
    for warning in WARNING.finditer(report):
        known = {
            (issue, place)
            for issue, place in listed
            if issue in warning["issue"] and re.fullmatch(place, warning["path"])
        }
        met |= known
        if not known:
            lines.append(f"{warning['tool']} {warning['path']}: {warning['issue'][:80]}")
    return lines + [
        f"nothing is warned of at {place} ({issue}): take it off the list" for issue, place in sorted(listed - met)
    ]


async def main() -> int:
    """Run everything, print a summary and a line for each deviation; the exit code."""
    if shutil.which("uv") is None:
        raise Trouble("the example configuration needs uv on the PATH")
    install()
    command = program("@modelcontextprotocol/inspector", "mcp-inspector")
    with TemporaryDirectory() as folder:
        eras = await asyncio.gather(*(one_era(command, era, Path(folder, era)) for era in ERAS))
    for era, (done, wrong) in zip(ERAS, eras, strict=True):
        click.echo(f"inspector {era}: {done} commands, {len(wrong)} not as expected")
        for line in wrong:
            click.echo(f"  {line}")
    return 1 if any(wrong for _, wrong in eras) else 0


if __name__ == "__main__":
    sys.exit(conclude(main))
