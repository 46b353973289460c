"""The command that runs the sandbox cloud alone: `python -m cloudinary_sandbox`, or `cloudinary-mcp sandbox`."""

import json
import re
import sys
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import click

from cloudinary_sandbox import SandboxBusyError, SandboxDataError, SandboxOptions, SandboxServer, running
from cloudinary_sandbox.core.errors import ApiError
from cloudinary_sandbox.core.faults import FaultRule

_USUAL_NAME = SandboxOptions.cloud_name
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,127}")


def default_data_dir() -> Path:
    """The data folder of the user, which `cloudinary-mcp serve --sandbox` uses too."""
    from platformdirs import user_data_path

    return user_data_path("cloudinary-mcp", appauthor=False)


def _checked_name(_: click.Context, __: click.Parameter, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise click.BadParameter("2 to 128 letters, digits and hyphens, the first of them a letter")
    return name


def _checked_key(_: click.Context, __: click.Parameter, key: str) -> str:
    try:
        bytes.fromhex(key)
    except ValueError:
        raise click.BadParameter("hexadecimal digits, two to a byte") from None
    return key


@click.command("sandbox")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    default=default_data_dir,
    envvar="CLOUDINARY_MCP_DATA_DIR",
    help="Folder whose subfolder `sandbox` (or `sandbox-NAME`) holds the sandbox's data. [CLOUDINARY_MCP_DATA_DIR]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port to listen on; the remembered one, or a free one, by default.",
)
@click.option(
    "--cloud-name",
    default=_USUAL_NAME,
    show_default=True,
    callback=_checked_name,
    help="Name of the cloud. Each name has data and an address of its own, so that several can run side by side.",
)
@click.option("--https", is_flag=True, help="Answer over TLS too, and make every secure_url lead there.")
@click.option("--empty", is_flag=True, help="Begin a new cloud without the sample media.")
@click.option(
    "--admin-limit",
    type=click.IntRange(0),
    default=SandboxOptions.admin_quota,
    show_default=True,
    help="Admin API calls that each window allows.",
)
@click.option(
    "--admin-window",
    type=click.IntRange(1),
    default=SandboxOptions.admin_window,
    show_default=True,
    help="Seconds of a window; an hour in the live service.",
)
@click.option(
    "--auth-token-key",
    default="",
    callback=_checked_key,
    help="Hexadecimal key of token-authenticated delivery URLs, which are refused without it.",
)
@click.option("--folder-mode", type=click.Choice(["dynamic", "fixed"]), default="dynamic", show_default=True)
@click.option("--fault", "faults", multiple=True, help='Fault plan as JSON, e.g. {"path": "*/upload", "status": 500}.')
def main(
    data_dir: Path,
    port: int,
    cloud_name: str,
    https: bool,
    empty: bool,
    admin_limit: int,
    admin_window: int,
    auth_token_key: str,
    folder_mode: Literal["dynamic", "fixed"],
    faults: tuple[str, ...],
) -> None:
    """Run the sandbox cloud alone and print its CLOUDINARY_URL; any Cloudinary SDK can use it."""
    options = SandboxOptions(
        data_dir=data_dir.expanduser() / ("sandbox" if cloud_name == _USUAL_NAME else f"sandbox-{cloud_name}"),
        cloud_name=cloud_name,
        port=port,
        https=https,
        empty=empty,
        admin_quota=admin_limit,
        admin_window=admin_window,
        auth_token_key=auth_token_key,
        folder_mode=folder_mode,
        faults=tuple(_read_fault(fault) for fault in faults),
    )
    try:
        anyio.run(run_alone, options)
    except SandboxDataError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"port {port} cannot be listened on: {error}") from None
    except KeyboardInterrupt:
        return


async def run_alone(options: SandboxOptions) -> None:
    """Run a sandbox until interrupted; its CLOUDINARY_URL is the only line on stdout.

    When one runs on the data folder already, its URL is printed instead, and that is all.
    """
    try:
        async with SandboxServer.open(options) as sandbox:
            _tell(sandbox.cloudinary_url)
            data_dir = options.data_dir
            sys.stderr.write(
                f"The sandbox cloud runs at {sandbox.address}; its data is in {data_dir}. Ctrl-C ends it.\n"
                f"With &cname={urlsplit(sandbox.address).netloc} behind its URL, SDKs build delivery URLs there.\n"
            )
            if authority := sandbox.certificate_authority:
                sys.stderr.write(
                    f"Over TLS it is {sandbox.cloud.identity.secure_address}; clients must trust {authority}, by "
                    "SSL_CERT_FILE, REQUESTS_CA_BUNDLE or NODE_EXTRA_CA_CERTS.\n"
                )
            await anyio.sleep_forever()
    except SandboxBusyError:
        _tell(await anyio.to_thread.run_sync(running, options.data_dir))
        sys.stderr.write(f"A sandbox cloud runs on {options.data_dir} already; this is its URL.\n")


def _tell(url: str | None) -> None:
    sys.stdout.write(f"CLOUDINARY_URL={url}\n")
    sys.stdout.flush()


def _read_fault(plan: str) -> dict[str, object]:
    try:
        values = json.loads(plan)
        FaultRule.read(values)
    except ApiError as error:
        raise click.UsageError(f"--fault {plan}: {error.message}") from None
    except (ValueError, AttributeError):
        raise click.UsageError(f"--fault {plan} is no JSON object") from None
    return values
