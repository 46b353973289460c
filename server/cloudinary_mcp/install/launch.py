"""How the running installation is started again by a host, which has a PATH of its own and another folder."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from cloudinary_mcp.install.hosts import Launch

PACKAGE = "cloudinary-mcp"
EPHEMERAL = ("archive-v0", "builds-v0")
"""Folders of uv's cache that `uvx` runs from; they may be cleaned away at any time."""


def this_installation(arguments: Sequence[str], env: Mapping[str, str]) -> Launch:
    """Start the server with the interpreter that runs now, or through `uvx` when that one will not last.

    Whole paths are given: a host that was started from a menu often has a shorter PATH than a terminal.
    """
    if not set(EPHEMERAL).isdisjoint(Path(sys.prefix).parts) and (uvx := shutil.which("uvx")):
        return Launch(uvx, (f"{PACKAGE}=={version(PACKAGE)}", *arguments), env)
    return Launch(sys.executable, ("-m", "cloudinary_mcp", *arguments), env)
