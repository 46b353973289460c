"""Transformations, delivery URLs and signed downloads of Cloudinary: pure functions, no network."""

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
