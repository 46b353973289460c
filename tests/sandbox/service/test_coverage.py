"""The table of what the sandbox does is up to date, and the sandbox does what it says."""

from pathlib import Path

import pytest

from cloudinary_sandbox.service.composition import ENDPOINTS
from cloudinary_sandbox.service.coverage import PAGE, PARAMETERS, PARTLY, REFUSED, Parameter, page
from tests.sandbox.helpers import api, error_of

ROOT = Path(__file__).parents[3]
TRIED = [parameter for parameter in PARAMETERS if parameter.example]


def test_the_page_is_what_the_code_says() -> None:
    assert (ROOT / PAGE).read_text("utf-8") == page(), "python -m cloudinary_sandbox.service.coverage"


def test_endpoints_with_a_note_are_there() -> None:
    assert set(PARTLY) <= {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}


@pytest.mark.parametrize("name", REFUSED)
async def test_an_endpoint_that_is_not_there_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    method, _, path = name.partition(" ")
    async with api(tmp_path) as call:
        reply = await call(method, path.replace("{id}", "x"))
        said = f"The sandbox does not support {method} {call.prefix}{path.replace('{id}', 'x')}"
        assert error_of(reply) == (400, said)
        assert reply.headers["x-sandbox-refused"] == said


@pytest.mark.parametrize("parameter", TRIED, ids=lambda parameter: parameter.name)
async def test_a_parameter_is_taken_or_refused_as_the_table_says(tmp_path: Path, parameter: Parameter) -> None:
    async with api(tmp_path) as call:
        reply = await call.try_upload(None, **{parameter.name: parameter.example})
        await call.cloud.settled()
        if parameter.state == "refused":
            assert reply.status_code in {400, 420}
            assert reply.headers["x-cld-error"] == reply.json()["error"]["message"]
        else:
            assert reply.status_code == 200, reply.text
