"""What makes the tests quick without any of them knowing."""

import gc
import os
import shutil
import sys
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")  # where Linux keeps files in memory
ROOM = 2**30


def pytest_configure() -> None:
    # Hundreds of databases come and go, and a disk would be waited for at every commit.
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    # The processes that the tests start find our modules compiled, as they are for users.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One worker for each processor when whole folders are tested; single files, soak runs and benchmarks need none.

    A worker takes seconds to start, and what measures time or kills processes wants the machine for itself.
    """
    folders = any(Path(arg).is_dir() for arg in config.args)
    return None if folders and "not soak" in config.option.markexpr else 0


def pytest_collection_finish() -> None:
    gc.freeze()  # what is loaded by now stays: it need not be walked through again and again
