"""Tell a file's format by its first bytes; names and extensions lie."""

import re
from dataclasses import dataclass

from cloudinary_sandbox.media.facts import ResourceType

HEAD = 4096
"""How many bytes `sniff` wants to see."""

AUDIO = frozenset({"aac", "aiff", "amr", "flac", "m4a", "mp3", "ogg", "opus", "wav"})
"""Formats that never carry a picture track; Cloudinary files them under videos."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A format and its kind. `weak` marks magic so short that other files may start with it by chance."""

    kind: ResourceType
    format: str
    weak: bool = False


_PREFIXES: tuple[tuple[bytes, Guess], ...] = (
    (b"\xff\xd8\xff", Guess("image", "jpg")),
    (b"\x89PNG\r\n\x1a\n", Guess("image", "png")),
    (b"GIF87a", Guess("image", "gif")),
    (b"GIF89a", Guess("image", "gif")),
    (b"II*\x00", Guess("image", "tif")),
    (b"MM\x00*", Guess("image", "tif")),
    (b"8BPS", Guess("image", "psd")),
    (b"%PDF-", Guess("image", "pdf")),
    (b"\xc5\xd0\xd3\xc6", Guess("image", "eps")),
    (b"\x00\x00\x00\x0cjP  ", Guess("image", "jp2")),
    (b"\x00\x00\x00\x0cJXL ", Guess("image", "jxl")),
    (b"\xff\x0a", Guess("image", "jxl", weak=True)),
    (b"\x00\x00\x01\x00", Guess("image", "ico", weak=True)),
    (b"BM", Guess("image", "bmp", weak=True)),
    (b"FLV\x01", Guess("video", "flv")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Guess("video", "wmv")),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", Guess("video", "mxf")),
    (b"fLaC", Guess("video", "flac")),
    (b"#!AMR", Guess("video", "amr")),
    (b"ID3", Guess("video", "mp3", weak=True)),
    (b"\xff\xfb", Guess("video", "mp3", weak=True)),
    (b"\xff\xf3", Guess("video", "mp3", weak=True)),
    (b"\xff\xf2", Guess("video", "mp3", weak=True)),
    (b"\xff\xf1", Guess("video", "aac", weak=True)),
    (b"\xff\xf9", Guess("video", "aac", weak=True)),
    (b"\x00\x00\x01\xba", Guess("video", "mpeg", weak=True)),
    (b"\x00\x00\x01\xb3", Guess("video", "mpeg", weak=True)),
)
_RIFF = {b"WEBP": Guess("image", "webp"), b"WAVE": Guess("video", "wav"), b"AVI ": Guess("video", "avi")}
_IMAGE_BRANDS = {b"avif": "avif", b"avis": "avif"} | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "heic"
)
_SVG = re.compile(
    # Possessive, so that a file of nothing but blanks costs no more than its length.
    rb"(?:\xef\xbb\xbf)?(?:\s++|<\?xml[^>]*+>|<!--.*?-->|<!DOCTYPE[^>\[]*+(?:\[[^\]]*+\])?\s*+>)*+<svg[\s>]",
    re.DOTALL,
)


def sniff(head: bytes) -> Guess | None:
    """The format of a file that begins with `head` (its first `HEAD` bytes); None for anything but media."""
    for prefix, guess in _PREFIXES:
        if head.startswith(prefix):
            return guess
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return Guess("video", "aiff")
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head.startswith(b"\x1aE\xdf\xa3"):
        return Guess("video", "webm" if b"webm" in head[:64] else "mkv")
    if head.startswith(b"OggS"):
        return Guess("video", "ogv" if b"theora" in head[:256] else "opus" if b"OpusHead" in head[:64] else "ogg")
    if head.startswith(b"%!PS-Adobe"):
        return Guess("image", "eps" if b"EPSF" in head[:40] else "ps")
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return Guess("video", "ts", weak=True)
    return Guess("image", "svg") if _SVG.match(head) else None


def _iso_media(head: bytes) -> Guess:
    size = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    brands = [major, *(head[at : at + 4] for at in range(16, size - 3, 4))]
    if major in _IMAGE_BRANDS:
        # "mif1" only says "a still picture"; the compatible brands tell the codec.
        return Guess("image", "avif" if b"avif" in brands else _IMAGE_BRANDS[major])
    if major.startswith(b"qt"):
        return Guess("video", "mov")
    if major.startswith(b"3g"):
        return Guess("video", "3gp")
    return Guess("video", "m4a" if major.startswith(b"M4A") else "mp4")
