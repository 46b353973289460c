"""Who may call what: Basic, Bearer, signed, unsigned, nobody."""

from pathlib import Path

import pytest

from cloudinary_sandbox.core.clock import now
from cloudinary_tools.signing import string_to_sign
from tests.sandbox.helpers import Api, api, error_of, picture


async def post(call: Api, path: str = "/image/destroy", **data: str) -> tuple[int, str]:
    reply = await call.client.post(call.prefix + path, data=data)
    return (200, "") if reply.status_code == 200 else error_of(reply)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("version", [1, 2])
async def test_both_algorithms_and_both_versions_of_signatures_are_good(
    tmp_path: Path, algorithm: str, version: int
) -> None:
    async with api(tmp_path) as call:
        params = call.signed(algorithm, version, public_id="a&b")
        assert await post(call, **params) == (200, "")


async def test_a_wrong_signature_is_answered_with_the_string_to_sign(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        params = {**call.signed(public_id="a"), "type": "private"}
        expected = string_to_sign({key: value for key, value in params.items() if key not in ("signature", "api_key")})
        status, text = await post(call, **params)
        assert (status, text) == (401, f"Invalid Signature {params['signature']}. String to sign - '{expected}'.")


@pytest.mark.parametrize("offset", [-3700, 3700])
async def test_a_request_of_another_hour_is_stale(tmp_path: Path, offset: int) -> None:
    async with api(tmp_path) as call:
        status, text = await post(call, **call.signed(public_id="a", timestamp=str(now() + offset)))
        assert status == 400
        assert text.startswith("Stale request - reported time is ")
        assert text.endswith("+0000 which is more than 1 hour ago")


async def test_lists_are_signed_joined(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        params = call.signed(command="add", tag="t", public_ids=["a", "b"])
        params["public_ids[]"] = params.pop("public_ids")
        reply = await call.client.post(f"{call.prefix}/image/tags", data=params)
        assert reply.json() == {"public_ids": []}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (401, "Invalid credentials")),
        ({"Authorization": "Basic bm9ib2R5OnNlY3JldA=="}, (401, "Invalid credentials")),
        ({"Authorization": "Basic ???"}, (401, "Invalid credentials")),
        ({"Authorization": "Bearer wrong"}, (401, "Invalid token")),
        ({"Authorization": "Bearer schlüssel".encode()}, (401, "Invalid token")),
    ],
)
async def test_admin_calls_need_good_credentials(
    tmp_path: Path, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    async with api(tmp_path) as call:
        assert error_of(await call.client.get(f"{call.prefix}/ping", headers=headers)) == expected


async def test_a_bearer_token_opens_both_apis(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        headers = {"Authorization": f"Bearer {call.identity.oauth_token}"}
        assert (await call.client.get(f"{call.prefix}/ping", headers=headers)).status_code == 200
        reply = await call.client.post(f"{call.prefix}/image/upload", headers=headers, files={"file": picture()})
        assert reply.status_code == 200


async def test_uploads_without_any_credentials_are_told_what_is_missing(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        missing = "Upload preset must be specified when using unsigned upload"
        assert await post(call, "/image/upload", file="data:,x") == (400, missing)
        assert await post(call, "/image/upload", signature="x") == (400, "Missing required parameter - api_key")
        assert await post(call, public_id="a", signature="x", api_key="1") == (401, "Unknown API key 1")


async def test_an_unsigned_upload_may_set_some_parameters_only_and_never_overwrites(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        await call("POST", "/upload_presets", json={"name": "open", "unsigned": True, "overwrite": True})
        first = await call.upload(public_id="mine")
        url, file = f"{call.prefix}/image/upload", {"file": ("x.png", picture(colour="red"))}
        status, text = error_of(
            await call.client.post(
                url, data={"upload_preset": "open", "eager_async": "1", "overwrite": "1"}, files=file
            )
        )
        assert status == 400
        refused = "parameter is not allowed when using unsigned upload"
        assert text.startswith(f"Eager async {refused}, Overwrite {refused}. Only upload_preset, callback, public_id, ")
        second = await call.client.post(url, data={"upload_preset": "open", "public_id": "mine"}, files=file)
        assert (second.json()["existing"], second.json()["etag"]) == (True, first["etag"])


async def test_an_unquoted_field_name_is_overlooked(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        params = call.signed(public_id="a")
        lines = [f"--b\r\nContent-Disposition: form-data; name={key}\r\n\r\n{value}" for key, value in params.items()]
        body = "\r\n".join([*lines, "--b--", ""])
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        status, _ = error_of(await call.client.post(f"{call.prefix}/image/destroy", content=body, headers=headers))
        assert status == 400


async def test_secrets_do_not_show(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        assert call.identity.api_secret not in repr(call.cloud)
        assert call.identity.control_secret not in repr(call.cloud)
        assert (tmp_path / "identity.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("action", ["destroy", "rename", "explicit", "tags", "context", "metadata"])
async def test_an_unsigned_preset_lets_nobody_change_what_is_there(tmp_path: Path, action: str) -> None:
    async with api(tmp_path) as call:
        await call("POST", "/upload_presets", json={"name": "open", "unsigned": True})
        await call.upload(public_id="a", tags="x")
        fields = {"public_id": "a", "public_ids[]": "a", "upload_preset": "open", "command": "remove_all"}
        reply = await call.client.post(f"{call.prefix}/image/{action}", data=fields)
        assert error_of(reply)[0] == 400
        assert (await call.get("/resources/image/upload/a"))["tags"] == ["x"]
