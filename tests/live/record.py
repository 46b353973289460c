"""Record all plays from a sandbox: `uv run python -m tests.live.record`."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cloudinary_tools.config import CloudConfig
from tests.live.plays import PLAYS
from tests.live.recording import Plain, Recorder, write
from tests.sandbox.helpers import api


async def played_on_a_sandbox(name: str, data_dir: Path) -> list[dict[str, Any]]:
    """The exchanges of a play on a fresh sandbox."""
    async with api(data_dir) as call:
        config = CloudConfig.from_url(call.identity.cloudinary_url.replace(":0", ":8123"))
        recorder = Recorder(call.client, call.prefix, Plain(config, "play-0"))
        await PLAYS[name](recorder)
        return recorder.exchanges


async def main() -> None:
    """Play all and keep what was exchanged."""
    for name in PLAYS:
        with TemporaryDirectory() as folder:
            write(name, "sandbox", await played_on_a_sandbox(name, Path(folder)))
        sys.stderr.write(f"{name} is recorded\n")


if __name__ == "__main__":
    asyncio.run(main())
