"""Subtitles of a film: SRT and WebVTT files, and what they say at a moment."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cloudinary_sandbox.rendering.contract import RenderError

_CLOCK = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_TIMES = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}")
_TAG = re.compile(r"<[^>]*>|\{\\[^}]*\}")
_MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Subtitle:
    """A text and the seconds of the film between which it is shown."""

    start: float
    end: float
    text: str


def read_subtitles(content: str) -> list[Subtitle]:
    """Read SRT or WebVTT, without marks of style; a block without times is passed over."""
    found: list[Subtitle] = []
    for block in re.split(r"\n\s*\n", content.replace("\r\n", "\n").replace("\r", "\n")):
        lines = block.strip("\n").split("\n")
        for at, line in enumerate(lines):
            if match := _TIMES.match(line):
                text = _TAG.sub("", "\n".join(lines[at + 1 :])).strip()
                found.append(Subtitle(_seconds(*match.groups()[:4]), _seconds(*match.groups()[4:8]), text))
                break
    return found


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def said_at(path: Path, moment: float) -> str:
    """The lines shown at a moment in seconds, "" for none. `RenderError` for a file without any subtitle."""
    found = _of(path, path.stat().st_mtime_ns)
    return "\n".join(each.text for each in found if each.start <= moment < each.end)


@lru_cache(maxsize=8)
def _of(path: Path, _: int) -> tuple[Subtitle, ...]:
    content = path.read_bytes()[:_MOST_BYTES].decode("utf-8-sig", "replace")
    if not (found := read_subtitles(content)):
        raise RenderError("Invalid subtitles file: it has no times")
    return tuple(found)
