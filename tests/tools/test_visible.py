"""Invisible characters in text from elsewhere are written out; what people can see stays."""

import sys
import unicodedata

import pytest

from cloudinary_tools.toolkit import results
from cloudinary_tools.visible import undisguised, visible

SMUGGLING = [
    *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x200B, 0x200C, 0x200D, 0x00AD, 0x034F, 0x115F, 0x1160, 0x3164,
    0xFFA0, 0x2800, 0x180E, 0x180B, 0x17B4, 0x17B5, *range(0xFFF9, 0xFFFC), 0x061C, 0x2028, 0x2029, 0x202E, 0x2066,
    0x2065, 0xFEFF, 0xFFF0, 0xE0001, 0xE0041, 0xE0FFF, 0x1D173, 0x7F, 0x85, 0, 10, 0xFFFE, 0x10FFFF, 0xE000, 0xD800,
]  # fmt: skip


@pytest.mark.parametrize("code", SMUGGLING, ids=hex)
def test_what_nobody_sees_is_written_out(code: int) -> None:
    shown = visible(f"a{chr(code)}b")
    assert chr(code) not in shown
    assert shown.startswith("a\\")
    assert shown.endswith("b")


def test_of_all_of_unicode_every_format_and_control_character_is_written_out() -> None:
    hidden = ("Cc", "Cf", "Zl", "Zp", "Cs")
    every = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in hidden]
    assert len(every) > 2000
    assert [char for char in every if visible(char) == char] == []


@pytest.mark.parametrize(
    "text",
    [
        "plain", "Grüße", "日本語", "한국어", "नमस्ते", "ภาษาไทย", "עברית", "e\u0301", "50 €", "a\u00a0b", "⠃⠗",
        "👍🏽", "👩‍💻", "👨‍👩‍👧‍👦", "❤️", "❤️‍🔥", "☎︎", "1️⃣", "🏳️‍🌈", "👩🏽‍🚀", "🇦🇹", "‼️", "↔️",
    ],
)  # fmt: skip
def test_what_people_see_stays_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert undisguised({"tags": [text]}) == {"tags": [text]}


@pytest.mark.parametrize(
    "text",
    [
        "a\u200db",
        "👍\u200db",
        "a\u200d👍",
        "👍\u200d\u200d👍",
        "a\ufe0f",
        "\ufe0f",
        "👍\ufe0f\ufe0f",
        "1\ufe0f",
        "\u2800\ufe0f",
    ],
)
def test_a_joiner_stays_only_within_an_emoji(text: str) -> None:
    assert "\\" in visible(text)


def test_text_in_data_is_written_out_at_any_depth_keys_included_but_a_public_id_can_be_named_again() -> None:
    data = {"public_id": "x\u200by", "tags": ["a\u200b"], "context": {"k\ufe01": "v\u00ad"}, "text": "two\nlines"}
    assert undisguised(data) == {
        "public_id": "x\u200by",
        "tags": ["a\\u200b"],
        "context": {"k\\ufe01": "v\\xad"},
        "text": "two\nlines",
    }


def test_what_it_remembers_of_foreign_text_is_bounded() -> None:
    before = visible("\u202e")
    for start in range(0x20000, 0x2A000, 0x1000):
        text = "".join(map(chr, range(start, start + 0x1000)))
        assert visible(text) == text
    assert visible("\u202e") == before == "\\u202e"


def test_everybody_shows_text_by_the_same_rule() -> None:
    assert results.visible is visible
