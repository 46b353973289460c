"""Carry out the steps of a transformation on one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast
from urllib.parse import unquote

from PIL import Image

from cloudinary_sandbox.rendering import geometry_ops
from cloudinary_sandbox.rendering.background import backdrop, is_plain
from cloudinary_sandbox.rendering.colour import WHITE
from cloudinary_sandbox.rendering.contract import (
    LayerRef,
    LayerSource,
    RenderError,
    RenderNotes,
    TextStyleSource,
    Unsupported,
    no_text_style,
)
from cloudinary_sandbox.rendering.crop import PADDING, Resize, resized
from cloudinary_sandbox.rendering.effects import BLENDS, PLACED, REGION_EFFECTS, EffectCall, apply_effect, split_effect
from cloudinary_sandbox.rendering.evaluate import Scope, Value
from cloudinary_sandbox.rendering.fonts import family, missing_letters
from cloudinary_sandbox.rendering.geometry import Size, TargetSize
from cloudinary_sandbox.rendering.layers import Place, SubtitlesRef, TextRef, open_layer, put, read_layer
from cloudinary_sandbox.rendering.output import check_flags
from cloudinary_sandbox.rendering.pending import Picture, full
from cloudinary_sandbox.rendering.step_values import StepValues
from cloudinary_sandbox.rendering.steps import NAMES, RenderStep
from cloudinary_sandbox.rendering.subtitles import said_at
from cloudinary_sandbox.rendering.text import TextBox, TextStyle, draw, is_style, read_style, style_of
from cloudinary_sandbox.rendering.vision import REGIONS, GravityFinder

_ELSEWHERE = {"ac", "af", "br", "dl", "dn", "du", "eo", "fn", "fps", "ki", "p", "so", "sp", "t", "vc", "vs"}
_DONE = frozenset(NAMES) - _ELSEWHERE
"""Parameters that are carried out for pictures."""
_SUBTITLES = "Arial_24"
"""The style of subtitles that name none; they stand at the foot, this share of the height up and of the width wide."""
_SUBTITLES_FOOT = 0.05
_SUBTITLES_WIDTH = 0.9
_COLOUR_SPACES = frozenset({"srgb", "tinysrgb", "srgb:truecolor", "no_cmyk"})


@dataclass(slots=True)
class Canvas:
    """A picture at work. For an opened layer, `step` is the component that brought it."""

    picture: Picture
    step: RenderStep | None = None

    @property
    def image(self) -> Image.Image:
        """The picture with its pixels; asking for it decodes what was only promised."""
        self.picture = full(self.picture)
        return self.picture

    @image.setter
    def image(self, image: Image.Image) -> None:
        self.picture = image


@dataclass(slots=True)
class Pipeline:
    """Runs steps on a picture.

    `facts` are those of the asset: `tags`, `context`, `metadata`, `pages`, `page`, `duration`, `coordinates`.
    `moment` are the seconds of a film at which its picture is shown, None for a picture that is no film's.
    `extra` are parameters, and `motion` effects, that someone else (the video part) takes care of. After `run`,
    `delivery` holds the last format and quality (`f`, `q`) asked outside layers, and `flags` all flags there.
    """

    layer: LayerSource
    notes: RenderNotes
    facts: Mapping[str, object] = field(default_factory=dict[str, object])
    extra: frozenset[str] = frozenset()
    motion: frozenset[str] = frozenset()
    moment: float | None = None
    text_style: TextStyleSource = no_text_style
    delivery: dict[str, str] = field(default_factory=dict[str, str])
    flags: dict[str, str] = field(default_factory=dict[str, str])
    finder: GravityFinder = field(init=False)
    scope: Scope = field(init=False)
    _stack: list[Canvas] = field(init=False, default_factory=list[Canvas])
    _initial: Size = (0, 0)

    def __post_init__(self) -> None:
        coordinates = cast("Mapping[str, object]", self.facts.get("coordinates") or {})
        self.finder = GravityFinder(self.notes, coordinates)
        self.scope = self._new_scope()

    def _new_scope(self) -> Scope:
        context = cast("Mapping[str, object]", self.facts.get("context") or {})
        metadata = cast("Mapping[str, object]", self.facts.get("metadata") or {})
        return Scope(self._name, {key: str(value) for key, value in context.items()}, metadata)

    def run(self, image: Picture, steps: Sequence[RenderStep]) -> Image.Image:
        """The transformed picture. `RenderError` says what is wrong, `Unsupported` what is not done here."""
        self._stack = [Canvas(image)]
        self._initial = image.size
        self.scope = self._new_scope()
        self.finder.untouched = True
        running: list[bool] = []
        for at, step in enumerate(steps):
            self.finder.place = at
            outside = all(running[:-1])
            match step.kind:
                case "if":
                    running.append(all(running) and self.scope.holds(step.condition))
                case "else":
                    running[-1] = outside and not running[-1]
                case "end":
                    running.pop()
                case "apply":
                    if all(running):
                        self._apply(step)
        if len(self._stack) > 1:
            raise RenderError("Invalid transformation - a layer is not closed with fl_layer_apply")
        return self._stack[0].image

    def _apply(self, step: RenderStep) -> None:
        for name, text in step.variables:
            self.scope.assign(name, text)
        self._check(step)
        if self._is_silent(step):
            return
        if step.layer:
            self._stack.append(Canvas(self._layer_picture(step), step))
            self._apply_parameters(step, places=not step.opens_layer)
            if not step.opens_layer:
                self._put(step, step)
        elif step.closes_layer:
            opener = self._stack[-1].step
            if opener is None:
                raise RenderError("Invalid transformation component - fl_layer_apply without a layer")
            self._apply_parameters(step, places=True)
            self._put(opener, step)
        else:
            self._apply_parameters(step)
            if len(self._stack) == 1:
                self.delivery |= {key: step.values[key] for key in ("f", "q") if key in step.values}
                self.flags |= step.flags

    def _check(self, step: RenderStep) -> None:
        for key in step.values:
            if key not in _DONE and key not in self.extra:
                raise Unsupported(f"the parameter {key}_ ({NAMES[key]})")
        if (space := step.values.get("cs")) and space not in _COLOUR_SPACES:
            raise Unsupported(f"the color space {space}")
        check_flags(step.flags)

    def _layer_picture(self, step: RenderStep) -> Picture:
        ref = read_layer(self.scope.filled_in(step.layer or ""))
        if isinstance(ref, SubtitlesRef):
            ref = TextRef(ref.style or _SUBTITLES, self._said(ref))
        return self._text(step, ref) if isinstance(ref, TextRef) else open_layer(ref, self.layer)

    def _said(self, ref: SubtitlesRef) -> str:
        """What the subtitles say at this moment of the film."""
        if self.moment is None:
            raise Unsupported("subtitles layers on pictures")
        path = self.layer(LayerRef(ref.public_id, "raw"))
        if path is None:
            raise RenderError(f"Resource not found - {ref.public_id}", 404)
        return said_at(path, self.moment)

    def _is_silent(self, step: RenderStep) -> bool:
        """Whether a layer of subtitles has nothing to say now."""
        if not (step.layer or "").startswith("subtitles:"):
            return False
        if step.opens_layer:
            raise Unsupported("subtitles layers that are placed by a component of their own")
        ref = read_layer(self.scope.filled_in(step.layer or ""))
        return isinstance(ref, SubtitlesRef) and not self._said(ref)

    def _text(self, step: RenderStep, ref: TextRef) -> Image.Image:
        values, base = StepValues(step, self.scope), self._stack[-1].picture.size
        style, box, text = self._style(ref)
        self._note_fonts(style, text)
        box = replace(box, trim="text_no_trim" not in step.flags)
        if (step.layer or "").startswith("subtitles:"):
            box = replace(box, colour=WHITE, width=base[0] * _SUBTITLES_WIDTH)
            style = replace(style, align=0.5)
        if values.has("co"):
            box = replace(box, colour=values.colour("co"))
        if values.has("b"):
            box = replace(box, background=values.colour("b"))
        if style.outlined and values.has("bo"):
            width, shade = values.border()
            box = replace(box, outline=width, outline_colour=shade)
        if _is_wrapped(step):
            target = values.target(base)
            box = replace(box, width=target.width, height=target.height)
        picture = draw(style, text, box)
        if "text_disallow_overflow" in step.flags and (picture.width > base[0] or picture.height > base[1]):
            raise RenderError("The text does not fit the image (fl_text_disallow_overflow)")
        return picture

    def _style(self, ref: TextRef) -> tuple[TextStyle, TextBox, str]:
        """The style of a text layer and its text; the style may be that of a stored text, whose id may have colons."""
        if is_style(ref.style):
            return read_style(ref.style), TextBox(), ref.text
        parts = [ref.style, *ref.text.split(":")]
        for count in range(1, len(parts)):
            public_id = "/".join(parts[:count])
            if (values := self.text_style(public_id)) is not None:
                return *style_of(values), ":".join(parts[count:])
        raise RenderError(f"Resource not found - {ref.style}", 404)

    def _note_fonts(self, style: TextStyle, text: str) -> None:
        """Say which font stands for the wanted one, and which letters no font has."""
        if style.family != family():
            self.notes.approximate(f"font {style.family} as {family()}".encode("ascii", "replace").decode())
        if missing := missing_letters(text):
            self.notes.approximate("letters without a glyph: " + " ".join(f"U+{ord(letter):04X}" for letter in missing))

    def _put(self, opener: RenderStep, placing: RenderStep) -> None:
        """Join the layer on top of the stack with the canvas below it."""
        layer = self._stack.pop().image
        base = self._stack[-1]
        values = StepValues(placing, self.scope)
        flags = placing.flags | opener.flags
        is_said = (opener.layer or "").startswith("subtitles:")
        place = Place(
            gravity=values.text("g", "south" if is_said else "center"),
            x=values.length("x", base.image.width) or 0,
            y=values.length("y", base.image.height) or (base.image.height * _SUBTITLES_FOOT if is_said else 0),
            under="u" in opener.values,
            tiled="tiled" in flags,
            cutter="cutter" in flags,
            no_overflow="no_overflow" in flags,
        )
        joining = next(
            (self._effect(step, base.image) for step in (placing, opener) if _effect_name(step) in BLENDS), None
        )
        base.image = put(base.image, layer, place, self.finder, joining)

    def _apply_parameters(self, step: RenderStep, *, places: bool = False) -> None:
        """Apply everything but a layer to the canvas on top: size, effect, opacity, corners, border, angle, ground.

        In a component that also `places` a layer, gravity and coordinates are the place and no matter of the layer.
        The order is [?]: Cloudinary documents one component per action.
        """
        canvas, values = self._stack[-1], StepValues(step, self.scope)
        is_text = (step.layer or "").startswith("text:")
        target = values.target(self._base_size(step))
        angles = [self.scope.filled_in(part) for part in step.values.get("a", "").split(".") if part]
        for angle in angles:
            if angle in {"auto_right", "auto_left"}:
                canvas.image = geometry_ops.oriented(canvas.image, angle, (target.width, target.height))
        effect = _effect_name(step)
        if not _is_wrapped(step) and effect not in REGION_EFFECTS:
            self._resize(step, canvas, target, places=places or effect in PLACED)
        # How a layer blends is a matter of joining it, and what moves a matter of all pictures of a film.
        if effect and effect not in self.motion and not (effect in BLENDS and (step.layer or places)):
            call = self._effect(step, canvas.image)
            canvas.image = apply_effect(canvas.image, replace(call, x=None, y=None) if places else call)
        canvas.image = geometry_ops.faded(canvas.image, values.number("o", 100))
        corners = values.corners()
        if corners:
            canvas.image = geometry_ops.rounded(canvas.image, corners)
        if values.has("bo") and not (is_text and "_stroke" in str(step.layer)):
            width, shade = values.border()
            canvas.image = geometry_ops.bordered(canvas.image, round(width), shade, corners)
        for angle in angles:
            canvas.image = self._turned(canvas.image, angle)
        if values.has("b") and not is_text and is_plain(values.text("b")):
            ground = values.colour("b")
            canvas.image = geometry_ops.flattened(canvas.image, ground) if ground[3] else canvas.image

    def _effect(self, step: RenderStep, image: Image.Image) -> EffectCall:
        """The effect of a component, with the parameters beside it that it may use."""
        values = StepValues(step, self.scope)
        text = unquote(values.text("e"))
        return EffectCall(
            text,
            split_effect(text)[1],
            self.finder,
            self.notes,
            colour=values.colour("co") if values.has("co") else None,
            x=values.length("x", image.width),
            y=values.length("y", image.height),
            width=values.length("w", image.width),
            height=values.length("h", image.height),
            gravity=values.text("g"),
        )

    def _resize(self, step: RenderStep, canvas: Canvas, target: TargetSize, *, places: bool) -> None:
        values = StepValues(step, self.scope)
        mode, background = values.text("c"), values.text("b")
        if background and not is_plain(background) and mode not in PADDING:
            backdrop(background, canvas.image, (1, 1))  # refuses what is not rendered before the mode is blamed
            raise RenderError(f"Invalid background in transformation: {background} needs a padding crop")
        if not mode and target.is_empty:
            return
        names_region = "region_relative" in step.flags  # then gravity says what a size is relative to
        ask = Resize(
            mode=mode or "scale",
            target=target,
            gravity="" if places or names_region else values.text("g"),
            x=None if places else values.length("x", canvas.picture.width),
            y=None if places else values.length("y", canvas.picture.height),
            zoom=values.number("z", 1.0),
            background=background,
            ignore_ratio="ignore_aspect_ratio" in step.flags,
        )
        before = canvas.picture
        canvas.image = resized(before, ask, self.finder)
        if canvas.picture is not before and len(self._stack) == 1:
            self.finder.untouched = False

    def _turned(self, image: Image.Image, angle: str) -> Image.Image:
        if angle in {"auto_right", "auto_left", "ignore", "exif", "auto"}:
            return image  # done before the resize, or when the file was read
        if angle in {"hflip", "vflip"}:
            return geometry_ops.oriented(image, angle, (None, None))
        return geometry_ops.turned(image, self.scope.number(angle, NAMES["a"]))

    def _base_size(self, step: RenderStep) -> Size:
        """What a fraction in w_ and h_ is a part of."""
        flags = step.flags
        if len(self._stack) < 2 or not flags.keys() & {"relative", "region_relative"}:
            return self._stack[-1].picture.size
        base = self._stack[-2]
        if "relative" in flags:
            return base.picture.size
        gravity = step.values.get("g", "")
        if gravity.partition(":")[0] not in REGIONS:
            raise Unsupported("the flag region_relative without g_face, g_faces or g_custom beside it")
        region = self.finder.region(base.image, gravity) or (0, 0, *base.picture.size)
        return round(region[2] - region[0]), round(region[3] - region[1])

    def _name(self, name: str) -> Value | None:
        """What a predefined name means at this moment; None for an unknown one."""
        width, height = self._stack[-1].picture.size if self._stack else self._initial
        first_width, first_height = self._initial
        match name:
            case "w" | "h" | "ar":
                return {"w": float(width), "h": float(height), "ar": width / height}[name]
            case "iw" | "ow":
                return float(first_width)
            case "ih" | "oh":
                return float(first_height)
            case "iar":
                return first_width / first_height
            case "pc" | "cp":
                return float(cast("float", self.facts.get("pages" if name == "pc" else "page") or 1))
            case "du" | "idu":
                return float(cast("float", self.facts.get("duration") or 0))
            case "tags":
                return tuple(map(str, cast("Sequence[object]", self.facts.get("tags") or ())))
            case "fc":
                return float(self.finder.count_faces(self._stack[-1].image))
            case "ils" | "tar" | "px" | "py" | "idn" | "pgnames" | "cpi":
                raise Unsupported(f"the operand {name}")
            case _:
                return None


def _effect_name(step: RenderStep) -> str:
    return split_effect(unquote(step.values.get("e", "")))[0]


def _is_wrapped(step: RenderStep) -> bool:
    """Whether this is a text layer whose size makes its lines break instead of scaling it."""
    return (step.layer or "").startswith("text:") and step.values.get("c") == "fit"
