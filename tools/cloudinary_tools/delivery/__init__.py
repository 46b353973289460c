"""Transformations, delivery URLs and signed downloads of Cloudinary: pure functions, no network.

Each name is loaded with its module when it is first asked for, so that a server that builds no URL starts without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudinary_tools.delivery.downloads import (
        archive_url,
        asset_download_url,
        backup_download_url,
        folder_archive_url,
        private_download_url,
        search_url,
    )
    from cloudinary_tools.delivery.eager import serialise_eager
    from cloudinary_tools.delivery.faults import Fault, TransformationError
    from cloudinary_tools.delivery.models import Border, Component, CustomFunction, Layer, Transformation, VideoCodec
    from cloudinary_tools.delivery.parser import parse
    from cloudinary_tools.delivery.serialiser import serialise
    from cloudinary_tools.delivery.url_parser import DeliveryUrl, parse_url
    from cloudinary_tools.delivery.urls import UrlError, build_url, escape

__all__ = [
    "Border",
    "Component",
    "CustomFunction",
    "DeliveryUrl",
    "Fault",
    "Layer",
    "Transformation",
    "TransformationError",
    "UrlError",
    "VideoCodec",
    "archive_url",
    "asset_download_url",
    "backup_download_url",
    "build_url",
    "escape",
    "folder_archive_url",
    "parse",
    "parse_url",
    "private_download_url",
    "search_url",
    "serialise",
    "serialise_eager",
]

_HOMES = {
    **dict.fromkeys(("Border", "Component", "CustomFunction", "Layer", "Transformation", "VideoCodec"), "models"),
    **dict.fromkeys(("archive_url", "asset_download_url", "backup_download_url"), "downloads"),
    **dict.fromkeys(("folder_archive_url", "private_download_url", "search_url"), "downloads"),
    **dict.fromkeys(("Fault", "TransformationError"), "faults"),
    **dict.fromkeys(("DeliveryUrl", "parse_url"), "url_parser"),
    **dict.fromkeys(("UrlError", "build_url", "escape"), "urls"),
    "parse": "parser",
    "serialise": "serialiser",
    "serialise_eager": "eager",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = found
    return found
