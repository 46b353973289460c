"""What the SDK's own tests import as `test.helper_test`: the module that its source package leaves out.

The names are the interface which those tests expect; what stands behind them is written here. The file is copied beside
them, so it may import nothing of this project. The pictures are made when it is imported.
"""

import json
import random
import re
import string
import time
import unittest
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta, tzinfo
from functools import wraps
from pathlib import Path
from typing import Any, BinaryIO
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from cloudinary import api
from cloudinary.exceptions import NotFound
from PIL import Image
from urllib3 import HTTPResponse

patch = mock.patch
URLLIB3_REQUEST = "urllib3.PoolManager.request"

SUFFIX = "".join(random.choices(string.digits, k=8))
TEST_TAG = "sdk_test"
UNIQUE_TAG = UNIQUE_TEST_ID = UNIQUE_SUB_ACCOUNT_ID = f"{TEST_TAG}_{SUFFIX}"
TEST_FOLDER = "test_folder"
UNIQUE_TEST_FOLDER = f"{TEST_FOLDER}_{SUFFIX}"
MOCK_REQUEST_ID = "0123456789abcdef" * 2
REMOTE_TEST_IMAGE = "http://cloudinary.com/images/old_logo.png"
EVAL_STR = (
    'if (resource_info["width"] < 450) { '
    'upload_options["quality_analysis"] = true; upload_options["context"] = "width=" + resource_info["width"]; }'
)
ON_SUCCESS_STR = 'current_asset.update({tags: ["uploaded"]});'

LOGO_SIZE = (241, 51)
LARGE_PICTURE_SIZE = (1400, 1400)
PICTURES = Path(__file__).parent / "pictures"
ATTEMPTS = 5
PAUSE = 0.1
"""Seconds between two attempts at something that may need a moment to be seen."""


def _picture(name: str, format: str, size: tuple[int, int] = LOGO_SIZE) -> str:
    PICTURES.mkdir(exist_ok=True)
    path = PICTURES / name
    picture = Image.linear_gradient("L").resize(size)
    Image.merge("RGB", (picture, picture.transpose(Image.Transpose.ROTATE_180), picture)).save(path, format)
    return str(path)


def _document(name: str) -> str:
    path = PICTURES / name
    path.write_bytes(b"not really a document: only its name counts")
    return str(path)


TEST_IMAGE = _picture("logo.png", "PNG")
TEST_UNICODE_IMAGE = _picture("üni_näme_lögo.png", "PNG")
TEST_ICON = _picture("favicon.ico", "ICO", (16, 16))
TEST_DOC = _document("docx.docx")
TEST_IMAGE_SIZE = Path(TEST_IMAGE).stat().st_size


def populate_large_file(file: BinaryIO, size: int, chunk_size: int = 4096) -> None:
    """Fill a file with so many bytes; from the size of an uncompressed 1400 × 1400 picture on, they are one."""
    width, height = LARGE_PICTURE_SIZE
    if size >= width * height * 3:
        Image.new("RGB", LARGE_PICTURE_SIZE, "teal").save(file, "BMP")
    left = size - file.tell()
    while left > 0:
        file.write(b"\xff" * min(left, chunk_size))
        left -= chunk_size
    file.flush()
    file.seek(0)


class UTC(tzinfo):
    """The time zone, in the way of the years before `datetime.timezone`."""

    def utcoffset(self, dt: object) -> timedelta:
        """Nothing."""
        return timedelta()

    tzname = lambda self, dt: "UTC"  # noqa: E731
    dst = utcoffset


class CldTestCase(unittest.TestCase):
    """A test case that can compare a part of an object."""

    def assertObjectContainsSubset(self, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:  # noqa: N802
        """Fail unless each expected entry is there with its value."""
        self.assertEqual({name: found.get(name) for name in expected}, dict(expected))


def retry_assertion(attempts: int = ATTEMPTS, pause: float = PAUSE) -> Callable[[Callable[..., Any]], Any]:
    """Repeat a test whose assertion fails: what was written may need a moment to be found."""

    def decorate(test: Callable[..., Any]) -> Any:
        @wraps(test)
        def repeated(*arguments: Any, **options: Any) -> Any:
            for _ in range(attempts - 1):
                try:
                    return test(*arguments, **options)
                except AssertionError:
                    time.sleep(pause)
            return test(*arguments, **options)

        return repeated

    return decorate


@contextmanager
def ignore_exception(
    error_classes: Sequence[type[Exception]] = (Exception,), suppress_traceback_classes: Sequence[type[Exception]] = ()
) -> Generator[None]:
    """Go on after an error of these classes; the second list only says which of them are not worth a traceback."""
    try:
        yield
    except (*error_classes, *suppress_traceback_classes):
        pass


def http_response_mock(body: str = "", headers: Mapping[str, str] | None = None, status: int = 200) -> HTTPResponse:
    """What urllib3 would have returned."""
    return HTTPResponse(body.encode(), headers=dict(headers or {}), status=status)


def api_response_mock(body: str = '{"foo":"bar"}') -> HTTPResponse:
    """A reply of the Admin API."""
    quota = {"limit": "500", "reset": "Sat, 01 Apr 2017 22:00:00 GMT", "remaining": "499"}
    return http_response_mock(body, {f"x-featureratelimit-{name}": value for name, value in quota.items()})


def uploader_response_mock() -> HTTPResponse:
    """A reply of the Upload API."""
    return http_response_mock('{"foo":"bar"}')


def get_request(mocker: mock.Mock) -> dict[str, Any]:
    """The arguments of the last request."""
    return dict(mocker.call_args.kwargs)


def get_method(mocker: mock.Mock) -> str:
    """Its HTTP method."""
    return get_request(mocker)["method"]


def get_uri(mocker: mock.Mock) -> str:
    """Its address, without a query."""
    return get_request(mocker)["url"].partition("?")[0]


def get_headers(mocker: mock.Mock) -> dict[str, str]:
    """Its headers."""
    return get_request(mocker)["headers"]


def get_json_body(mocker: mock.Mock) -> Any:
    """Its body, decoded."""
    return json.loads(get_request(mocker)["body"])


def _pairs(mocker: mock.Mock) -> list[tuple[str, Any]]:
    request = get_request(mocker)
    fields = request.get("fields")
    if fields is None and request.get("body"):
        fields = json.loads(request["body"])
    sent = fields.items() if isinstance(fields, dict) else fields or ()
    return [*parse_qsl(urlsplit(request["url"]).query), *sent]


def get_params(mocker: mock.Mock) -> dict[str, Any]:
    """Its parameters, wherever they travel; the values of `name[]` or of `name[0]`, `name[1]`, … as a list `name`."""
    found: dict[str, Any] = {}
    for key, value in _pairs(mocker):
        if listed := re.fullmatch(r"(.+)\[\d*\]", key):
            found.setdefault(listed[1], []).append(value)
        else:
            found[key] = value
    return found


def get_param(mocker: mock.Mock, name: str) -> Any:
    """One of them."""
    return get_params(mocker).get(name)


def get_list_param(mocker: mock.Mock, name: str) -> list[Any]:
    """One that is a list."""
    return get_params(mocker).get(name, [])


def cleanup_test_resources(calls: Iterable[Sequence[Any]]) -> None:
    """Delete assets: each entry holds public IDs and, if need be, options."""
    for public_ids, *options in calls:
        with ignore_exception():
            api.delete_resources(public_ids, **(options[0] if options else {}))


def cleanup_test_resources_by_tag(calls: Iterable[Sequence[Any]]) -> None:
    """Delete assets: each entry holds a tag and, if need be, options."""
    for tag, *options in calls:
        api.delete_resources_by_tag(tag, **(options[0] if options else {}))


def cleanup_test_transformation(calls: Iterable[Sequence[Any]]) -> None:
    """Delete transformations: each entry holds their texts."""
    for transformations, *options in calls:
        for transformation in transformations:
            with ignore_exception((NotFound,)):
                api.delete_transformation(transformation, **(options[0] if options else {}))
