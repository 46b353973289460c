"""A short film to render from; needs PyAV."""

from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import Image

RATE = 5


def film(path: Path, seconds: int, size: tuple[int, int] = (160, 120)) -> Path:
    """An mp4 without sound whose pictures get brighter."""
    av: Any = import_module("av")
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(seconds * RATE):
            out.mux(stream.encode(av.VideoFrame.from_image(Image.new("RGB", size, (number * 5 % 256,) * 3))))
        out.mux(stream.encode(None))
    return path
