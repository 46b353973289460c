"""The package's face: every public name is there, and nothing heavy is loaded before it is needed."""

import subprocess
import sys

import pytest

from cloudinary_tools import delivery


def test_every_public_name_can_be_had():
    assert [name for name in delivery.__all__ if getattr(delivery, name) is None] == []
    assert set(delivery._HOMES) == set(delivery.__all__)  # pyright: ignore[reportPrivateUsage] - the list behind them


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'build_uri'"):
        _ = delivery.build_uri  # pyright: ignore[reportAttributeAccessIssue] - that is the point


def test_importing_the_package_loads_neither_models_nor_rules_and_never_the_official_sdk():
    code = (
        "import sys, cloudinary_tools.delivery as d\n"
        "assert 'cloudinary_tools.delivery.serialiser' not in sys.modules\n"
        "d.build_url\n"
        "assert 'cloudinary_tools.delivery.models' not in sys.modules\n"
        "assert 'cloudinary' not in sys.modules and 'mcp' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
