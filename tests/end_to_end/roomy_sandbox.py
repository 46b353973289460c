"""`python -m tests.end_to_end.roomy_sandbox FOLDER PORT`: a sandbox whose plan has room for big files."""

import asyncio
import sys
from pathlib import Path

from cloudinary_sandbox import MediaLimits, SandboxOptions, SandboxServer

GIGABYTE = 1024**3


async def main(folder: Path, port: int) -> None:
    """Run until killed; the CLOUDINARY_URL is the only line on stdout."""
    limits = MediaLimits(image_max_size_bytes=GIGABYTE, video_max_size_bytes=GIGABYTE, raw_max_size_bytes=GIGABYTE)
    options = SandboxOptions(data_dir=folder, port=port, media_limits=limits, admin_quota=100_000)
    async with SandboxServer.open(options) as sandbox:
        sys.stdout.write(f"CLOUDINARY_URL={sandbox.cloudinary_url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
