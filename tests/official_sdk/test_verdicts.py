"""What is read from the report of the SDK's own tests."""

from pathlib import Path

from tests.official_sdk.run import LISTED, verdicts
from tests.protocol.verdicts import Check, Listed, Verdict, deviations

REPORT = """<testsuites><testsuite>
<testcase classname="test.test_api.ApiTest" name="test01"/>
<testcase classname="test.test_api.ApiTest" name="test02"><failure message="1 != 2">trace</failure></testcase>
<testcase classname="test.test_api.ApiTest" name="test03"><error message="no  such
thing">trace</error></testcase>
<testcase classname="test.test_api.ApiTest" name="test04"><skipped message="not now"/></testcase>
</testsuite></testsuites>"""


def test_each_test_has_a_verdict_with_what_was_said(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert verdicts(report) == {
        Check("sdk", "test_api.ApiTest.test01"): Verdict("SUCCESS"),
        Check("sdk", "test_api.ApiTest.test02"): Verdict("FAILURE", "1 != 2"),
        Check("sdk", "test_api.ApiTest.test03"): Verdict("FAILURE", "no such thing"),
        Check("sdk", "test_api.ApiTest.test04"): Verdict("SKIPPED", "not now"),
    }


def test_an_unlisted_failure_or_skip_and_a_listed_success_are_deviations(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    listed = Listed(frozenset({"test_api.ApiTest.test01", "test_api.ApiTest.test02"}), frozenset())
    assert [line.partition(" ")[2] for line in deviations(verdicts(report), listed)] == [
        "test_api.ApiTest.test01 passes: take it off the list of exceptions",
        "test_api.ApiTest.test03: FAILURE no such thing",
        "test_api.ApiTest.test04: SKIPPED not now",
    ]


def test_the_list_of_what_does_not_apply_can_be_read() -> None:
    assert Listed.read(LISTED).exceptions
