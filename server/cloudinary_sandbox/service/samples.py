"""What a new cloud begins with, as Cloudinary's own do: the picture `sample`, and a folder `samples`.

The facts of the files are kept beside them, so that a cloud starts without opening a picture.
After a change of the files: `python -m cloudinary_sandbox.service.samples`.
"""

import dataclasses
import json
import shutil
import sys
from pathlib import Path

from anyio import to_thread

from cloudinary_sandbox.assets.upload_service import store_made
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.sample_media import SAMPLES, sample_media

_FACTS = "samples.json"
_FIRST = ("sample", "cat.jpg")
"""The public ID and the file of the picture outside the folder."""


def measure(folder: Path) -> JSON:
    """Look into all sample files: their facts by name. Blocking."""
    from cloudinary_sandbox import media

    names = sorted(path.name for path in folder.iterdir() if path.suffix in {".jpg", ".mp4", ".pdf"})
    return {name: dataclasses.asdict(media.inspect(folder / name, name, "auto")) for name in names}


async def add_samples(cloud: SandboxCloud) -> None:
    """Put the samples into a cloud."""
    async with sample_media() as folder:
        known: JSON = json.loads(await to_thread.run_sync((folder / _FACTS).read_text, "utf-8"))
        await _add(cloud, folder / _FIRST[1], _FIRST[0], "", known[_FIRST[1]])
        for name, facts in known.items():
            await _add(cloud, folder / name, f"{SAMPLES}/{name.partition('.')[0]}", SAMPLES, facts)


async def _add(cloud: SandboxCloud, file: Path, public_id: str, folder: str, facts: JSON) -> None:
    copy = cloud.files.incoming()
    await to_thread.run_sync(shutil.copyfile, file, copy)
    params = Params({"asset_folder": folder, "filename_override": file.name})
    await store_made(cloud, copy, "upload", public_id, facts["resource_type"], params, facts=facts)


def main() -> None:
    """Write the facts of the sample files beside them."""
    folder = Path(__file__).parents[1] / SAMPLES
    text = json.dumps(measure(folder), indent=1, ensure_ascii=False)
    (folder / _FACTS).write_text(f"{text}\n", "utf-8")
    sys.stderr.write(f"{folder / _FACTS} is written\n")


if __name__ == "__main__":
    main()
