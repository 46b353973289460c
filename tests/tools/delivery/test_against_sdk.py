"""The official SDK as an oracle: whatever we accept, it writes the same (outside its known bugs)."""

import string
from typing import Any

import cloudinary
import pytest
from cloudinary.utils import cloudinary_url, generate_transformation_string
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.delivery.urls.build import UrlError, build_url
from tests.tools.delivery.test_round_trip import chains
from tests.tools.delivery.vectors import cloud


@pytest.fixture(scope="module", autouse=True)
def _sdk() -> None:
    cloudinary.reset_config()
    cloudinary.config(cloud_name="test123", api_key="a", api_secret="b", secure=True)


def _sdk_text(chain: list[dict[str, Any]]) -> str:
    return generate_transformation_string(transformation=[dict(item) for item in chain])[0]


@settings(max_examples=60, deadline=None)
@given(chains)
def test_a_chain_is_written_as_by_the_official_sdk(chain: list[dict[str, Any]]):
    """The SDK leaves the space of a font's name as it is, which is no valid URL; that alone may differ."""
    assert serialise(chain) == _sdk_text(chain).replace("Open Sans", "Open%20Sans")


options = st.fixed_dictionaries(
    {},
    optional={
        "resource_type": st.sampled_from(["image", "video", "raw"]),
        "type": st.sampled_from(["upload", "private", "authenticated", "fetch"]),
        "format": st.sampled_from(["jpg", "png"]),
        "version": st.sampled_from([0, 7, "1234"]),
    },
)
cloud_options = st.fixed_dictionaries(
    {},
    optional={
        "secure": st.booleans(),
        "private_cdn": st.booleans(),
        "cdn_subdomain": st.booleans(),
        "secure_cdn_subdomain": st.booleans(),
        "shorten": st.booleans(),
        "force_version": st.booleans(),
        "long_url_signature": st.booleans(),
        "signature_algorithm": st.sampled_from(["sha1", "sha256"]),
        "secure_distribution": st.just("media.example.org"),
        "cname": st.just("img.example.org"),
    },
)
public_ids = st.one_of(
    st.text(string.printable.strip() + " éß日🐶", min_size=1, max_size=12),
    st.text("ab/.", min_size=1, max_size=8),
    st.text(string.ascii_letters + "/?=&%é ", max_size=12).map(lambda path: f"https://example.org/{path}"),
)


@settings(max_examples=80, deadline=None)
@given(public_ids, options, cloud_options, st.booleans())
def test_a_url_is_built_as_by_the_official_sdk(
    public_id: str, given_options: dict[str, Any], of_cloud: dict[str, Any], signed: bool
):
    try:
        ours = build_url(cloud(of_cloud), public_id, signed=signed, **given_options)
    except UrlError as error:
        assert "path segments" in str(error)
        return
    except TransformationError as error:
        assert "raw file cannot be transformed" in str(error)
        return
    assert ours == cloudinary_url(public_id, sign_url=signed, **given_options, **of_cloud)[0]
