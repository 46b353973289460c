"""Text layers: which font shows which letter."""

from urllib.parse import quote

import pytest
from PIL import Image

from cloudinary_sandbox.rendering import fonts
from cloudinary_sandbox.rendering.fonts import missing_letters, text_runs
from tests.extras import needs_documents


@pytest.fixture
def bare(monkeypatch):
    """A machine without the extra and without any font of its own."""
    monkeypatch.setattr(fonts, "find_spec", lambda name: None)
    monkeypatch.setattr(fonts, "SYSTEM_FONTS", ())
    fonts.shown_letter.cache_clear()
    yield
    fonts.shown_letter.cache_clear()


def picture(studio, text: str, style: str = "Arial_40") -> Image.Image:
    base = Image.new("RGB", (600, 120), "white")
    return studio.image(f"l_text:{style}:{quote(text)}", base).convert("L")


def alike(one: Image.Image, other: Image.Image) -> bool:
    return one.tobytes() == other.tobytes()


@needs_documents
@pytest.mark.parametrize("text", ["−", "é", "Ł", "€", "ß", "Ж", "Ω", "½", "→"])
def test_a_letter_beyond_ascii_is_no_box(studio, text):
    assert missing_letters(text) == ""
    assert not alike(picture(studio, text), picture(studio, "\U000e0fff"))
    assert not alike(picture(studio, text), picture(studio, "?"))


@needs_documents
def test_bold_and_italic_are_their_own_letters(studio):
    kinds = [picture(studio, "Hamburg", style) for style in ("Arial_40", "Arial_40_bold", "Arial_40_italic")]
    assert len({image.tobytes() for image in kinds}) == 3
    plain, bold, italic = (255 * 600 * 120 - sum(image.tobytes()) for image in kinds)
    assert bold > plain * 1.2
    assert italic == pytest.approx(plain, rel=0.25)


@needs_documents
def test_arial_has_the_widths_of_arial():
    """The advance widths of Arial at 1000 units per em (by the PDF reference): H 722, i 222, W 944, 0 556."""
    for letter, width in (("H", 722), ("i", 222), ("W", 944), ("0", 556)):
        assert text_runs(letter, 100)[0].length == pytest.approx(width / 10, abs=0.2)


def test_without_any_other_font_letters_are_replaced_by_ones_alike(studio, bare):
    assert alike(picture(studio, "Café −5"), picture(studio, "Cafe -5"))
    assert missing_letters("Café −5") == "é−"
    assert alike(picture(studio, "你"), picture(studio, "?"))
    done = studio.file(studio.store(Image.new("RGB", (50, 50))), f"l_text:Arial_20:{quote('é−')}", "png")
    assert done.approximations == ("font Arial as Aileron", "letters without a glyph: U+00E9 U+2212")


def test_without_a_bold_font_letters_are_thickened_and_take_more_room(studio, bare):
    plain, bold = (sum(run.length + run.stroke for run in text_runs("H", 40, weight)) for weight in (400, 700))
    assert bold > plain
    assert sum(picture(studio, "Ham", "Arial_40_bold").tobytes()) < sum(picture(studio, "Ham").tobytes())


def test_what_is_never_seen_is_left_out_and_any_space_is_a_space(studio):
    assert alike(picture(studio, "a\u200bb"), picture(studio, "ab"))
    assert alike(picture(studio, "a\u00a0b"), picture(studio, "a b"))


def test_a_letter_from_another_font_stands_on_the_same_line(studio, monkeypatch):
    letters = "".join(run.text for run in text_runs("a★b", 40))
    assert letters in {"a★b", "a?b"}
    assert picture(studio, "a★b").getbbox() is not None
