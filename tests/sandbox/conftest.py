"""Started sandboxes that the tests share, at which the official SDK points; each is emptied before each test."""

from collections.abc import Generator

import pytest

from cloudinary_sandbox import SandboxOptions
from tests.sandbox.helpers import Running, point_sdk_at, running_sandbox


@pytest.fixture(scope="session")
def dynamic(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    with running_sandbox(SandboxOptions(data_dir=tmp_path_factory.mktemp("dynamic"), admin_quota=100_000)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    options = SandboxOptions(data_dir=tmp_path_factory.mktemp("fixed"), folder_mode="fixed", cloud_name="fixed")
    with running_sandbox(options) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(dynamic: Running) -> Running:
    """A sandbox in dynamic folder mode."""
    point_sdk_at(dynamic)
    dynamic.control("POST", "reset")
    return dynamic


@pytest.fixture
def fixed_sandbox(fixed: Running) -> Running:
    """A sandbox in fixed folder mode."""
    point_sdk_at(fixed)
    fixed.control("POST", "reset")
    return fixed
