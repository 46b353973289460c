"""A CLOUDINARY_URL is read as the official SDK reads it, and its secrets stay inside."""

import pytest

from cloudinary_tools.config import CloudConfig, ConfigError


def test_a_plain_url_gives_key_secret_and_cloud() -> None:
    config = CloudConfig.from_url("cloudinary://123:s%2Fecret@Demo")
    assert (config.name, config.cloud_name, config.api_key, config.secret) == ("demo", "Demo", "123", "s/ecret")
    assert config.upload_prefix == "https://api.cloudinary.com"
    assert config.can_sign


def test_a_path_is_the_secure_distribution_of_a_private_cdn() -> None:
    config = CloudConfig.from_url("cloudinary://k:s@demo/media.example.com")
    assert (config.secure_distribution, config.private_cdn) == ("media.example.com", True)


def test_options_are_typed_and_nested_ones_build_an_object() -> None:
    config = CloudConfig.from_url(
        "cloudinary://k:s@demo?upload_prefix=http://127.0.0.1:99/&secure=false&signature_version=1"
        "&signature_algorithm=sha256&auth_token[key]=00ff&auth_token[duration]=60&timeout=5"
    )
    assert config.upload_prefix == "http://127.0.0.1:99"
    assert (config.secure, config.signature_version, config.signature_algorithm) == (False, 1, "sha256")
    assert config.auth_token is not None
    assert config.auth_token.duration == 60
    assert config.timeout == 5


def test_secrets_do_not_show_in_repr() -> None:
    config = CloudConfig.from_url("cloudinary://k:hush@demo?oauth_token=hush2&auth_token[key]=hush3")
    assert "hush" not in repr(config)
    assert "hush" not in str(config)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://k:hush@demo", "must start with cloudinary://"),
        ("cloudinary://", "names no cloud"),
        ("cloudinary://k:hush@demo?upload_prefix=http://api.example.com", "https"),
        ("cloudinary://k:hush@demo?signature_algorithm=hush", "signature_algorithm"),
        ("cloudinary://k:hush@demo?wrong_option=hush", "wrong_option: unknown"),
        ("cloudinary://k:hush@de mo", "cloud_name"),
        ("cloudinary://k:hush@[demo", "cannot be read"),
        ("cloudinary://k:hush@demo?api_proxy=hush:3128", "api_proxy: give an address such as http://"),
    ],
)
def test_a_malformed_url_is_explained_without_its_secret(url: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        CloudConfig.from_url(url)
    assert "hush" not in str(caught.value)


def test_without_a_secret_a_signature_is_refused_in_words() -> None:
    config = CloudConfig.from_url("cloudinary://demo?oauth_token=t")
    assert not config.can_sign
    with pytest.raises(ConfigError, match="no API secret"):
        _ = config.secret
