"""Marks for tests of what the optional extras do; without an extra they are skipped, not passed."""

from importlib.util import find_spec

import pytest

HAS_VISION = find_spec("cv2") is not None
needs_video = pytest.mark.skipif(find_spec("av") is None, reason="needs the extra `video`")
needs_vision = pytest.mark.skipif(not HAS_VISION, reason="needs the extra `vision`")
needs_documents = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("fontpkg_arimo", "pillow_heif", "pypdfium2", "resvg_py")),
    reason="needs the extra `documents`",
)
