"""Rules for public IDs, display names and folder paths."""

import re
import secrets
import string
from pathlib import PurePosixPath, PureWindowsPath

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.errors import bad_request

_FORBIDDEN = re.compile(r"[?&#\\%<>+\x00-\x1f\x7f]")
_VERSION_SEGMENT = re.compile(r"^v\d+$")
_UNSAFE_IN_NAMES = re.compile(r"[^\w.\-]+")
_ALPHABET = string.ascii_lowercase + string.digits
_SAME_FORMAT = {"jpeg": "jpg", "jpe": "jpg", "tiff": "tif"}


def random_name(length: int = 20) -> str:
    """Lower-case letters and digits, as Cloudinary makes public IDs of its own."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def base_name(filename: str) -> str:
    """The last part of a path of either kind, since some clients send the whole local path as the file's name."""
    return PureWindowsPath(PurePosixPath(filename).name).name


def split_extension(filename: str) -> tuple[str, str]:
    """A file name without its extension, and the extension without its dot."""
    stem, dot, extension = filename.rpartition(".")
    return (stem, extension) if dot and stem else (filename, "")


def name_from_file(stem: str) -> str:
    """A public ID made of a file's name: what a public ID cannot hold becomes an underscore."""
    return _UNSAFE_IN_NAMES.sub("_", stem) or random_name()


def checked_public_id(public_id: str) -> str:
    """The public ID, trimmed; a 400 says what is wrong with it."""
    trimmed = public_id.strip().strip("/").strip()
    fault = (
        not trimmed
        or len(trimmed) > 255
        or "//" in trimmed
        or _FORBIDDEN.search(trimmed) is not None
        or any(part in {".", ".."} for part in trimmed.split("/"))
        or any(_VERSION_SEGMENT.match(part) for part in trimmed.split("/")[:-1])
    )
    if fault:
        raise bad_request(assumptions.INVALID_PUBLIC_ID_TEXT.format(public_id=public_id))
    return trimmed


def checked_folder(path: str) -> str:
    """A folder path; empty is the root."""
    if path.startswith("/") or path.endswith("/"):
        path = path.strip("/")
    if not path:
        return ""
    parts = path.split("/")
    if any(not part.strip() or part in {".", ".."} for part in parts) or _FORBIDDEN.search(path) or len(path) > 1024:
        raise bad_request(f"Folder path ({path}) is invalid")
    return path


def checked_display_name(name: str) -> str:
    """A display name; a 400 for a slash or too many characters."""
    if "/" in name:
        raise bad_request("Display name cannot contain slashes")
    if len(name) > assumptions.MAX_DISPLAY_NAME:
        raise bad_request(f"Display name is longer than {assumptions.MAX_DISPLAY_NAME} characters")
    return name


def parent_folder(path: str) -> str:
    """Everything before the last slash."""
    return path.rpartition("/")[0]


def last_segment(path: str) -> str:
    """Everything after the last slash."""
    return path.rpartition("/")[2]


def ancestors(path: str) -> list[str]:
    """The folder itself and every folder above it, the outermost first; nothing for the root."""
    parts = path.split("/") if path else []
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def canonical_format(extension: str) -> str:
    """An extension in the spelling that Cloudinary uses for formats."""
    lower = extension.lower()
    return _SAME_FORMAT.get(lower, lower)
