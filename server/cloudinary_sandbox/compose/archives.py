"""Archives: zip and tgz files of assets and of what is derived of them, written to disk piece by piece."""

import re
import shutil
import tarfile
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from anyio import CancelScope, to_thread

from cloudinary_sandbox.assets.derived_files import derive, render
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.compose.archive_selection import ArchiveSelection
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import invalid_value, not_found
from cloudinary_sandbox.core.naming import base_name, last_segment, parent_folder, split_extension
from cloudinary_sandbox.core.notation import read_eager
from cloudinary_sandbox.core.params import Params

MEDIA_TYPES = {"zip": "application/zip", "tgz": "application/gzip"}
_UNSAFE = re.compile(r"[^\w.,-]+")
_LABEL = 100


@dataclass(frozen=True, slots=True)
class ArchiveLayout:
    """How the files in an archive are called, and what is put into it."""

    transformations: tuple[tuple[str, str | None], ...]
    flat: bool
    flat_transformations: bool
    without_labels: bool
    original_names: bool
    keep_derived: bool

    @classmethod
    def read(cls, params: Params) -> Self:
        """Read the layout from the parameters of a call."""
        return cls(
            transformations=tuple(read_eager(params.raw("transformations"))) if "transformations" in params else (),
            flat=params.flag("flatten_folders"),
            flat_transformations=params.flag("flatten_transformations"),
            without_labels=params.flag("skip_transformation_name"),
            original_names=params.flag("use_original_filename"),
            keep_derived=params.flag("keep_derived"),
        )

    def name(self, asset: SandboxAsset, transformation: str | None = None, format: str | None = None) -> str:
        """The path of a file in the archive.

        What is derived lies in a folder called like its asset unless `flatten_transformations`, and its name ends with
        the transformation unless `skip_transformation_name`.
        """
        folder, name = parent_folder(asset.public_id), last_segment(asset.public_id)
        name, extension = split_extension(name) if asset.resource_type == "raw" else (name, asset.format)
        if self.original_names and asset.original_filename:
            name = base_name(asset.original_filename)
        extension = format or extension
        label = "" if transformation is None or self.without_labels else _UNSAFE.sub("_", transformation)[:_LABEL]
        parts = [] if self.flat else [folder]
        if transformation is not None and not self.flat_transformations:
            parts.append(name)
        parts.append("_".join(part for part in (name, label) if part) + (f".{extension}" if extension else ""))
        return "/".join(part for part in parts if part)


class _Writer:
    """One archive on disk; blocking."""

    def __init__(self, path: Path, format: str) -> None:
        self._stack = ExitStack()
        self._names: set[str] = set()
        self._zip = self._tar = None
        if format == "zip":
            self._zip = self._stack.enter_context(zipfile.ZipFile(path, "w"))
        else:
            self._tar = self._stack.enter_context(tarfile.TarFile.gzopen(path, "w"))

    def add(self, source: Path, name: str, moment: int, *, pack: bool) -> None:
        """Copy a file into the archive, under another name when this one is taken; `pack` where it is worth it."""
        name = self._unique(name)
        size = source.stat().st_size
        with source.open("rb") as file:
            if self._zip is not None:
                entry = zipfile.ZipInfo(name, time.gmtime(moment)[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED
                entry.external_attr = 0o644 << 16
                entry.file_size = size
                with self._zip.open(entry, "w") as out:
                    shutil.copyfileobj(file, out, 1 << 20)
            elif self._tar is not None:
                member = tarfile.TarInfo(name)
                member.size, member.mtime = size, moment
                self._tar.addfile(member, file)

    def _unique(self, name: str) -> str:
        path = PurePosixPath(name)
        wanted, count = name, 0
        while wanted in self._names:
            count += 1
            wanted = str(path.with_name(f"{path.stem}_{count}{path.suffix}"))
        self._names.add(wanted)
        return wanted

    def close(self) -> None:
        """Write the end of the archive."""
        self._stack.close()


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    name: str
    temporary: bool


async def write(cloud: SandboxCloud, chosen: ArchiveSelection, params: Params) -> tuple[Path, int]:
    """Write an archive to an unfinished file; its path, which the caller discards, and its count of files."""
    format = read_format(params)
    layout = ArchiveLayout.read(params)
    target = cloud.files.incoming(f".{format}")
    count = 0
    try:
        writer = await to_thread.run_sync(_Writer, target, format)
        try:
            for asset in chosen.assets.values():
                async for file in _files(cloud, asset, layout):
                    try:
                        await to_thread.run_sync(_add, writer, file, asset)
                    finally:
                        await cloud.files.discard(file.path if file.temporary else None)
                    count += 1
        finally:
            with CancelScope(shield=True):  # also a cancelled call closes its file
                await to_thread.run_sync(writer.close)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target, count


def read_format(params: Params) -> str:
    """Read `target_format`: zip or tgz; 400 for anything else."""
    format = params.text("target_format", "zip")
    if format not in MEDIA_TYPES:
        raise invalid_value("target_format", format)
    return format


def _add(writer: _Writer, file: _File, asset: SandboxAsset) -> None:
    try:
        writer.add(file.path, file.name, asset.uploaded_at, pack=asset.resource_type == "raw")
    except FileNotFoundError:  # deleted while the archive was written
        raise not_found(asset.public_id) from None


async def _files(cloud: SandboxCloud, asset: SandboxAsset, layout: ArchiveLayout) -> AsyncIterator[_File]:
    """What the archive holds of one asset: the original, or one file for each transformation. Raw files stay as is."""
    original = cloud.files.path(asset.file)
    if asset.resource_type == "raw" or not layout.transformations:
        yield _File(original, layout.name(asset), temporary=False)
        return
    for transformation, extension in layout.transformations:
        if layout.keep_derived:
            item = await derive(cloud, asset, transformation, extension or None)
            name = layout.name(asset, transformation, item.format)
            yield _File(cloud.files.path(item.file), name, temporary=False)
        else:
            made = await render(cloud, original, asset, transformation, extension or asset.format)
            yield _File(made.path, layout.name(asset, transformation, made.format), temporary=True)
