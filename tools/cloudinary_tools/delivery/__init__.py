"""Transformations, delivery URLs and signed downloads of Cloudinary: pure functions, no network.

The typed models are made when they are first asked for: building URLs does without them.
"""

from typing import TYPE_CHECKING, Any

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
from cloudinary_tools.delivery.parser import parse
from cloudinary_tools.delivery.serialiser import serialise
from cloudinary_tools.delivery.url_parser import DeliveryUrl, parse_url
from cloudinary_tools.delivery.urls import UrlError, build_url, escape

if TYPE_CHECKING:
    from cloudinary_tools.delivery.models import Border, Component, CustomFunction, Layer, Transformation, VideoCodec

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

_MODELS = frozenset({"Border", "Component", "CustomFunction", "Layer", "Transformation", "VideoCodec"})


def __getattr__(name: str) -> Any:
    if name not in _MODELS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cloudinary_tools.delivery import models

    return getattr(models, name)
