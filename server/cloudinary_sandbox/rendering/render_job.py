"""From a stored file and the text of a transformation to a derived file."""

import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from PIL import Image

from cloudinary_sandbox.rendering import video
from cloudinary_sandbox.rendering.contract import (
    Rendered,
    RenderError,
    RenderNotes,
    RenderRequest,
    Unsupported,
    invalid,
)
from cloudinary_sandbox.rendering.effects import split_effect
from cloudinary_sandbox.rendering.film_effects import NAMES as MOTION
from cloudinary_sandbox.rendering.film_effects import FilmEffects, read_film_effects
from cloudinary_sandbox.rendering.film_frames import VideoCut
from cloudinary_sandbox.rendering.geometry_ops import is_opaque
from cloudinary_sandbox.rendering.output import (
    ALIASES,
    CONTENT_TYPES,
    FormatChoice,
    check_flags,
    choose,
    keeps_moving,
    read_quality,
    write,
)
from cloudinary_sandbox.rendering.pipeline import Pipeline
from cloudinary_sandbox.rendering.source import count_frames, frames, load
from cloudinary_sandbox.rendering.steps import RenderStep, read

_PICTURES = frozenset({"jpg", "png", "gif", "webp", "avif", "bmp", "tif", "ico", "jp2", "auto:image"})
_DRAWINGS = frozenset({"svg", "pdf", "ai"})
_PAGED = frozenset({"tif", "pdf", "ai"})
_LOOP = frozenset({"loop"})
_MOST_DENSITY = 300
_DOWNLOADS = frozenset({"attachment", "streaming_attachment"})


@dataclass(slots=True)
class RenderJob:
    """One rendering: what is given, and what is gathered on the way."""

    request: RenderRequest
    source_format: str
    wanted: str
    steps: Sequence[RenderStep]
    pipeline: Pipeline

    def out(self, format: str) -> Path:
        """A new path in the folder for a file of this format."""
        return self.request.workdir / f"derived-{secrets.token_hex(8)}.{format}"

    def transformed(self, image: Image.Image, moment: float) -> Image.Image:
        """One frame of a film, shown at a moment in seconds, with all steps carried out."""
        self.pipeline.moment = moment
        return self.pipeline.run(image, self.steps)

    def result(self, path: Path, choice: FormatChoice, size: tuple[int, int] | None) -> Rendered:
        """Tell about the file that was written."""
        flags = self.pipeline.flags
        asked = [flags[flag] for flag in sorted(_DOWNLOADS) if flag in flags]
        return Rendered(
            path=path,
            format=choice.format,
            content_type=CONTENT_TYPES.get(choice.format, "application/octet-stream"),
            width=size[0] if size else None,
            height=size[1] if size else None,
            bytes=path.stat().st_size,
            attachment=(unquote(asked[0]) or True) if asked else None,
            approximations=tuple(self.pipeline.notes.texts),
            vary_accept=choice.by_accept,
        )


def render_file(request: RenderRequest) -> Rendered:
    """Render a file; `render` of the package has the explanations."""
    steps = read(request.transformation, request.named)
    own = ALIASES.get(request.source_format or "", request.source_format or "")
    wanted = (request.format or own).lower()
    target = ALIASES.get(wanted, wanted)
    pipeline = Pipeline(request.layer, RenderNotes(), dict(request.facts), text_style=request.text_style)
    job = RenderJob(request, own, target, steps, pipeline)
    only_download = all(
        step.kind == "apply" and not step.variables and step.values.keys() <= {"fl"} and step.flags.keys() <= _DOWNLOADS
        for step in steps
    )
    if only_download and (target == own or request.resource_type == "raw"):
        return _copy(job)
    if request.resource_type == "raw":
        raise RenderError("Raw files cannot be transformed; only fl_attachment is possible")
    return _film_or_still(job) if request.resource_type == "video" else _picture(job)


def _copy(job: RenderJob) -> Rendered:
    for step in job.steps:
        job.pipeline.flags |= step.flags
    path = job.out(job.source_format or "bin")
    shutil.copyfile(job.request.source, path)
    width, height = job.request.facts.get("width"), job.request.facts.get("height")
    size = (width, height) if isinstance(width, int) and isinstance(height, int) else None
    return job.result(path, FormatChoice(job.source_format), size)


def _picture(job: RenderJob) -> Rendered:
    page = _page(job.steps)
    turn = not any("ignore" in step.values.get("a", "").split(".") for step in job.steps)
    total = 1 if page else count_frames(job.request.source)
    job.pipeline.facts = {**job.pipeline.facts, "page": page or 1}
    density = _density(job)
    if total > 1 and job.source_format not in _PAGED:
        job.pipeline.motion = _LOOP
    first = job.pipeline.run(load(job.request.source, page=page or 1, turn=turn, **density), job.steps)
    moving = total > 1 and job.source_format not in _PAGED
    choice = _choice(job, first, moving)
    if not (moving and keeps_moving(choice.format, job.pipeline.flags)):
        return _written(job, choice, [first], [0])
    shown, durations = list[Image.Image](), list[int]()
    for image, duration in frames(job.request.source):
        shown.append(job.pipeline.run(image, job.steps) if shown else first)
        durations.append(duration)
    return _written(job, choice, shown, durations)


def _loops(steps: Sequence[RenderStep]) -> int:
    """How often an animation is played again; 0 is without end, as in the file itself."""
    found = 0
    for step in steps:
        name, arguments = split_effect(unquote(step.values.get("e", "")))
        if name == "loop":
            found = read_film_effects([unquote(step.values["e"])]).rounds - 1 if arguments else 0
    return found


def _choice(job: RenderJob, image: Image.Image, moving: bool) -> FormatChoice:
    wanted = job.pipeline.delivery.get("f", job.wanted)
    return choose(wanted, job.request.accept, job.pipeline.flags, opaque=is_opaque(image), moving=moving)


def _written(job: RenderJob, choice: FormatChoice, shown: Sequence[Image.Image], durations: Sequence[int]) -> Rendered:
    path = job.out(choice.format)
    quality = read_quality(job.pipeline.delivery.get("q"))
    write(shown, durations, path, choice.format, quality, job.pipeline.flags, _loops(job.steps))
    return job.result(path, choice, shown[0].size)


def _density(job: RenderJob) -> dict[str, int]:
    """The dots per inch at which an SVG or PDF is drawn, when they are given."""
    text = next((step.values["dn"] for step in job.steps if "dn" in step.values), "")
    if not text:
        return {}
    if job.source_format not in _DRAWINGS:
        raise Unsupported(f"the parameter dn_ (density) of {job.source_format} files")
    if not text.isdigit() or not 1 <= int(text) <= _MOST_DENSITY:
        raise invalid("density", text)
    job.pipeline.extra = frozenset({"dn"})
    return {"density": int(text)}


def _page(steps: Sequence[RenderStep]) -> int | None:
    for step in steps:
        if text := step.values.get("pg"):
            if not text.isdigit():
                raise Unsupported(f"the page {text}")
            if text == "0":
                raise invalid("page", text)
            return int(text)
    return None


def _film_or_still(job: RenderJob) -> Rendered:
    """A video in a picture's format is a still; else it stays a film."""
    video.require()
    values = _film_values(job.steps)
    effects = read_film_effects(_film_effects(job.steps))
    pipeline = job.pipeline
    pipeline.extra = video.KEYS
    pipeline.motion = MOTION
    total = video.duration(job.request.source)
    pipeline.facts = {**pipeline.facts, "duration": total}
    cut = video.read_cut(values, total, pipeline.scope.number)
    asked = values.get("f", job.wanted)
    extension = ALIASES.get(asked.lower(), asked.lower())
    if extension in _PICTURES or (extension == "auto" and job.wanted in _PICTURES):
        moment = total / 2 if cut.start is None else cut.start
        image = job.transformed(video.still(job.request.source, cut.start), moment)
        return _written(job, _choice(job, image, moving=False), [image], [0])
    if extension in {"auto", "auto:video"}:
        choice = FormatChoice("webm" if "video/webm" in job.request.accept else "mp4", by_accept=True)
    elif extension in video.FORMATS:
        choice = FormatChoice(extension)
    else:
        raise Unsupported(f"the video format {extension}")
    return _film(job, choice, cut, values, effects)


def _film(
    job: RenderJob, choice: FormatChoice, cut: VideoCut, values: Mapping[str, str], effects: FilmEffects
) -> Rendered:
    path = job.out(choice.format)
    if "q" in values:
        # 80 becomes the encoders' usual constant rate factor of 23.
        values = {**values, "crf": str(round(45 - read_quality(values["q"]).level * 0.275))}
    try:
        size = video.film(job.request.source, path, choice.format, cut, values, effects, job.transformed)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return job.result(path, choice, size)


def _film_effects(steps: Sequence[RenderStep]) -> list[str]:
    """The effects that concern the film as a whole, in their order."""
    found: list[str] = []
    depth = 0
    for step in steps:
        depth += {"if": 1, "end": -1}.get(step.kind, 0)
        text = unquote(step.values.get("e", ""))
        if split_effect(text)[0] not in MOTION:
            continue
        if depth:
            raise Unsupported(f"the effect {text} of a video inside a condition")
        if step.layer or step.closes_layer:
            raise Unsupported(f"the effect {text} of a layer")
        found.append(text)
    return found


def _film_values(steps: Sequence[RenderStep]) -> dict[str, str]:
    """The parameters that concern the film as a whole; they are read before any frame is seen."""
    found: dict[str, str] = {}
    depth = 0
    for step in steps:
        depth += {"if": 1, "end": -1}.get(step.kind, 0)
        mine = {key: text for key, text in step.values.items() if key in video.KEYS or key in {"f", "q"}}
        if mine and depth:
            raise Unsupported(f"{next(iter(mine))}_ of a video inside a condition")
        if mine and step.layer:
            raise Unsupported("timed layers")
        check_flags(step.flags)
        found |= mine
    return found
