"""Write the sound of a film: cut, repeated, turned round, sped up and faded with its pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudinary_sandbox.rendering.film_effects import FilmEffects
from cloudinary_sandbox.rendering.film_frames import VideoCut, heard

if TYPE_CHECKING:
    from av import AudioFrame


@dataclass(frozen=True, slots=True)
class Sound:
    """How the sound of a format is written: codec, PyAV's encoder, samples per second, and their layout in memory."""

    name: str
    encoder: str
    rate: int
    samples: str


class _Filters:
    """A chain of FFmpeg's audio filters; sound goes in and comes out in pieces."""

    def __init__(self, sound: Sound, layout: str, filters: list[tuple[str, str]]):
        import av.filter

        self._graph: Any = av.filter.Graph()
        source = self._graph.add_abuffer(sample_rate=sound.rate, format=sound.samples, layout=layout)
        same = f"sample_fmts={sound.samples}:sample_rates={sound.rate}:channel_layouts={layout}"
        steps = [*filters, ("aformat", same), ("abuffersink", "")]  # some filters give another form of sample
        nodes = [source, *(self._graph.add(name, options) for name, options in steps)]
        for one, other in pairwise(nodes):
            one.link_to(other)
        self._graph.configure()

    def __call__(self, piece: "AudioFrame | None") -> Iterator["AudioFrame"]:
        """What comes out when a piece goes in; None is the end."""
        from av.error import BlockingIOError as NothingYet
        from av.error import EOFError as NothingLeft

        self._graph.push(piece)
        while True:
            try:
                yield self._graph.pull()
            except (NothingYet, NothingLeft):
                return


def add_sound(
    path: Path, target: Any, track: Any, sound: Sound, cut: VideoCut, effects: FilmEffects, total: float
) -> None:
    """Encode the sound of the kept part as the effects play it; the result is `total` seconds long."""
    layout = track.layout.name
    fades = _Filters(sound, layout, _fades(effects, total))
    at = 0
    for backwards in effects.passes:
        for piece in _played(path, cut, effects, sound, layout, backwards=backwards):
            piece.pts = at
            at += piece.samples
            for faded in fades(piece):
                target.mux(track.encode(faded))
    for faded in fades(None):
        target.mux(track.encode(faded))
    target.mux(track.encode(None))


def _fades(effects: FilmEffects, total: float) -> list[tuple[str, str]]:
    filters: list[tuple[str, str]] = []
    if effects.fade_in:
        filters.append(("afade", f"t=in:st=0:d={effects.fade_in:.6f}"))
    if effects.fade_out:
        start = max(0.0, total - effects.fade_out)
        filters.append(("afade", f"t=out:st={start:.6f}:d={min(total, effects.fade_out):.6f}"))
    return filters


def _played(
    path: Path, cut: VideoCut, effects: FilmEffects, sound: Sound, layout: str, *, backwards: bool
) -> Iterator["AudioFrame"]:
    """The sound of one pass, in the form in which it is encoded."""
    from av import AudioResampler

    filters: list[tuple[str, str]] = []
    if effects.volume:
        filters.append(("volume", f"volume={effects.volume}"))
    if effects.speed != 1:
        filters.append(("atempo", f"{effects.speed:.6f}"))
    if backwards:
        filters.append(("areverse", ""))
    resampler = AudioResampler(format=sound.samples, layout=layout, rate=sound.rate)
    changed = _Filters(sound, layout, filters)
    at = 0
    for frame in chain(heard(path, cut), [None]):
        for piece in resampler.resample(frame):
            piece.pts = at
            at += piece.samples
            yield from changed(piece)
    yield from changed(None)
