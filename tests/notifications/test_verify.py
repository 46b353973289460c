"""What counts as genuine: the official SDK's judgement, our stricter rules on top, and the shared-secret header."""

import json
import time
from typing import Any, Literal

import cloudinary
import cloudinary.utils
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from cloudinary_mcp.notifications.verify import HeaderRule, Refusal, VerificationKeys, by_cloud, parse_payload
from cloudinary_tools.config import CloudName
from cloudinary_tools.signing import notification_signature
from tests.cases import each
from tests.fixtures import FIXTURES
from tests.notifications.helpers import KEYS, SECRET, event, signed

VECTORS = json.loads((FIXTURES / "transformations-vectors.json").read_text())["notification_signatures"]


def judge(keys: VerificationKeys, headers: dict[str, str], body: bytes, now: float, **rules: float) -> Refusal | None:
    lower = {name.lower(): value for name, value in headers.items()}
    return keys.refuse_headers(lower, now=now, **rules) or keys.refuse_body(lower, body)


@each(VECTORS)
def test_the_published_vectors_are_judged_as_the_sdk_does(case: dict[str, Any]) -> None:
    if case["algorithm"] not in (None, "sha1", "sha256"):
        with pytest.raises(ValueError, match="algorithm"):
            VerificationKeys(CloudName("demo"), (SecretStr(case["api_secret"]),), (case["algorithm"],))
        return
    if not isinstance(case["body"], str):  # to the receiver everything is bytes, but this is no object
        assert parse_payload(str(case["body"]).encode()) is None
        return
    headers = {"X-Cld-Timestamp": str(case["timestamp"]), "X-Cld-Signature": case["signature"]}
    keys = VerificationKeys(CloudName("demo"), (SecretStr(case["api_secret"]),), (case["algorithm"] or "sha1",))
    why = judge(keys, headers, case["body"].encode(), case["now"], valid_for=case["valid_for"], future_tolerance=3600)
    if isinstance(case["timestamp"], float):
        assert why is Refusal.BAD_TIMESTAMP, "stricter than the SDK: only digits"
    else:
        assert (why is None) is case.get("expected", False)


@settings(deadline=None)
@given(
    body=st.text(st.characters(exclude_categories=["Cs"])),
    age=st.sampled_from([0, 60, 7100, 7300, 100_000]),
    algorithm=st.sampled_from(["sha1", "sha256"]),
    tampered=st.sampled_from(["", "body", "signature", "secret", "timestamp"]),
)
def test_the_official_sdk_agrees_on_random_bodies(
    body: str, age: int, algorithm: Literal["sha1", "sha256"], tampered: str
) -> None:
    now = time.time()
    timestamp = int(now) - age
    secret = "another" if tampered == "secret" else SECRET
    signature = notification_signature(body.encode(), timestamp, secret, algorithm)
    if tampered == "signature":
        signature = signature[:-1] + ("0" if signature[-1] != "0" else "1")
    body = body + " " if tampered == "body" else body
    timestamp = timestamp + 1 if tampered == "timestamp" else timestamp
    cloudinary.config(api_secret=SECRET, signature_algorithm=algorithm)
    theirs = cloudinary.utils.verify_notification_signature(body, timestamp, signature)
    headers = {"X-Cld-Timestamp": str(timestamp), "X-Cld-Signature": signature}
    assert (judge(KEYS, headers, body.encode(), now) is None) is theirs


def test_what_we_accept_the_official_sdk_accepts() -> None:
    body = event()
    for algorithm in ("sha1", "sha256"):
        headers = signed(body, algorithm=algorithm)
        cloudinary.config(api_secret=SECRET)
        assert judge(KEYS, headers, body, time.time()) is None
        assert cloudinary.utils.verify_notification_signature(
            body.decode(), headers["X-Cld-Timestamp"], headers["X-Cld-Signature"], algorithm=algorithm
        )


def test_any_of_several_secrets_may_have_signed() -> None:
    keys = VerificationKeys(CloudName("demo"), (SecretStr("new"), SecretStr("old")))
    assert [judge(keys, signed(b"{}", secret), b"{}", time.time()) for secret in ("old", "new", "older")] == [
        None,
        None,
        Refusal.BAD_SIGNATURE,
    ]


def test_an_algorithm_that_is_not_wanted_is_refused() -> None:
    keys = VerificationKeys(CloudName("demo"), (SecretStr(SECRET),), ("sha256",))
    assert judge(keys, signed(b"{}", algorithm="sha1"), b"{}", time.time()) is Refusal.BAD_SIGNATURE
    assert judge(keys, signed(b"{}", algorithm="sha256"), b"{}", time.time()) is None


@pytest.mark.parametrize(
    "timestamp",
    ["", "-1700000000", "+1700000000", " 1700000000", "1700000000\n", "1_700_000_000", "1.7e9", "1700000000.0",
     "\u0661\u0667", "\uff11\uff17", "1700000000,1700000000", "0x65", "9" * 16, "nan"],
)  # fmt: skip
def test_a_timestamp_of_anything_but_digits_is_refused(timestamp: str) -> None:
    headers = {"X-Cld-Timestamp": timestamp, "X-Cld-Signature": notification_signature(b"{}", timestamp, SECRET)}
    assert judge(KEYS, headers, b"{}", 1_700_000_000) in (Refusal.BAD_TIMESTAMP, Refusal.UNSIGNED)


@pytest.mark.parametrize(("age", "why"), [(7200, None), (7201, Refusal.STALE), (-300, None), (-301, Refusal.FUTURE)])
def test_the_window_is_two_hours_back_and_five_minutes_ahead(age: int, why: Refusal | None) -> None:
    now = 1_700_000_000
    assert judge(KEYS, signed(b"{}", timestamp=str(now - age)), b"{}", now) is why


def test_a_signature_that_is_no_hexadecimal_text_is_refused_and_not_an_error() -> None:
    for signature in ("é" * 40, "0" * 39, "0" * 64, "X" * 40):
        headers = signed(b"{}") | {"X-Cld-Signature": signature}
        assert judge(KEYS, headers, b"{}", time.time()) is Refusal.BAD_SIGNATURE


class TestSecretHeader:
    RULE = HeaderRule("X-Inbound-Secret", SecretStr("open sesame"))

    def keys(self, mode: Literal["also", "instead"]) -> VerificationKeys:
        rule = HeaderRule("X-Inbound-Secret", SecretStr("open sesame"), mode)
        return VerificationKeys(CloudName("demo"), (SecretStr(SECRET),), header=rule)

    def test_in_addition_both_must_be_right(self) -> None:
        keys, good = self.keys("also"), signed(b"{}")
        secret = {"x-inbound-SECRET": "open sesame"}
        assert judge(keys, good | secret, b"{}", time.time()) is None
        assert judge(keys, good, b"{}", time.time()) is Refusal.BAD_HEADER
        assert judge(keys, good | {"X-Inbound-Secret": "open"}, b"{}", time.time()) is Refusal.BAD_HEADER
        assert judge(keys, secret, b"{}", time.time()) is Refusal.UNSIGNED
        assert keys.verified_by == "both"

    def test_instead_the_signature_is_not_looked_at(self) -> None:
        keys = self.keys("instead")
        assert judge(keys, {"X-Inbound-Secret": "open sesame"}, b"{}", time.time()) is None
        assert judge(keys, signed(b"{}"), b"{}", time.time()) is Refusal.BAD_HEADER
        assert keys.verified_by == "header"

    @pytest.mark.parametrize(("name", "value"), [("", "x"), ("X Y", "x"), ("X", ""), ("X", "a\r\nb"), ("X", "é")])
    def test_what_cannot_travel_in_a_header_is_refused_when_it_is_configured(self, name: str, value: str) -> None:
        with pytest.raises(ValueError, match="header"):
            HeaderRule(name, SecretStr(value))

    def test_secrets_do_not_show(self) -> None:
        assert "sesame" not in repr(self.keys("also"))
        assert SECRET not in repr(self.keys("also"))


def test_keys_that_can_verify_nothing_are_refused() -> None:
    for secrets in ((), (SecretStr(""),)):
        with pytest.raises(ValueError, match="no API secret"):
            VerificationKeys(CloudName("demo"), secrets)


def test_two_sets_of_keys_for_one_cloud_are_refused() -> None:
    with pytest.raises(ValueError, match="two sets of keys"):
        by_cloud([KEYS, KEYS])


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"5", b'"text"', b"null", b"{}1", b'{"a": NaN}', b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}",
     b'{"a": "\xff"}', b'{"a":' * 100_000, b'{"a": ' + b"9" * 5000 + b"}"],
    ids=range(13),
)  # fmt: skip
def test_only_a_json_object_is_a_payload(body: bytes) -> None:
    assert parse_payload(body) is None


def test_the_exact_object_comes_out() -> None:
    assert parse_payload('{"public_id": "été", "n": [1.5, null]}'.encode()) == {"public_id": "été", "n": [1.5, None]}
