"""What a sandbox cloud is told before it starts."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cloudinary_sandbox.core import assumptions

FolderMode = Literal["dynamic", "fixed"]


@dataclass(frozen=True, kw_only=True)
class MediaLimits:
    """The plan's limits, in bytes and pixels, as `GET /usage` reports them; the defaults are the Free plan's."""

    image_max_size_bytes: int = 10_485_760
    video_max_size_bytes: int = 104_857_600
    raw_max_size_bytes: int = 10_485_760
    image_max_px: int = 25_000_000
    asset_max_total_px: int = 50_000_000

    def max_bytes(self, resource_type: str) -> int:
        """How large an asset of this resource type may be."""
        return {"image": self.image_max_size_bytes, "video": self.video_max_size_bytes}.get(
            resource_type, self.raw_max_size_bytes
        )


@dataclass(frozen=True, kw_only=True)
class SandboxOptions:
    """How to run one sandbox cloud.

    `data_dir` holds everything (database, files, port and secrets) and is made when missing. `port` 0 means the
    remembered port, or a free one the first time. A new cloud that is not to be `empty` begins with sample media.
    With `https` it also answers over TLS, where every `secure_url` then leads.
    `admin_quota` is how many Admin API calls each `admin_window` (in seconds) allows. `faults` are fault plans as
    `POST /sandbox/faults` takes them. `max_request_bytes` bounds one request's body. `search_lag` is the number of
    seconds for which a search does not see a change yet. A notification that was not taken is sent again after each of
    `notification_retries` (seconds), and each attempt may take `notification_timeout` seconds; it goes to this machine
    only unless `notify_anywhere`. With `automatic_backup` every upload is backed up unless it says no. `auth_token_key`
    (hexadecimal) is the key of token-authenticated delivery URLs.
    """

    data_dir: Path
    cloud_name: str = "sandbox"
    folder_mode: FolderMode = "dynamic"
    port: int = 0
    empty: bool = True
    https: bool = False
    admin_quota: int = 500
    admin_window: int = 3600
    media_limits: MediaLimits = MediaLimits()
    signature_algorithm: Literal["sha1", "sha256"] = "sha1"
    max_request_bytes: int = 104_857_600
    faults: tuple[dict[str, object], ...] = field(default=())
    search_lag: float = 0
    notification_retries: tuple[float, ...] = assumptions.NOTIFICATION_RETRY_INTERVALS
    notification_timeout: float = assumptions.NOTIFICATION_TIMEOUT
    notify_anywhere: bool = False
    automatic_backup: bool = False
    auth_token_key: str = ""
