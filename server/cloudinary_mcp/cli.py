"""The command line: `serve` (the default), `demo`, `sandbox`, `doctor`, `install`, `uninstall`.

What each command needs is imported when it runs. Messages for people go to stderr: on stdio, stdout is the protocol.
"""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

import anyio
import click
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from cloudinary_mcp.settings import PREFIX, Settings
from cloudinary_sandbox.cli import main as sandbox
from cloudinary_tools.config import ConfigError
from cloudinary_tools.json_types import is_sequence

F = TypeVar("F", bound=Callable[..., Any])
OURS = ("cloudinary_mcp", "cloudinary_tools")
IN_INSTALL = ("install", "uninstall")


class _ServeByDefault(click.Group):
    """`cloudinary-mcp` and `cloudinary-mcp --read-only` mean `cloudinary-mcp serve …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands of this module and those of `install`."""
        return sorted([*super().list_commands(ctx), *IN_INSTALL])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name; what installs is imported only when it is asked for, as a server starts without it."""
        if cmd_name in IN_INSTALL:
            from cloudinary_mcp.install import commands

            return commands.install if cmd_name == "install" else commands.uninstall
        return super().get_command(ctx, cmd_name)


@click.group(cls=_ServeByDefault)
@click.version_option(package_name="cloudinary-mcp")
def main() -> None:
    """Let an AI assistant run a Cloudinary media library, or try it on an embedded sandbox cloud."""


def flag(name: str) -> str:
    """The command-line flag of a setting."""
    return f"--{name.replace('_', '-')}"


def settings_options(*names: str) -> Callable[[F], F]:
    """Give a command a flag for each setting (or the named ones); what is not given is left to the environment."""

    def decorate(function: F) -> F:
        for name, entry in reversed(Settings.model_fields.items()):
            if not names or name in names:
                function = cast("F", _option(name, entry)(function))
        return function

    return decorate


def _option(name: str, entry: FieldInfo) -> Callable[[Any], Any]:
    help_text = f"{entry.description} [{PREFIX}{name.upper()}]"
    plain = next((arm for arm in get_args(entry.annotation) if arm is not type(None)), entry.annotation)
    if entry.annotation is bool:
        return click.option(flag(name), is_flag=True, default=None, help=help_text)
    if get_origin(entry.annotation) is list:
        return click.option(flag(name), multiple=True, help=help_text)
    choices = get_args(entry.annotation) if get_origin(entry.annotation) is Literal else get_args(plain)
    if choices:
        return click.option(flag(name), type=click.Choice([str(choice) for choice in choices]), help=help_text)
    return click.option(flag(name), help=help_text)


def read_settings(given: Mapping[str, Any]) -> Settings:
    """Settings from flags and environment; a wrong value ends the program with one line for each fault."""
    values: dict[str, Any] = {
        name: [*value] if is_sequence(value) else value for name, value in given.items() if value not in (None, (), "")
    }
    try:
        return Settings(**values)
    except ValidationError as error:
        faults = [
            f"{flag(str(fault['loc'][0]))} ({PREFIX}{str(fault['loc'][0]).upper()}): {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise click.UsageError("; ".join(faults)) from None


def quiet_logs(level: str) -> None:
    """Log to stderr, and below WARNING only what is ours: HTTP libraries write URLs, that of SQLite whole rows."""
    others = max(logging.WARNING, logging.getLevelNamesMapping()[level])
    logging.basicConfig(level=others, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    for name in OURS:
        logging.getLogger(name).setLevel(level)


@main.command()
@settings_options()
@click.option("--sandbox", is_flag=True, help="Use the embedded sandbox cloud: no account, no network.")
@click.option("--transport", type=click.Choice(["stdio", "http"]), default="stdio", show_default=True)
def serve(*, sandbox: bool, transport: str, **given: Any) -> None:
    """Serve MCP over stdio (for one person) or Streamable HTTP (for a team)."""
    from cloudinary_mcp import run

    settings = read_settings(given)
    quiet_logs(settings.log_level)
    serve_transport = run.serve_http if transport == "http" else run.serve_stdio
    refused: str = ""
    try:
        anyio.run(serve_transport, settings, dict(os.environ), sandbox)
    except* ConfigError as errors:
        refused = str(errors.exceptions[0])
    except* KeyboardInterrupt:
        pass
    if refused:  # raised in there, Python 3.11.3 and before would put it into a group
        raise click.UsageError(refused)


main.add_command(sandbox)


@main.command()
@settings_options()
@click.option("--sandbox", is_flag=True, help="Check against the embedded sandbox cloud.")
def doctor(*, sandbox: bool, **given: Any) -> None:
    """Check settings, credentials, clock and folders; exits with 1 when something is wrong."""
    from cloudinary_mcp.doctor import examine

    settings = read_settings(given)
    quiet_logs("ERROR")
    sys.exit(0 if anyio.run(examine, settings, dict(os.environ), sandbox) else 1)


@main.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the pictures it makes.")
def demo(out: Path | None) -> None:
    """Play a session of an assistant against the sandbox cloud, step by step, each step checked."""
    from cloudinary_mcp.demo import play

    quiet_logs("ERROR")
    sys.exit(0 if anyio.run(play, out) else 1)
