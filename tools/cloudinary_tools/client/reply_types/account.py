"""The cloud itself: ping, configuration, usage."""

from typing import Required, TypedDict


class PingReply(TypedDict):
    """The answer to a ping, which proves the credentials (GET /ping)."""

    status: str


class CloudSettings(TypedDict, total=False):
    """Settings of a cloud; `folder_mode` is `dynamic` or `fixed`."""

    folder_mode: str | None


class ConfigReply(TypedDict, total=False):
    """The cloud's configuration; settings only when they were asked for (GET /config)."""

    cloud_name: Required[str]
    settings: CloudSettings | None


class UsageEntry(TypedDict, total=False):
    """What was used of something; `limit` only where the plan has one and for today."""

    usage: int | float | None
    limit: int | float | None
    used_percent: int | float | None
    credits_usage: int | float | None


class UsageReply(TypedDict, total=False):
    """Usage and limits of a cloud (GET /usage). Bandwidth, storage and file sizes in bytes."""

    plan: Required[str]
    last_updated: str | None
    credits: UsageEntry | None
    transformations: UsageEntry | None
    objects: UsageEntry | None
    bandwidth: UsageEntry | None
    storage: UsageEntry | None
    impressions: UsageEntry | None
    seconds_delivered: UsageEntry | None
    resources: int | None
    derived_resources: int | None
    media_limits: dict[str, int | None] | None
