"""What makes the tests quick without any of them knowing."""

import gc
import json
import os
import shutil
import ssl
import sys
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

MEMORY = Path("/dev/shm")  # where Linux keeps files in memory
ROOM = 2**30

check_schema = Draft202012Validator.check_schema
create_context = ssl.create_default_context
sound_schemas: set[str] = set()


def check_schema_once(schema: Any, **options: Any) -> None:
    """Each client checks the output schema of each tool it calls; the same schema needs that once a run."""
    text = json.dumps(schema)
    if text not in sound_schemas:
        check_schema(schema, **options)
        sound_schemas.add(text)


@cache
def trusting(cafile: str) -> ssl.SSLContext:
    return create_context(cafile=cafile)


def shared_context(purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH, **options: Any) -> ssl.SSLContext:
    """Each HTTP client reads all certificates, also one that will speak plain http to loopback; once is enough."""
    if purpose is ssl.Purpose.SERVER_AUTH and set(options) == {"cafile"}:
        return trusting(options["cafile"])
    return create_context(purpose, **options)


def pytest_configure() -> None:
    # Hundreds of databases come and go, and a disk would be waited for at every commit.
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    # The processes that the tests start find our modules compiled, as they are for users.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    Draft202012Validator.check_schema = check_schema_once  # pyright: ignore[reportAttributeAccessIssue]
    ssl.create_default_context = shared_context


def pytest_collection_finish() -> None:
    gc.freeze()  # what is loaded by now stays: it need not be walked through again and again
