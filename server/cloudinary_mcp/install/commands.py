"""The commands `install` and `uninstall`: ask, check, show, write, and say what comes next."""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import click
from pydantic import TypeAdapter, ValidationError

from cloudinary_mcp import keyring_store
from cloudinary_mcp.install.config_file import Edit, entry_of, with_entry, without_entry
from cloudinary_mcp.install.hosts import HOSTS, Host
from cloudinary_mcp.install.launch import this_installation
from cloudinary_tools.client import CloudError, CloudinaryClient
from cloudinary_tools.config import CloudConfig, ConfigError

T = TypeVar("T")
URL = "CLOUDINARY_URL"
ASK_FOR_URL = f"{URL} (Cloudinary console, Settings, API Keys; it is not shown)"

host_argument = click.argument("host", type=click.Choice(list(HOSTS)))
name_option = click.option("--name", default="cloudinary", show_default=True, help="What the host calls the server.")
file_option = click.option(
    "--config-file", type=click.Path(path_type=Path, dir_okay=False), help="The host's file, if not at its usual place."
)
yes_option = click.option("--yes", is_flag=True, help="Write without asking.")


@click.command(context_settings={"ignore_unknown_options": True})
@host_argument
@name_option
@file_option
@yes_option
@click.option("--sandbox", is_flag=True, help="Use the embedded sandbox cloud: no account, no network.")
@click.option("--keyring", is_flag=True, help="Keep the CLOUDINARY_URL in the system's keyring.")
@click.argument("flags", nargs=-1, type=click.UNPROCESSED)
def install(
    host: str, name: str, config_file: Path | None, flags: tuple[str, ...], *, yes: bool, sandbox: bool, keyring: bool
) -> None:
    """Put this server into a host's configuration. FLAGS are those of `serve`, such as --toolsets all."""
    _check_flags(flags)
    url = "" if sandbox else _ask_for_url()
    if url:
        anyio.run(_ping, url)
    env: dict[str, str] = {}
    if url:
        env = {keyring_store.VARIABLE: name} if keyring else {URL: url}
    launch = this_installation(["serve", *(["--sandbox"] if sandbox else []), *flags], env)
    chosen = HOSTS[host]
    path = config_file or chosen.config_file()
    edit = _or_usage_error(partial(with_entry, chosen, path, name, chosen.entry(launch)))
    if not edit.changes:
        _say(f"{chosen.title} already has this server as {name!r} in {path}.")
        return
    if keyring and url:
        _or_usage_error(partial(keyring_store.store, name, url))
    _show_and_write(edit, _secrets(url), yes=yes)
    _say(f"{chosen.title} now has the server {name!r}. {chosen.restart}")
    _say(f"`cloudinary-mcp uninstall {host}` takes it out again.")


@click.command()
@host_argument
@name_option
@file_option
@yes_option
def uninstall(host: str, name: str, config_file: Path | None, *, yes: bool) -> None:
    """Take this server out of a host's configuration, and its credentials out of the keyring."""
    chosen: Host = HOSTS[host]
    path = config_file or chosen.config_file()
    entry = _or_usage_error(partial(entry_of, chosen, path, name))
    if entry is None:
        raise click.UsageError(f"{chosen.title} has no server {name!r} in {path}; nothing was changed.")
    env = _environment(entry)
    edit = _or_usage_error(partial(without_entry, chosen, path, name))
    _show_and_write(edit, _secrets(env.get(URL, "")), yes=yes)
    if (stored := env.get(keyring_store.VARIABLE)) and _or_usage_error(partial(keyring_store.forget, stored)):
        _say("Its CLOUDINARY_URL is no longer in the system's keyring.")
    _say(f"{chosen.title} no longer has the server {name!r}. {chosen.restart}")


def _environment(entry: Any) -> dict[str, str]:
    """The environment of an entry; a person may have written anything there."""
    try:
        return TypeAdapter(dict[str, str]).validate_python(entry["env"])
    except (ValidationError, KeyError, TypeError):
        return {}


def _check_flags(flags: tuple[str, ...]) -> None:
    """Refuse what `serve` would refuse, now and not when the host starts it."""
    given = [flag for flag in flags if flag != "--"]
    if stray := [flag for flag in given if flag.partition("=")[0] in ("--transport", "--token", "--host", "--port")]:
        raise click.UsageError(f"{stray[0]} is for a server over HTTP; a host starts its own over stdio.")
    root = click.get_current_context().find_root()
    serve = root.command.get_command(root, "serve") if isinstance(root.command, click.Group) else None
    if serve:
        serve.make_context("serve", list(given))


def _ask_for_url() -> str:
    """The CLOUDINARY_URL that the person types, or the environment's when nothing is typed or nobody is there."""
    known = os.environ.get(URL, "")
    if not sys.stdin.isatty():
        if known:
            return known
        raise click.UsageError(f"{URL} is not set and nobody can be asked: set it, or use --sandbox.")
    hint = " [Enter for the one in the environment]" if known else ""
    typed: str = click.prompt(ASK_FOR_URL + hint, default=known, hide_input=True, show_default=False, err=True)
    return typed.strip().removeprefix(f"{URL}=")


async def _ping(url: str) -> None:
    """Ask the cloud whether it takes the credentials, so that a typing mistake shows now."""
    try:
        config = CloudConfig.from_url(url)
        async with CloudinaryClient(config, retries=1) as client:
            await client.admin("GET", "ping")
    except ConfigError as error:
        raise click.UsageError(f"{error}; nothing was changed.") from None
    except CloudError as error:
        raise click.UsageError(f"{error.message.rstrip('.')}. {error.hint} Nothing was changed.") from None
    _say(f"{config.cloud_name} takes the credentials.")


def _show_and_write(edit: Edit, secrets: tuple[str, ...], *, yes: bool) -> None:
    _say(edit.difference(secrets))
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("Nobody can be asked whether to write this: add --yes. Nothing was changed.")
        if not click.confirm(f"Write this to {edit.path}?", err=True):
            raise click.ClickException("Nothing was changed.")
    backup = _or_usage_error(edit.write)
    if backup:
        _say(f"What was there before is in {backup}.")


def _secrets(url: str) -> tuple[str, ...]:
    """What of a CLOUDINARY_URL must not show on a screen: its secret, or all of it when it cannot be read."""
    if not url:
        return ()
    try:
        config = CloudConfig.from_url(url)
    except ConfigError:
        return (url,)
    hidden = [config.api_secret, config.oauth_token, config.api_proxy]
    return tuple(secret.get_secret_value() for secret in hidden if secret)


def _or_usage_error(work: Callable[[], T]) -> T:
    try:
        return work()
    except ConfigError as error:
        raise click.UsageError(str(error)) from None


def _say(text: str) -> None:
    click.echo(text, err=True)
