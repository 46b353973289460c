"""Triggers, and messages of poll channels."""

from typing import Any, Required, TypedDict


class TriggerEntry(TypedDict, total=False):
    """A trigger: which events are told to which URI. `uri_type` is webhook, flow or poll."""

    id: Required[str]
    uri: str | None
    uri_type: str | None
    event_type: str | None
    additive: bool | None
    filter: dict[str, Any] | str | None
    updated_at: str | None


class TriggerListReply(TypedDict):
    """All triggers (GET /triggers)."""

    triggers: list[TriggerEntry]


class TriggerTestReply(TypedDict, total=False):
    """Whether a trigger's filter lets a sample through (POST /triggers/{id}/test)."""

    filter_present: Required[bool]
    filter_result: bool | None


class MessagesReply(TypedDict, total=False):
    """Messages of a poll channel; the key is missing when there are none (GET /v2/notifications/{cloud}/messages).

    A message is not checked here: one that is odd must not keep the others from being read.
    """

    messages: list[dict[str, Any]] | None
