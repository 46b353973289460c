"""What of Cloudinary the sandbox does, written as a table: `python -m cloudinary_sandbox.service.coverage`.

Endpoints that are served are read from the code. What is refused, and what a parameter does, stands here; tests call
each of them and hold the sandbox to it.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.service.composition import ENDPOINTS
from cloudinary_tools.delivery.transformations.reference import reference

PAGE = Path("docs/sandbox-coverage.md")
State = Literal["done", "partly", "refused"]

PARTLY = {
    "POST /image/text": "fonts stand in for those that are not installed",
    "GET /usage": "bandwidth, impressions and past days are empty",
    "GET /usage/{date:name}": "bandwidth, impressions and past days are empty",
    "GET /resources/visual_search": "finds nothing, as on a plan without it",
    "POST /resources/visual_search": "finds nothing, as on a plan without it",
    "POST v2/analysis/analyze/uri": "refuses each model for want of its add-on",
    "POST v2/analysis/analyze/{model:name}": "refuses each model for want of its add-on",
    "GET v2/analysis/tasks/{task:name}": "no task can be begun",
    "POST v2/generate/text_to_image": "refuses for want of the add-on",
    "POST v2/generate/image_to_image": "refuses for want of the add-on",
    "GET v2/generate/tasks/{task:name}": "no task can be begun",
}
"""Endpoints that answer, but do less than the live service."""

REFUSED = {
    "POST /video/create_slideshow": "its end is announced",
    "POST /video/concat": "no video is put together",
    "GET /video/analytics/views": "nobody watches",
    "GET /people": "no faces are recognised",
    "PUT /people/{id}": "no faces are recognised",
    "POST /people/inspect": "no faces are recognised",
    "GET /folder_operations/invite/{id}": "there are no users to share with",
    "POST /folder_operations/invite/{id}": "there are no users to share with",
    "POST /resources_last_access_reports": "an Enterprise feature",
    "GET /resources_last_access_reports": "an Enterprise feature",
    "GET /resources/last_access_report/{id}": "an Enterprise feature",
}
"""Endpoints of Cloudinary that the sandbox does not have."""


class Parameter(NamedTuple):
    """One parameter of an upload: how far it is served, a value to try it with, and what there is to say of it."""

    name: str
    state: State
    example: str
    note: str = ""


_ADDON = "refused for want of the add-on, after its value was checked"
PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "access_control",
        "partly",
        '[{"access_type": "token"}]',
        "anonymous windows count; tokens open when the sandbox has their key (--auth-token-key)",
    ),
    Parameter("access_mode", "done", "authenticated"),
    Parameter("accessibility_analysis", "partly", "true", "a plain measure of our own in Cloudinary's shape"),
    Parameter("allowed_formats", "done", "png,jpg"),
    Parameter("asset_folder", "done", "a/b"),
    Parameter("async", "done", "true"),
    Parameter("auto_chaptering", "refused", "true", _ADDON),
    Parameter("auto_tagging", "refused", "0.5", _ADDON),
    Parameter("auto_transcription", "refused", "true", _ADDON),
    Parameter("auto_video_details", "refused", "true", _ADDON),
    Parameter("background_removal", "refused", "cloudinary_ai", _ADDON),
    Parameter("backup", "done", "true"),
    Parameter("batch_id", "done", "b1"),
    Parameter("callback", "refused", "http://127.0.0.1/x", "the redirect of old browsers"),
    Parameter("categorization", "refused", "google_tagging", _ADDON),
    Parameter("cinemagraph_analysis", "partly", "true", "a plain measure of our own in Cloudinary's shape"),
    Parameter("clear_invalid", "done", "true"),
    Parameter("colors", "done", "true"),
    Parameter("context", "done", "alt=a|caption=b"),
    Parameter("custom_coordinates", "done", "1,2,3,4"),
    Parameter("detection", "refused", "coco", _ADDON),
    Parameter("discard_original_filename", "done", "true"),
    Parameter("display_name", "done", "name"),
    Parameter("eager", "done", "c_scale,w_10|c_scale,w_20/jpg"),
    Parameter("eager_async", "done", "true"),
    Parameter("eager_notification_url", "done", "http://127.0.0.1:1/x"),
    Parameter("eval", "done", "upload_options.tags = 'a'"),
    Parameter("exif", "done", "true"),
    Parameter("face_coordinates", "done", "1,2,3,4"),
    Parameter("filename_override", "done", "other.png"),
    Parameter("folder", "done", "a/b"),
    Parameter("format", "done", "jpg"),
    Parameter("headers", "done", "Link: a"),
    Parameter("image_metadata", "done", "true"),
    Parameter("invalidate", "done", "true", "there is no cache to invalidate"),
    Parameter("media_metadata", "done", "true"),
    Parameter("metadata", "done", ""),
    Parameter("moderation", "partly", "manual", "by people only; the add-ons are refused"),
    Parameter("notification_url", "done", "http://127.0.0.1:1/x"),
    Parameter("ocr", "refused", "adv_ocr", _ADDON),
    Parameter("on_success", "done", "current_asset.update({tags: ['a']})"),
    Parameter("overwrite", "done", "false"),
    Parameter("phash", "done", "true"),
    Parameter("proxy", "done", ""),
    Parameter("public_id", "done", "name"),
    Parameter("public_id_prefix", "done", "a"),
    Parameter("quality_analysis", "partly", "true", "`focus` only, as on a free plan"),
    Parameter("quality_override", "partly", "80", "kept and shown; pictures are written as before"),
    Parameter("raw_convert", "refused", "aspose", _ADDON),
    Parameter("regions", "partly", '{"a": [[1, 2], [3, 4]]}', "kept and shown; no gravity uses them"),
    Parameter("responsive_breakpoints", "done", '[{"max_images": 2}]'),
    Parameter("return_delete_token", "done", "true"),
    Parameter("similarity_search", "refused", "true", _ADDON),
    Parameter("tags", "done", "a,b"),
    Parameter("transformation", "done", "c_scale,w_10"),
    Parameter("type", "done", "private"),
    Parameter("unique_display_name", "done", "true"),
    Parameter("unique_filename", "done", "false"),
    Parameter("upload_preset", "done", ""),
    Parameter("use_asset_folder_as_public_id_prefix", "done", "true"),
    Parameter("use_filename", "done", "true"),
    Parameter("use_filename_as_display_name", "done", "true"),
    Parameter("visual_search", "refused", "true", _ADDON),
)
"""The parameters of an upload. One without an example needs something else beside it, and is tried by other tests."""

_HEAD = """# What of Cloudinary the sandbox does

Made by `python -m cloudinary_sandbox.service.coverage` from the code; a test fails when it is out of date.
*Done* is as the live service as far as is known; *partly* says what is missing; *refused* is answered with an error
that names what is not there (status 400, `X-Cld-Error` and `X-Sandbox-Refused`; for an add-on 420 or 403).
"""


def page() -> str:
    """The whole page, in Markdown."""
    served = sorted(ENDPOINTS, key=lambda endpoint: (endpoint.path, endpoint.method))
    rows = [_row(endpoint) for endpoint in served]
    rows += [
        (f"`{name}`", "refused", why) for name, why in sorted(REFUSED.items(), key=lambda item: item[0].split()[1])
    ]
    parameters = [(f"`{each.name}`", each.state, each.note) for each in PARAMETERS]
    return "\n".join(
        [
            _HEAD,
            f"## Endpoints ({_counted(row[1] for row in rows)})\n",
            *_table(("endpoint", "", "what it does, or what is missing"), rows),
            f"\n## Parameters of an upload ({_counted(row[1] for row in parameters)})\n",
            *_table(("parameter", "", "what is missing"), parameters),
            *_effects(),
            "",
        ]
    )


def _effects() -> list[str]:
    """The effects of transformations by name; which renderings are approximations says their answer's header."""
    from cloudinary_sandbox.rendering.effects import BLENDS, EFFECTS  # Pillow is not needed to serve
    from cloudinary_sandbox.rendering.film_effects import NAMES

    rendered = {*EFFECTS, *BLENDS, *NAMES}
    refused = reference().effects.keys() - rendered
    kinds = (("pictures", EFFECTS), ("layers, beside `fl_layer_apply`", BLENDS), ("films", NAMES))
    rows = [(f"on {kind}", "done", ", ".join(f"`{name}`" for name in sorted(names))) for kind, names in kinds]
    rows.append(("others", "refused", ", ".join(f"`{name}`" for name in sorted(refused))))
    return [
        f"\n## Effects of transformations ({len(rendered)} done, {len(refused)} refused)\n",
        "Where Cloudinary's own recipe is not known, the answer's header `X-Sandbox-Approximation` says so.\n",
        *_table(("effects", "", "names"), rows),
    ]


def _row(endpoint: Endpoint) -> tuple[str, str, str]:
    name = f"{endpoint.method} {endpoint.path}"
    missing = PARTLY.get(name)
    says = (endpoint.handler.__doc__ or "").strip().splitlines()[0].rstrip(".")
    return f"`{name}`", "partly" if missing else "done", f"{says}: {missing}" if missing else says


def _counted(states: Iterable[str]) -> str:
    found = list(states)
    return ", ".join(f"{found.count(state)} {state}" for state in ("done", "partly", "refused"))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def main() -> None:
    """Write the page into the project whose root is the working folder."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
    sys.stderr.write(f"{PAGE} is written\n")


if __name__ == "__main__":
    main()
