"""Parameters that need an add-on or a part which this sandbox does not have: each refused in Cloudinary's words."""

import re

from cloudinary_sandbox.core.errors import bad_request, no_subscription, not_built
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params

_RAW_CONVERT = {
    "aspose": "Aspose Document Conversion",
    "google_speech": "Google AI Video Transcription",
    "extract_text": "Extract Text",
    "azure_video_indexer": "Microsoft Azure Video Indexer",
}
_CATEGORIZATION = {
    "google_tagging": "Google Auto Tagging",
    "google_video_tagging": "Google Automatic Video Tagging",
    "imagga_tagging": "Imagga Auto Tagging",
    "aws_rek_tagging": "Amazon Rekognition Auto Tagging",
    "azure_video_indexer": "Microsoft Azure Video Indexer",
}
_DETECTION = frozenset({
    "adv_face", "aws_rek_face", "captioning", "cld-fashion", "cld-text", "coco", "human-anatomy", "iqa", "lvis",
    "openimages", "shop-classifier", "unidet", "watermark-detection",
})  # fmt: skip
_BACKGROUND_REMOVAL = {
    "cloudinary_ai": "Cloudinary AI Background Removal",
    "pixelz": "Remove-The-Background Editing",
    "remove_the_background": "Remove-The-Background Editing",
}
_MODERATION = {
    "aws_rek": "Rekognition AI Moderation",
    "aws_rek_video": "Amazon Rekognition Video Moderation",
    "google_video_moderation": "Google AI Video Moderation",
    "webpurify": "WebPurify Image Moderation",
    "perception_point": "Perception Point Malware Detection",
    "duplicate": "Cloudinary Duplicate Image Detection",
}
_VERSION = re.compile(r"_v\d+$")
_NOT_BUILT = ("callback",)
_SUBSCRIBED = {
    "visual_search": "Visual Search",
    "similarity_search": "Visual Search",
    "auto_transcription": "Auto Transcription",
    "auto_chaptering": "Auto Chaptering",
    "auto_video_details": "Auto Video Details",
}


def refuse_missing_parts(params: Params) -> None:
    """Refuse with 501 a parameter whose effect this sandbox does not have, so that nothing is silently left undone."""
    for name in _NOT_BUILT:
        if name in params and params.text(name).lower() not in {"false", "0"}:
            raise not_built(f"the parameter {name}")


def refuse_addons(params: Params, updating: bool = False) -> None:
    """Refuse with 400 or 420 a parameter that only an add-on can serve; `updating` for the texts of the Admin API."""

    def illegal(name: str, text: str) -> Exception:
        return bad_request(f"Illegal value for {name}: {params.text(name)}" if updating else text)

    if value := params.text("raw_convert"):
        for kind in value.split("|"):
            if kind.partition(":")[0] not in _RAW_CONVERT:
                raise illegal("raw_convert", "Raw convert is invalid")
        raise no_subscription(_RAW_CONVERT[value.split("|")[0].partition(":")[0]])
    if value := params.text("detection"):
        for model in value.split(","):
            if _VERSION.sub("", model.partition(":")[0]) not in _DETECTION:
                raise illegal("detection", f"Detection invalid model '{model}'")
        raise no_subscription("Cloudinary AI Content Analysis")
    if value := params.text("categorization"):
        for kind in value.split(","):
            if kind.partition(":")[0] not in _CATEGORIZATION:
                raise illegal("categorization", f"Categorization {value} is not valid")
        raise no_subscription(_CATEGORIZATION[value.split(",")[0].partition(":")[0]])
    if value := params.text("ocr"):
        if value not in {"adv_ocr", "adv_ocr:document"}:
            raise illegal("ocr", f"Ocr {value} is not valid")
        raise no_subscription("OCR Text Detection and Extraction")
    if value := params.text("background_removal"):
        if value not in _BACKGROUND_REMOVAL:
            raise illegal("background_removal", f"Background removal {value} is invalid")
        raise no_subscription(_BACKGROUND_REMOVAL[value])
    if value := params.text("auto_tagging"):
        try:
            inside = 0 <= float(value) <= 1
        except ValueError:
            inside = False
        if not inside:
            raise illegal("auto_tagging", f"Auto tagging {value} is not valid")
        raise bad_request("Auto tagging needs a categorization, detection or ocr add-on")
    for name, addon in _SUBSCRIBED.items():
        if name in params and params.text(name).lower() not in {"false", "0"}:
            raise no_subscription(addon)


def read_moderation(value: str, now: str) -> list[JSON]:
    """Read `moderation` of an upload: `manual` is pending; a 420 for add-ons, a 400 for what is no moderation."""
    for kind in value.split("|"):
        name = kind.partition(":")[0]
        if name in _MODERATION:
            raise no_subscription(_MODERATION[name])
        if name != "manual":
            raise bad_request(f"Moderation {kind} moderation is not valid")
    return [{"kind": "manual", "status": "pending", "updated_at": now}]
