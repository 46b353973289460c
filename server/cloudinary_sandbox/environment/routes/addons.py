"""The modules that only an add-on serves (analysis, image generation), answered as without a subscription."""

from starlette.responses import JSONResponse, Response

from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.errors import ApiError, bad_request
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.router import Endpoint

_GOOGLE = frozenset({"google_tagging", "google_logo_detection"})
_VISION = frozenset({"ai_vision_general", "ai_vision_moderation", "ai_vision_tagging"})
_DETECTION = frozenset({
    "captioning", "cld_fashion", "cld_text", "coco", "human_anatomy", "image_quality", "lvis", "shop_classifier",
    "unidet", "watermark_detection", "custom",
})  # fmt: skip


def _feature(model: str) -> str:
    for name, models in (("google_tagging", _GOOGLE), ("ai_vision", _VISION), ("object_detection", _DETECTION)):
        if model in models:
            return name
    raise bad_request(f"Invalid analysis_type {model}")


def _unsubscribed(call: ApiCall, feature: str) -> Response:
    error: JSON = {
        "category": "auth_error",
        "code": "MA_00007",
        "message": "account does not have an active subscription for feature",
        "details": {"feature_name": feature},
        "request_id": call.request.scope.get("request_id", ""),
    }
    return JSONResponse({"error": error}, 403)


async def analyze(call: ApiCall) -> Response:
    """Analyse a picture: refused for want of the add-on, by its name."""
    return _unsubscribed(call, _feature(call.path.get("model") or call.params.required("analysis_type")))


async def generate(call: ApiCall) -> Response:
    """Make a picture: refused for want of the add-on, by its name."""
    call.params.required("prompt")
    return _unsubscribed(call, "image_generation")


async def task(call: ApiCall) -> Response:
    """Tell how far a task is: there is none, since nothing can be begun."""
    raise ApiError(404, f"Task not found - {call.path['task']}")


ENDPOINTS = [
    Endpoint("POST", "v2/analysis/analyze/uri", analyze, "v2"),
    Endpoint("POST", "v2/analysis/analyze/{model:name}", analyze, "v2"),
    Endpoint("GET", "v2/analysis/tasks/{task:name}", task, "v2"),
    Endpoint("POST", "v2/generate/text_to_image", generate, "v2"),
    Endpoint("POST", "v2/generate/image_to_image", generate, "v2"),
    Endpoint("GET", "v2/generate/tasks/{task:name}", task, "v2"),
]
