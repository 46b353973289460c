"""Started sandboxes that the tests share, at which the official SDK points; each is emptied before each test."""

from collections.abc import Generator

import pytest

from cloudinary_sandbox import SandboxOptions
from cloudinary_sandbox.threaded import ThreadedSandbox, sandbox_in_thread
from tests.sandbox.helpers import point_sdk_at


@pytest.fixture(scope="session")
def dynamic(tmp_path_factory: pytest.TempPathFactory) -> Generator[ThreadedSandbox]:
    with sandbox_in_thread(SandboxOptions(data_dir=tmp_path_factory.mktemp("dynamic"), admin_quota=100_000)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Generator[ThreadedSandbox]:
    options = SandboxOptions(data_dir=tmp_path_factory.mktemp("fixed"), folder_mode="fixed", cloud_name="fixed")
    with sandbox_in_thread(options) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(dynamic: ThreadedSandbox) -> ThreadedSandbox:
    """A sandbox in dynamic folder mode."""
    point_sdk_at(dynamic)
    dynamic.reset()
    return dynamic


@pytest.fixture
def fixed_sandbox(fixed: ThreadedSandbox) -> ThreadedSandbox:
    """A sandbox in fixed folder mode."""
    point_sdk_at(fixed)
    fixed.reset()
    return fixed
