"""A host's configuration file: read, changed by one entry, shown as a difference, and written in one step."""

import difflib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudinary_mcp.install import jsonc
from cloudinary_mcp.install.hosts import Host
from cloudinary_tools.config import ConfigError

BACKUP = ".before-cloudinary-mcp"
"""What is put behind the file's name for the copy of what was there before."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What a configuration file holds and what it shall hold; nothing is written yet."""

    path: Path
    before: str
    after: str

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after

    def difference(self, secrets: tuple[str, ...] = ()) -> str:
        """The change as a unified diff, with three lines around it; each of the `secrets` shows as `***`."""
        lines = difflib.unified_diff(
            self.before.splitlines(), self.after.splitlines(), str(self.path), str(self.path), lineterm=""
        )
        text = "\n".join(lines)
        for secret in secrets:
            text = text.replace(secret, "***")
        return text

    def write(self) -> Path | None:
        """Write the file in one step; the path of the copy of what was there, None when there was no file.

        Raises:
            ConfigError: the file or its folder cannot be written, or the file was changed in the meantime.
        """
        target = self.path.resolve()  # a link to a file elsewhere stays a link
        try:
            if _text(target) != self.before:
                raise ConfigError(f"{self.path} was changed by another program just now; nothing was written.")
            target.parent.mkdir(parents=True, exist_ok=True)
            backup = None
            if target.exists():
                backup = target.with_name(target.name + BACKUP)
                shutil.copy2(target, backup)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                    file.write(self.after)
                    file.flush()
                    os.fsync(file.fileno())
                if backup:
                    shutil.copymode(target, name)
                Path(name).replace(target)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be written: {error.strerror}; nothing was changed.") from None
        return backup


def with_entry(host: Host, path: Path, name: str, entry: dict[str, Any]) -> Edit:
    """The edit that gives a host a server of this name, in the place of one that has the name.

    Raises:
        ConfigError: the file cannot be read or is not JSON; it says where.
    """
    before = _read(path)
    try:
        return Edit(path, before, jsonc.put_member(before, host.container, name, entry))
    except jsonc.JsonSyntaxError as error:
        raise _broken(path, error) from None


def without_entry(host: Host, path: Path, name: str) -> Edit:
    """The edit that takes a server from a host; it changes nothing when the host has no server of this name.

    Raises:
        ConfigError: the file cannot be read or is not JSON; it says where.
    """
    before = _read(path)
    try:
        return Edit(path, before, jsonc.drop_member(before, host.container, name))
    except jsonc.JsonSyntaxError as error:
        raise _broken(path, error) from None


def entry_of(host: Host, path: Path, name: str) -> Any:
    """The entry that a host has for a server of this name, or None.

    Raises:
        ConfigError: the file cannot be read or is not JSON; it says where.
    """
    try:
        return jsonc.read_member(_read(path), host.container, name)
    except jsonc.JsonSyntaxError as error:
        raise _broken(path, error) from None


def _broken(path: Path, error: jsonc.JsonSyntaxError) -> ConfigError:
    return ConfigError(f"{path} is not valid JSON ({error}); mend it first. Nothing was changed.")


def _read(path: Path) -> str:
    try:
        return _text(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}; nothing was changed.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text; nothing was changed.") from None


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""
