"""Transformations, delivery URLs and signed downloads of Cloudinary: pure functions, no network."""

from cloudinary_tools.delivery.faults import Fault, TransformationError
from cloudinary_tools.delivery.parser import parse
from cloudinary_tools.delivery.serialiser import serialise, serialise_eager

__all__ = ["Fault", "TransformationError", "parse", "serialise", "serialise_eager"]
