"""The reference in pieces: every topic is there, small, and found by a near miss."""

import pytest

from cloudinary_tools.library.reference_topics import reference_topic, reference_topics
from cloudinary_tools.toolkit.results import Problem


def test_every_topic_has_a_text_of_modest_size() -> None:
    sizes = {topic: len(reference_topic(topic)) for topic in reference_topics()}
    assert len(sizes) > 100
    assert not {topic: size for topic, size in sizes.items() if not 0 < size < 16_000}


def test_a_group_names_each_member_with_its_range() -> None:
    text = reference_topic("effects")
    assert "blur (e_blur): " in text and "1 to 2000" in text
    assert len(text.splitlines()) > 80


def test_a_single_effect_comes_with_an_example() -> None:
    assert '"effect"' in reference_topic("sepia")
    assert reference_topic(" RADIUS ") == reference_topic("radius")


def test_an_unknown_topic_leads_to_the_nearest() -> None:
    with pytest.raises(Problem, match="blur") as caught:
        reference_topic("blurr")
    assert "effects" in str(caught.value.hint)
