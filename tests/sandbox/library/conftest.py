"""One started sandbox for the whole folder, at which the official SDK points; it is emptied before each test."""

from collections.abc import Generator

import pytest
from cloudinary import config, reset_config

from cloudinary_sandbox import SandboxOptions
from tests.sandbox.helpers import Running, running_sandbox


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    with running_sandbox(SandboxOptions(data_dir=tmp_path_factory.mktemp("library"), admin_quota=100_000)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(started: Running) -> Running:
    reset_config()
    config(
        cloud_name=started.config.cloud_name,
        api_key=started.config.api_key,
        api_secret=started.config.secret,
        upload_prefix=started.address,
    )
    started.control("POST", "reset")
    return started
