"""What a stored file is: its kind, its size, its colours, its faces.

Everything here is blocking and works on a path; call it from a worker thread. Pillow, PyAV and OpenCV are imported
only when a file asks for them.
"""

from cloudinary_sandbox.media.analysis import colors, exif, faces, image_metadata, quality_analysis
from cloudinary_sandbox.media.conversion import convert
from cloudinary_sandbox.media.facts import MediaFacts, NotMedia
from cloudinary_sandbox.media.inspection import inspect
from cloudinary_sandbox.media.movies import movie_metadata
from cloudinary_sandbox.media.perception import accessibility_analysis, cinemagraph_score

__all__ = [
    "MediaFacts",
    "NotMedia",
    "accessibility_analysis",
    "cinemagraph_score",
    "colors",
    "convert",
    "exif",
    "faces",
    "image_metadata",
    "inspect",
    "movie_metadata",
    "quality_analysis",
]
