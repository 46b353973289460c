"""The free media of the package: five photographs, a film and a document, with their attribution."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.resources import as_file, files
from pathlib import Path

SAMPLES = "samples"
"""The folder's name, in the package and in a new cloud."""


@asynccontextmanager
async def sample_media() -> AsyncGenerator[Path]:
    """Give the folder with the files."""
    with as_file(files("cloudinary_sandbox") / SAMPLES) as folder:
        yield folder
