"""Started sandboxes that the tests share, at which the official SDK points; each is emptied before each test."""

import socket
from collections.abc import Generator
from typing import Any

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


@pytest.fixture
def no_lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test looks a name up outside: every host has the address that its test gives it."""
    known = {"pictures.example": "192.0.2.1", "metadata.example": "169.254.169.254", "six.example": "fe80::1"}

    def lookup(host: str, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known.get(host, host.strip("[]")), 80))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
