"""Many sources of an upload, written out: what each is, and the name and place that it gets."""

import base64
import binascii
import csv
import hashlib
import io
import json
import mimetypes
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from cloudinary_tools.client import (
    FileIdentity,
    FileSource,
    RemoteSource,
    check_folder,
    check_public_id,
    open_regular,
    suggest_public_id,
)
from cloudinary_tools.json_types import is_list, is_object
from cloudinary_tools.toolkit.context import Files
from cloudinary_tools.toolkit.results import Problem, visible
from cloudinary_tools.toolkit.surrogates import is_text

MAX_UPLOADS = 1000
"""Sources of one call."""
MAX_MANIFEST = 2_000_000
"""Bytes of a manifest: two kilobytes for each of its sources."""
ALWAYS_ALLOWED = 10_000_000
"""Bytes that every plan takes (the Free plan's limit is 10 MiB); only larger files are held against the account's."""
PATTERN = "{folder}/{name}"
PLACEHOLDERS = ("folder", "name", "ext", "index", "date")
REMOTE = re.compile(r"(https?|ftp|s3|gs)://|data:", re.IGNORECASE)
RESERVED = frozenset(
    {
        "file", "api_key", "api_secret", "signature", "timestamp", "cloud_name", "overwrite", "type", "use_filename",
        "unique_filename", "use_asset_folder_as_public_id_prefix", "eval", "on_success",
    }
)  # fmt: skip
"""Parameters that a manifest or `options` cannot set: the server does, or they would give a file another name than the
one that was looked up."""
_DOCUMENTS = {".pdf": "image", ".psd": "image", ".ai": "image", ".eps": "image"}
_HASHED_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Upload:
    """One source with its name and parameters; an item of a plan.

    `kind` is the resource type that it will most likely get, "" where nothing tells. `replaces` is the asset_id of
    what has its name now, `version` that asset's version; both are set when a plan is to replace it.
    """

    source: str = field(repr=False)
    shown: str
    public_id: str
    folder: str = ""
    kind: str = ""
    path: Path | None = None
    bytes: int = 0
    file: FileIdentity | None = None
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    replaces: str = ""
    version: int = 0
    backup: bool = False
    before: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The attributes of what it replaces."""

    @property
    def key(self) -> str:
        """What stands for it in a plan: the asset that it replaces, if there is one."""
        return self.replaces or f"{self.public_id} {self.shown} {self.bytes}"

    @property
    def targets(self) -> tuple[str, ...]:
        """Its name in the table of changing calls."""
        return (f"{self.kind}/upload/{self.public_id}",)

    @property
    def label(self) -> str:
        """Its source and name."""
        return f"{self.shown} → {self.public_id}"

    @property
    def facts(self) -> dict[str, Any] | None:
        """What a journal keeps of the asset that it replaces; None for a new one."""
        if not self.replaces:
            return None
        place = {"public_id": self.public_id, "resource_type": self.kind, "type": "upload"}
        seen = {"asset_id": self.replaces, "version": self.version, "backup": self.backup}
        return {**seen, **place, **self.before}

    @property
    def sent(self) -> FileSource | RemoteSource:
        """What is handed to the upload."""
        return FileSource(self.path, identity=self.file) if self.path else RemoteSource(self.source)

    def md5(self) -> str | None:
        """The MD5 of its content, which Cloudinary shows as etag; None for what only Cloudinary fetches. Blocks.

        OSError for a file that cannot be read, or is not the one that was looked at.
        """
        if self.path is not None:
            digest = hashlib.md5(usedforsecurity=False)
            with open_regular(self.path, self.file)[0] as file:
                while block := file.read(_HASHED_AT_ONCE):
                    digest.update(block)
            return digest.hexdigest()
        data = _data(self.source)
        return None if data is None else hashlib.md5(data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Naming:
    """How sources are named: below `folder`, with their local subfolders or without, by `pattern`."""

    folder: str = ""
    keep_folders: bool = True
    pattern: str = PATTERN
    resource_type: str = "auto"
    prefix: str = ""
    """What every public_id begins with, whatever the pattern makes of it."""

    def __post_init__(self) -> None:
        if self.folder:
            check_folder(self.folder)
        unknown = [name for name in re.findall(r"\{(.*?)\}", self.pattern) if name not in PLACEHOLDERS]
        if unknown or "{" in re.sub(r"\{\w*\}", "", self.pattern):
            raise Problem(
                f"The pattern {self.pattern!r} has no such placeholder: {', '.join(unknown) or '{'}.",
                hint=f"There are {', '.join(f'{{{name}}}' for name in PLACEHOLDERS)}.",
            )


def expand(
    files: Files, sources: Sequence[str], manifest: str | None, naming: Naming
) -> tuple[list[Upload], list[tuple[str, str]]]:
    """Write out sources and manifest rows: the uploads, and files that cannot be one, each with the reason.

    Blocks: it walks folders. `Problem` for what cannot be named or read.
    """
    unnamed: list[tuple[str, str]] = []
    rows: list[tuple[str, Path | None, str, dict[str, Any]]] = []
    for source in sources:
        if REMOTE.match(source):
            rows.append((source, None, _remote_name(source), {}))
        else:
            for path, name in files.several(source):
                if is_text(str(path)):
                    rows.append((name, path, name, {}))
                else:
                    unnamed.append((visible(name), "Its name or a folder's is not UTF-8; rename it."))
    for row in _manifest(files, manifest) if manifest else ():
        source = str(row.pop("source"))
        remote = bool(REMOTE.match(source))
        path = None if remote else files.readable(source)
        rows.append((source, path, _remote_name(source) if path is None else path.name, row))
    if not rows and unnamed:
        raise Problem(f"{unnamed[0][0]} cannot be uploaded. {unnamed[0][1]}")
    if not rows:
        raise Problem("There is nothing to upload: no source matches.", hint="Give sources or a manifest.")
    if len(rows) > MAX_UPLOADS:
        raise Problem(f"{len(rows):,} sources; one call takes at most {MAX_UPLOADS:,}.", hint="Upload by subfolder.")
    uploads = [_named(index, row, naming) for index, row in enumerate(rows, 1)]
    _refuse_twins(uploads)
    return uploads, unnamed


def _named(index: int, row: tuple[str, Path | None, str, dict[str, Any]], naming: Naming) -> Upload:
    source, path, name, given = row
    params = dict(given)
    place = PurePosixPath(name)
    below = place.parent.as_posix() if naming.keep_folders and place.parent.as_posix() != "." else ""
    folder = str(params.pop("folder", "") or "").strip("/") or "/".join(filter(None, (naming.folder, below)))
    extension = place.suffix.lower().lstrip(".")
    kind = naming.resource_type if naming.resource_type != "auto" else kind_of(place.name)
    values = {
        "folder": folder,
        "name": place.stem,
        "ext": extension,
        "index": f"{index:03}",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    prefix = str(params.pop("public_id_prefix", "") or naming.prefix).strip("/")
    if chosen := params.pop("public_id", None):
        public_id = check_public_id(f"{prefix}/{chosen}" if prefix else str(chosen))
    else:
        rendered = re.sub(r"\{(\w+)\}", lambda match: values[match[1]], naming.pattern)
        if kind == "raw" and extension and "{ext}" not in naming.pattern:
            rendered += f".{extension}"
        public_id = suggest_public_id(re.sub("/{2,}", "/", f"{prefix}/{rendered}"))
        if not public_id:
            raise Problem(f"{visible(name)} gives no public_id by {naming.pattern!r}; nothing was uploaded.")
    shown = name if path is not None or source[:5].lower() == "data:" else source.partition("?")[0]
    file = FileIdentity.of(path.lstat()) if path is not None else None
    return Upload(source, visible(shown), public_id, folder, kind, path, file.size if file else 0, file, params)


def _refuse_twins(uploads: Iterable[Upload]) -> None:
    counts = Counter((upload.public_id, upload.kind) for upload in uploads)
    if twins := [(public_id, count) for (public_id, _), count in counts.items() if count > 1]:
        public_id, count = twins[0]
        more = f", and {len(twins) - 1} more such names" if len(twins) > 1 else ""
        raise Problem(
            f"{count} sources would get the public_id {visible(public_id)!r}{more}; nothing was uploaded.",
            hint="Make names differ, for example name='{folder}/{name}-{ext}' or '{folder}/{index}'.",
        )


def kind_of(name: str) -> str:
    """The resource type Cloudinary will most likely choose for a source's name; "" where the name does not tell."""
    if REMOTE.match(name):
        name = _remote_name(name)
    suffix = PurePosixPath(name).suffix.lower()
    guess = (mimetypes.guess_type(name)[0] or "").partition("/")[0]
    by_type = {"image": "image", "video": "video", "audio": "video"}.get(guess, "raw")
    return _DOCUMENTS.get(suffix, by_type) if suffix else ""


def name_of_source(source: str) -> str:
    """The file name of a source: a local path, an address or a data URI."""
    return _remote_name(source) if REMOTE.match(source) else PurePosixPath(source).name


def _remote_name(source: str) -> str:
    """The file name of an address; of a data URI one made from its content, the same each time."""
    if source[:5].lower() == "data:":
        media = source[5:].partition(",")[0].partition(";")[0]
        digest = hashlib.md5(source.encode(), usedforsecurity=False).hexdigest()
        return f"data-{digest[:8]}{mimetypes.guess_extension(media) or ''}"
    name = unquote(PurePosixPath(urlsplit(source).path).name)
    return name.replace("/", "_") or "file"


def _data(source: str) -> bytes | None:
    head, comma, body = source.partition(",")
    if source[:5].lower() != "data:" or not comma or not head.lower().endswith(";base64"):
        return None
    try:
        return base64.b64decode("".join(body.split()))
    except binascii.Error:
        return None


def _manifest(files: Files, manifest: str) -> list[dict[str, Any]]:
    """Rows of a manifest: JSON or CSV, as text or as a local file (whose relative sources are beside it)."""
    text, folder = manifest, None
    if manifest.lstrip()[:1] not in ("[", "{") and "\n" not in manifest.strip():
        content, path = files.content(manifest, MAX_MANIFEST)
        folder = path.parent
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Problem(f"The manifest {visible(path.name)} is not UTF-8 (byte {error.start}).") from None
    elif len(manifest) > MAX_MANIFEST:
        raise Problem(
            f"The manifest has {len(manifest):,} characters, {MAX_MANIFEST:,} are taken; nothing was uploaded.",
            hint="Split it.",
        )
    rows = _json_rows(text) if text.lstrip()[:1] in ("[", "{") else _csv_rows(text)
    for number, row in enumerate(rows, 1):
        source = row.get("source")
        if not isinstance(source, str) or not source.strip():
            raise Problem(f"Row {number} of the manifest has no source; nothing was uploaded.")
        if refused := sorted(RESERVED & row.keys()):
            raise Problem(f"Row {number} of the manifest cannot set {', '.join(refused)}; nothing was uploaded.")
        if folder and not REMOTE.match(source) and not source.startswith(("/", "~", "file:")):
            row["source"] = str(folder / source)
    return rows


def _json_rows(text: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Problem(f"The manifest is no valid JSON: {error}; nothing was uploaded.") from None
    except RecursionError:
        raise Problem("The manifest is nested too deeply; nothing was uploaded.") from None
    items = value if is_list(value) else [value]
    if not all(is_object(item) for item in items):
        raise Problem('A JSON manifest is a list such as [{"source": "…", "tags": ["a"]}]; nothing was uploaded.')
    return items


def _csv_rows(text: str) -> list[dict[str, Any]]:
    """`source,public_id,tags,context.alt,metadata.sku,…`; empty cells are not given."""
    if (longest := max(map(len, text.splitlines()), default=0)) > csv.field_size_limit():
        csv.field_size_limit(longest)  # a data URI is longer than what the library takes by itself
    reader = csv.DictReader(io.StringIO(text.strip()))
    try:
        return [_csv_row(cells) for cells in reader]
    except csv.Error as error:
        where = f"line {reader.line_num}"
        raise Problem(f"The CSV manifest cannot be read ({where}: {error}); nothing was uploaded.") from None


def _csv_row(cells: Mapping[Any, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, cell in cells.items():
        if column is None:
            raise Problem("A row of the CSV manifest has more cells than columns; nothing was uploaded.")
        group, dot, key = column.strip().partition(".")
        if not cell or not cell.strip():
            continue
        if dot and group in ("context", "metadata"):
            row.setdefault(group, {})[key] = cell.strip()
        else:
            row[column.strip()] = cell.strip()
    return row
