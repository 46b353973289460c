import pytest

from tests.sandbox.rendering.studio import Studio


@pytest.fixture
def studio(tmp_path):
    return Studio(tmp_path)
