"""The list of the Inspector's warnings is exact in both directions."""

from pathlib import Path

import pytest

from tests.protocol.inspector import unlisted

REPORT = """\
Warning: tool "save_thing"
  Path: inputSchema.properties.value
  Issue: Schema carries no validation keyword at all, so it accepts any value.
  Suggestion: Declare what the value actually is.

0 errors, 1 warnings across 1 tools.
"""


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "list.toml"
    path.write_text("[[warning]]\nissue = \"no validation keyword\"\nplaces = ['inputSchema\\.properties\\.value']\n")
    return path


def test_a_listed_warning_is_no_deviation(listed: Path) -> None:
    assert unlisted(REPORT, listed) == []


def test_a_warning_elsewhere_and_a_listed_one_that_is_gone_are_both_named(listed: Path) -> None:
    new, gone = unlisted(REPORT.replace(".value", ".other"), listed)
    assert new.startswith("save_thing inputSchema.properties.other: Schema carries no validation keyword")
    assert gone.startswith(r"nothing is warned of at inputSchema\.properties\.value")


def test_an_error_of_the_report_is_read_like_a_warning(listed: Path) -> None:
    assert unlisted(REPORT.replace("Warning:", "Error:").replace(".value", ".other"), listed)[0].startswith(
        "save_thing"
    )
