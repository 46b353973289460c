"""Effects on a part of the picture: faces, or a rectangle."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from PIL import Image

from cloudinary_sandbox.rendering.contract import Unsupported
from cloudinary_sandbox.rendering.effects.call import Effect, EffectCall
from cloudinary_sandbox.rendering.effects.painting import blurred, pixelated
from cloudinary_sandbox.rendering.geometry import Box
from cloudinary_sandbox.rendering.vision import REGIONS

Change = Callable[[Image.Image, float], Image.Image]


def _on_faces(change: Change, default: float, high: float) -> Effect:
    def effect(image: Image.Image, call: EffectCall) -> Image.Image:
        level = call.level(default, 1, high)
        faces = call.finder.faces(image)
        if faces is None:
            raise Unsupported(f"the effect {call.name} without OpenCV (install the extra `vision`)")
        result = image
        for face in faces:
            result = _changed(result, face, change, level)
        return result

    return effect


def _on_region(change: Change, default: float, high: float) -> Effect:
    def effect(image: Image.Image, call: EffectCall) -> Image.Image:
        region = _region(image, call)
        return image if region is None else _changed(image, region, change, call.level(default, 1, high))

    return effect


def _region(image: Image.Image, call: EffectCall) -> Box | None:
    """The rectangle of x, y, w and h (what is not given reaches to the edge), or what the gravity finds."""
    if call.gravity:
        if call.gravity.partition(":")[0] not in REGIONS:
            raise Unsupported(f"the gravity {call.gravity} for e_{call.name}")
        return call.finder.region(image, call.gravity)
    left, top = call.x or 0, call.y or 0
    right = image.width if call.width is None else left + call.width
    bottom = image.height if call.height is None else top + call.height
    return left, top, right, bottom


def _changed(image: Image.Image, box: Box, change: Change, level: float) -> Image.Image:
    left, top = max(0, round(box[0])), max(0, round(box[1]))
    right, bottom = min(image.width, round(box[2])), min(image.height, round(box[3]))
    if left >= right or top >= bottom:
        return image
    result = image.copy()
    result.paste(change(image.crop((left, top, right, bottom)), level), (left, top))
    return result


REGION_EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "blur_faces": _on_faces(blurred, 500, 2000),
        "blur_region": _on_region(blurred, 100, 2000),
        "pixelate_faces": _on_faces(pixelated, 0, 200),
        "pixelate_region": _on_region(pixelated, 0, 200),
    }
)
