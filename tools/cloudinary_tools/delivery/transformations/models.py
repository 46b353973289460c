"""Typed models of transformations: names, types and a JSON schema over the serialiser's rules."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator
from pydantic_core import PydanticCustomError

from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.transformations.parser import parse
from cloudinary_tools.delivery.transformations.serialiser import check, check_alone, serialise
from cloudinary_tools.json_types import as_list, is_mapping

Number = int | float | str
"""A number, or text: a number, a listed word, an expression (`initial_width / 2`) or a variable (`$name`)."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Layer(_Part):
    """What is placed above (`overlay`) or below (`underlay`): give `public_id`, `url` or `text`."""

    public_id: str | None = None
    resource_type: str | None = None
    type: str | None = None
    format: str | None = None
    url: str | None = None
    text: str | None = None
    text_style: str | None = None
    font_family: str | None = None
    font_size: int | str | None = None
    font_weight: str | None = None
    font_style: str | None = None
    text_decoration: str | None = None
    text_align: str | None = None
    stroke: str | None = None
    letter_spacing: Number | None = None
    line_spacing: Number | None = None
    font_antialiasing: str | None = None
    font_hinting: str | None = None


class Border(_Part):
    """A solid line around the picture; `width` in pixels."""

    width: int = 2
    color: str = "black"


class VideoCodec(_Part):
    """A codec with its profile and level; `b_frames` false switches bidirectional frames off."""

    codec: str
    profile: str | None = None
    level: str | None = None
    b_frames: bool | None = None


class CustomFunction(_Part):
    """A function of one's own: WebAssembly by public ID, or a remote one by URL."""

    function_type: Literal["wasm", "remote"]
    source: str


class Component(BaseModel):
    """One step of a transformation, with the official SDK's long names; user variables are extra `$name` keys."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True, serialize_by_alias=True)

    if_: Annotated[str | None, Field(alias="if")] = None
    variables: list[tuple[str, Number]] | None = None
    transformation: "str | Component | list[str | Component | list[str]] | None" = None
    width: Number | None = None
    height: Number | None = None
    size: str | None = None
    crop: str | None = None
    aspect_ratio: Number | None = None
    gravity: str | None = None
    x: Number | None = None
    y: Number | None = None
    zoom: Number | None = None
    angle: Number | list[Number] | None = None
    radius: Number | list[Number] | None = None
    border: str | Border | None = None
    background: str | None = None
    color: str | None = None
    color_space: str | None = None
    opacity: Number | None = None
    effect: str | list[Number] | dict[str, Number] | None = None
    overlay: str | Layer | None = None
    underlay: str | Layer | None = None
    flags: str | list[str] | None = None
    quality: Number | None = None
    fetch_format: str | None = None
    format: str | None = None
    dpr: Number | None = None
    density: int | str | None = None
    page: int | str | None = None
    delay: int | str | None = None
    default_image: str | None = None
    prefix: str | None = None
    start_offset: Number | None = None
    end_offset: Number | None = None
    duration: Number | None = None
    offset: str | list[Number] | None = None
    video_codec: str | VideoCodec | None = None
    audio_codec: str | None = None
    audio_frequency: int | str | None = None
    bit_rate: int | str | None = None
    fps: Number | list[Number] | None = None
    keyframe_interval: Number | None = None
    streaming_profile: str | None = None
    video_sampling: int | str | None = None
    custom_function: str | CustomFunction | None = None
    custom_pre_function: str | CustomFunction | None = None
    responsive_width: bool | None = None
    raw_transformation: str | None = None
    responsive: bool | None = None
    hidpi: bool | None = None
    html_width: int | None = None
    html_height: int | None = None
    client_hints: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _checked(cls, data: object) -> object:
        return _run(check_alone, plain(data))


class Transformation(RootModel[str | Component | list[str | Component]]):
    """A transformation as an object, a list of objects, or text (`c_fill,w_400`, `t_name`)."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _checked(cls, data: object) -> object:
        return _run(check, plain(data))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the text of a transformation into components; a fault is a `ValidationError`."""
        try:
            return cls.model_validate(parse(text))
        except TransformationError as error:
            raise ValueError(str(error)) from error

    def to_plain(self) -> Any:
        """The transformation as plain JSON values, as it was given."""
        return plain(self.root)

    def to_string(self, resource_type: str = "image", *, format: str | None = None) -> str:
        """The text in a URL; `TransformationError` when it does not fit the resource type."""
        return serialise(self.to_plain(), resource_type, format=format)


def plain(data: object) -> Any:
    """Models inside a transformation as the JSON values they were made of."""
    if isinstance(data, Transformation):
        return plain(data.root)
    if isinstance(data, BaseModel):
        return data.model_dump(exclude_unset=True, by_alias=True)
    if is_mapping(data):
        return {("if" if key == "if_" else key): plain(value) for key, value in data.items()}
    items = as_list(data)
    return data if items is None else [plain(item) for item in items]


def _run(checker: Any, data: Any) -> Any:
    try:
        checker(data)
    except TransformationError as error:
        faults = [{"path": fault.path, "message": fault.message} for fault in error.faults]
        raise PydanticCustomError("transformation", "{text}", {"text": str(error), "faults": faults}) from error
    return data
