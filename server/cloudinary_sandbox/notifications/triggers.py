"""Triggers: which notifications go where for the whole environment."""

import json
import secrets
import sqlite3
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from cloudinary_sandbox.core import assumptions, clock
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import ApiError, bad_request, invalid_value, not_built
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.notifications import jsonlogic

POLL = "poll://"
ANONYMOUS = "*"
"""The channel of `poll://*`, whose messages are addressed by batch_id."""
_EVENT_TYPES = frozenset({
    "all", "access_control_changed", "bulk_refresh_auto_fetch", "create_folder", "delete", "delete_by_token",
    "delete_folder", "eager", "error", "explode", "generate_archive", "info", "invalidate_custom_cdn", "moderation",
    "moderation_summary", "move", "move_or_rename_asset_folder", "multi", "proof_status_changed", "publish",
    "related_assets", "rename", "report", "resource_context_changed", "resource_display_name_changed",
    "resource_metadata_changed", "resource_tags_changed", "restore_asset_version", "sprite", "upload",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NotificationTrigger:
    """One trigger; `filter` is a jsonlogic rule or None, times are unix seconds."""

    id: str
    uri: str
    uri_type: str
    event_type: str
    additive: bool
    filter: Any
    auth_scheme: str
    created_at: int
    updated_at: int

    @property
    def channel(self) -> str | None:
        """The poll channel that it fills, or None for a webhook."""
        return self.uri.removeprefix(POLL) if self.uri_type == "poll" else None

    def fires(self, payload: JSON) -> bool:
        """Whether its filter lets a notification through."""
        return self.filter is None or jsonlogic.holds(self.filter, payload)

    def shown(self, environment: str) -> JSON:
        """As the API shows it; `environment` is the product environment's id."""
        condition = {} if self.filter is None else {"filter": self.filter, "filter_language": "jsonlogic"}
        return {
            "id": self.id,
            "product_environment_id": environment,
            "uri": self.uri,
            "uri_type": self.uri_type,
            "event_type": self.event_type,
            "additive": self.additive,
            **condition,
            "auth_scheme": self.auth_scheme,
            "created_at": clock.stamp(self.created_at),
            "updated_at": clock.stamp(self.updated_at),
        }


def _read(row: sqlite3.Row) -> NotificationTrigger:
    values: JSON = dict(row)
    del values["seq"]
    values |= {"additive": bool(row["additive"]), "filter": json.loads(row["filter"] or "null")}
    return NotificationTrigger(**values)


async def listed(session: Session, event_type: str = "") -> list[NotificationTrigger]:
    """All triggers, or those of one event type, the oldest first."""
    condition, values = ("event_type = ?", [event_type]) if event_type else ("1", [])
    sql = f"SELECT * FROM notification_triggers WHERE {condition} ORDER BY seq"  # noqa: S608 - own text
    return [_read(row) for row in await session.rows(sql, *values)]


async def matching(session: Session, event_type: str) -> list[NotificationTrigger]:
    """The triggers that a notification of this type may fire."""
    sql = "SELECT * FROM notification_triggers WHERE event_type IN (?, 'all') ORDER BY seq"
    return [_read(row) for row in await session.rows(sql, event_type)]


async def find(session: Session, id: str) -> NotificationTrigger:
    """One trigger, or the 404."""
    row = await session.row("SELECT * FROM notification_triggers WHERE id = ?", id)
    if row is None:
        raise ApiError(404, assumptions.TRIGGER_NOT_FOUND_TEXT.format(id=id))
    return _read(row)


async def create(session: Session, params: Params) -> NotificationTrigger:
    """Store a new trigger; 400 for values that cannot be, or one too many of its event type."""
    moment = clock.now()
    blank = NotificationTrigger(
        id=secrets.token_hex(32),
        uri=params.required("uri"),
        uri_type="webhook",
        event_type=params.required("event_type"),
        additive=False,
        filter=None,
        auth_scheme="default",
        created_at=moment,
        updated_at=moment,
    )
    trigger = _checked(_with_options(blank, params))
    await _check_room(session, trigger.event_type)
    values = asdict(trigger) | {"filter": _written(trigger.filter)}
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    await session.run(f"INSERT INTO notification_triggers ({names}) VALUES ({marks})", *values.values())  # noqa: S608
    return trigger


async def update(session: Session, id: str, params: Params) -> None:
    """Change what the call names: the URI (`new_uri`) and the options; 400 when it names nothing."""
    present = await find(session, id)
    changed = _with_options(replace(present, uri=params.text("new_uri", present.uri)), params)
    if "event_type" in params:
        changed = replace(changed, event_type=params.text("event_type"))
    if "new_uri" not in params and changed == present:
        params.required("new_uri")
    _checked(changed)
    if changed.event_type != present.event_type:
        await _check_room(session, changed.event_type)
    await session.run(
        "UPDATE notification_triggers SET uri = ?, uri_type = ?, event_type = ?, additive = ?, filter = ?, "
        "auth_scheme = ?, updated_at = ? WHERE id = ?",
        changed.uri,
        changed.uri_type,
        changed.event_type,
        changed.additive,
        _written(changed.filter),
        changed.auth_scheme,
        clock.now(),
        id,
    )


async def delete(session: Session, id: str) -> None:
    """Forget a trigger."""
    await find(session, id)
    await session.run("DELETE FROM notification_triggers WHERE id = ?", id)


def _written(rule: Any) -> str | None:
    return None if rule is None else json.dumps(rule)


async def _check_room(session: Session, event_type: str) -> None:
    if len(await listed(session, event_type)) >= assumptions.MOST_TRIGGERS_PER_EVENT_TYPE:
        text = assumptions.TOO_MANY_TRIGGERS_TEXT
        raise bad_request(text.format(most=assumptions.MOST_TRIGGERS_PER_EVENT_TYPE, event_type=event_type))


def _with_options(trigger: NotificationTrigger, params: Params) -> NotificationTrigger:
    if "payload_template" in params:
        raise not_built("payload_template: the variables of its namespaces are not published")
    if (language := params.text("filter_language", "jsonlogic")) != "jsonlogic":
        raise invalid_value("filter_language", language)
    rule = trigger.filter
    if params.given("filter"):
        rule = params.json("filter") or None  # an empty one takes the present one away
        jsonlogic.check(rule)
    return replace(
        trigger,
        uri_type=params.text("uri_type", trigger.uri_type),
        additive=params.flag("additive", trigger.additive),
        filter=rule,
        auth_scheme=params.text("auth_scheme", trigger.auth_scheme),
    )


def _checked(trigger: NotificationTrigger) -> NotificationTrigger:
    if trigger.event_type not in _EVENT_TYPES:
        raise invalid_value("event_type", trigger.event_type)
    if trigger.uri_type == "flow":
        raise not_built("triggers with uri_type flow")
    if trigger.uri_type not in {"webhook", "poll"}:
        raise invalid_value("uri_type", trigger.uri_type)
    if trigger.auth_scheme == "eddsa_v2":
        raise not_built("auth_scheme eddsa_v2: how Cloudinary makes X-Cld-Signature_v2 is not published")
    if trigger.auth_scheme not in {"default", "legacy_hmac"}:
        raise invalid_value("auth_scheme", trigger.auth_scheme)
    if trigger.channel is not None:
        if not trigger.uri.startswith(POLL) or not trigger.channel:
            raise bad_request("uri must be poll://CHANNEL or poll://* when uri_type is poll")
    elif not _is_web_address(trigger.uri):
        raise bad_request("uri must be an http:// or https:// URL (a poll:// one needs uri_type poll)")
    return trigger


def _is_web_address(uri: str) -> bool:
    try:
        uri.encode()
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
