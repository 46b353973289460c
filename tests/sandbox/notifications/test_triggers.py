"""Triggers: making, changing and deleting them, which events they fire for, and what their filters let through."""

from pathlib import Path
from typing import Any

from dirty_equals import IsPartialDict, IsStr

from tests.sandbox.helpers import api, error_of
from tests.sandbox.notifications.helpers import listening, trigger

HOOK = "https://example.com/hook"


async def test_a_trigger_is_made_listed_changed_and_deleted(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        made = await trigger(call, HOOK, "upload")
        assert made == IsPartialDict(
            id=IsStr(min_length=32),
            product_environment_id=IsStr(regex="[0-9a-f]{32}"),
            uri=HOOK,
            uri_type="webhook",
            event_type="upload",
            additive=False,
            auth_scheme="default",
            created_at=IsStr(regex=r".*Z"),
            updated_at=IsStr(regex=r".*Z"),
        )
        other = await trigger(call, "poll://a/b", "delete", uri_type="poll", additive=True)
        assert await call.get("/triggers") == {"triggers": [made, other], "total": 2}
        assert await call.get("/triggers", event_type="delete") == {"triggers": [other], "total": 1}
        path = f"/triggers/{made['id']}"
        assert (await call("PUT", path, json={"new_uri": f"{HOOK}2", "additive": True})).json() == {
            "message": "updated"
        }
        assert (await call.get("/triggers"))["triggers"][0] == IsPartialDict(uri=f"{HOOK}2", additive=True)
        assert (await call("DELETE", path)).json() == {"message": "ok"}
        assert await call.get("/triggers") == {"triggers": [other], "total": 1}
        for method, url in (("DELETE", path), ("PUT", path), ("POST", f"{path}/test")):
            assert (await call(method, url, json={"new_uri": HOOK})).status_code == 404
    async with api(tmp_path) as call:
        assert (await call.get("/triggers"))["total"] == 1


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({"uri": HOOK}, 400),
    ({"event_type": "upload"}, 400),
    ({"uri": HOOK, "event_type": "odd"}, 400),
    ({"uri": "ftp://x", "event_type": "all"}, 400),
    ({"uri": "poll://x", "event_type": "all"}, 400),
    ({"uri": "poll://", "event_type": "all", "uri_type": "poll"}, 400),
    ({"uri": HOOK, "event_type": "all", "uri_type": "poll"}, 400),
    ({"uri": HOOK, "event_type": "all", "uri_type": "flow"}, 400),
    ({"uri": HOOK, "event_type": "all", "uri_type": "odd"}, 400),
    ({"uri": HOOK, "event_type": "all", "auth_scheme": "eddsa_v2"}, 400),
    ({"uri": HOOK, "event_type": "all", "auth_scheme": "odd"}, 400),
    ({"uri": HOOK, "event_type": "all", "payload_template": "{{event}}"}, 400),
    ({"uri": HOOK, "event_type": "all", "filter_language": "sql"}, 400),
    ({"uri": HOOK, "event_type": "all", "filter": {"odd": [1]}}, 400),
    ({"uri": HOOK, "event_type": "all", "filter": "{not json"}, 400),
]


async def test_a_trigger_that_cannot_be_is_refused(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        for values, status in REFUSED:
            assert error_of(await call("POST", "/triggers", json=values))[0] == status, values
        assert (await call.get("/triggers"))["total"] == 0


async def test_an_event_type_has_at_most_thirty_triggers(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        for number in range(30):
            await trigger(call, f"{HOOK}{number}", "upload")
        reply = await call("POST", "/triggers", json={"uri": HOOK, "event_type": "upload"})
        assert error_of(reply) == (400, "At most 30 triggers are allowed for the event type upload")
        other = await trigger(call, HOOK, "delete")
        reply = await call("PUT", f"/triggers/{other['id']}", json={"event_type": "upload"})
        assert reply.status_code == 400


async def test_a_trigger_fires_for_its_event_type_or_for_all(tmp_path: Path) -> None:
    async with listening() as listener, api(tmp_path) as call:
        await trigger(call, listener.url("/upload"), "upload")
        await trigger(call, listener.url("/delete"), "delete")
        await trigger(call, listener.url("/all"), "all")
        await call.upload(public_id="x")
        await call("POST", "/image/destroy", data={"public_id": "x"})
        got = sorted((item.path, item.payload["notification_type"]) for item in await listener.first(4))
        assert got == [("/all", "delete"), ("/all", "upload"), ("/delete", "delete"), ("/upload", "upload")]


async def test_a_calls_own_url_silences_all_but_additive_triggers(tmp_path: Path) -> None:
    async with listening() as listener, api(tmp_path) as call:
        await trigger(call, listener.url("/plain"))
        await trigger(call, listener.url("/additive"), additive=True)
        await call.upload(public_id="x", notification_url=listener.url("/own"))
        assert sorted(item.path for item in await listener.first(2)) == ["/additive", "/own"]
        await call.upload(public_id="last")
        received = await listener.first(4)
        assert sorted(item.path for item in received[2:]) == ["/additive", "/plain"]


async def test_a_filter_decides_what_is_told(tmp_path: Path) -> None:
    rule = {"and": [{"==": [{"var": "format"}, "png"]}, {"in": ["wanted", {"var": "tags"}]}]}
    async with listening() as listener, api(tmp_path) as call:
        made = await trigger(call, listener.url(), "upload", filter=rule)
        assert (made["filter"], made["filter_language"]) == (rule, "jsonlogic")
        await call.upload(public_id="no", tags="other")
        await call.upload(public_id="yes", tags="other,wanted")
        assert (await listener.first())[0].payload["public_id"] == "yes"
        path = f"/triggers/{made['id']}/test"
        for sample, result in (
            ({"format": "png", "tags": ["wanted"]}, True),
            ({"format": "png"}, False),
            (None, False),
        ):
            reply = await call("POST", path, json={"sample_data": sample})
            assert reply.json() == {"trigger_id": made["id"], "filter_present": True, "filter_result": result}
        assert (await call("PUT", f"/triggers/{made['id']}", json={"filter": {}})).status_code == 200
        reply = await call("POST", path, json={})
        assert reply.json() == {"trigger_id": made["id"], "filter_present": False, "filter_result": True}
        assert len(listener.received) == 1
