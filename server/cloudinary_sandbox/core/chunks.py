"""Uploads that come in parts, in both header styles, until all parts are there."""

import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.errors import bad_request, invalid_value, missing_parameter

MIN_PART = 5 * 1024 * 1024
"""Every part but the last is larger than this, in bytes."""
_LIFE = 3600
_RANGE = re.compile(r"^bytes (\d+)-(\d+)/(\d+|-1|\*)$")


@dataclass(frozen=True)
class UploadPart:
    """One part's place: either a byte range with a total in bytes, or a number with a total in parts."""

    upload_id: str
    start: int | None
    number: int | None
    total: int | None


def read_headers(headers: Mapping[str, str], size: int) -> UploadPart | None:
    """The part that the headers describe, or None for a whole upload. 400 for headers that contradict the body."""
    number, content_range = headers.get("x-upload-part-number"), headers.get("content-range")
    if number is None and content_range is None:
        return None
    upload_id = headers.get("x-unique-upload-id", "")
    if not upload_id:
        raise missing_parameter("X-Unique-Upload-Id")
    if number is not None:
        totals = headers.get("x-upload-total-parts")
        part = UploadPart(upload_id, None, _positive("X-Upload-Part-Number", number), None)
        if totals is None:
            return part
        total = _positive("X-Upload-Total-Parts", totals)
        if part.number is not None and part.number > total:
            raise invalid_value("X-Upload-Part-Number", number)
        return UploadPart(upload_id, None, part.number, total)
    match = _RANGE.match(content_range or "")
    if not match:
        raise invalid_value("Content-Range", content_range)
    start, end = int(match[1]), int(match[2])
    total = None if match[3] in assumptions.UNKNOWN_CHUNK_TOTALS else int(match[3])
    if end - start + 1 != size or (total is not None and end >= total):
        raise bad_request(assumptions.CHUNK_MISMATCH_TEXT.format(given=content_range, size=size))
    return UploadPart(upload_id, start, None, total)


def _positive(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise invalid_value(name, text)
    return int(text)


@dataclass
class ChunkedUpload:
    """The parts of one upload that have come so far, by their start or number."""

    public_id: str | None = None
    parts: dict[int, tuple[Path, int]] = field(default_factory=dict[int, tuple[Path, int]])
    total: int | None = None
    touched: float = field(default_factory=time.monotonic)

    @property
    def size(self) -> int:
        """How many bytes have come."""
        return sum(size for _, size in self.parts.values())

    @property
    def paths(self) -> list[Path]:
        """The files of the parts."""
        return [path for path, _ in self.parts.values()]

    def add(self, part: UploadPart, path: Path, size: int) -> list[Path]:
        """Take a part in; the file of the same part sent before, which it replaces.

        400 for a total that changed, or for a part that is too small and not the last one.
        """
        if part.total is not None and self.total not in (None, part.total):
            raise bad_request(
                assumptions.CHUNK_TOTAL_CONFLICT_TEXT.format(
                    upload_id=part.upload_id, before=self.total, after=part.total
                )
            )
        total = part.total if part.total is not None else self.total
        last = total is not None and (part.number == total if part.start is None else part.start + size == total)
        if part.start is not None and not last and size <= MIN_PART:
            raise bad_request("All parts except EOF-chunk must be larger than 5mb")
        place = part.number if part.start is None else part.start
        assert place is not None
        replaced = self.parts.get(place)
        self.total, self.touched = total, time.monotonic()
        self.parts[place] = (path, size)
        return [replaced[0]] if replaced else []

    def complete(self, part: UploadPart) -> bool:
        """Whether nothing is missing any more."""
        if self.total is None:
            return False
        if part.start is None:
            return sorted(self.parts) == list(range(1, self.total + 1))
        expected = 0
        for start in sorted(self.parts):
            if start != expected:
                return False
            expected += self.parts[start][1]
        return expected == self.total

    def join(self, target: Path) -> None:
        """Write all parts, in their order, into one file. Blocking; the parts' files are used up."""
        paths = [self.parts[place][0] for place in sorted(self.parts)]
        paths[0].replace(target)
        with target.open("ab") as whole:
            for path in paths[1:]:
                with path.open("rb") as piece:
                    shutil.copyfileobj(piece, whole, 1024 * 1024)
                path.unlink()


class ChunkedUploads:
    """All uploads in parts that are under way, by their sender and X-Unique-Upload-Id."""

    def __init__(self) -> None:
        self._uploads: dict[tuple[str, str], ChunkedUpload] = {}

    def of(self, sender: str, upload_id: str) -> ChunkedUpload:
        """The upload with this id, a new one when it is the first part."""
        return self._uploads.setdefault((sender, upload_id), ChunkedUpload())

    def end(self, sender: str, upload_id: str) -> None:
        """Forget an upload that is complete or has failed."""
        self._uploads.pop((sender, upload_id), None)

    def expired(self) -> list[Path]:
        """Forget uploads that nobody has gone on with for an hour; the files of their parts."""
        before = time.monotonic() - _LIFE
        stale = [key for key, upload in self._uploads.items() if upload.touched < before]
        return [path for key in stale for path in self._uploads.pop(key).paths]
