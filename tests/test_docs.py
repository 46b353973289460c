"""The README tells the truth about tools and settings."""

import json
import re

from cloudinary_mcp import docs
from cloudinary_mcp.settings import Settings
from cloudinary_tools.config import AuthTokenConfig, CloudConfig
from cloudinary_tools.toolkit import definitions

TEXT = docs.README.read_text(encoding="utf-8")


def test_the_generated_sections_are_up_to_date() -> None:
    """Run `python -m cloudinary_mcp.docs` when this fails."""
    assert docs.with_tables(TEXT) == TEXT


def test_every_tool_and_every_setting_is_in_the_readme() -> None:
    for definition in definitions.load():
        assert f"`{definition['name']}`" in TEXT
    for name in Settings.model_fields:
        assert f"`--{name.replace('_', '-')}`" in TEXT


def test_the_json_in_the_readme_is_json() -> None:
    blocks = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert blocks
    for block in blocks:
        assert json.loads(block)


def test_the_two_commands_are_there_as_ci_runs_them() -> None:
    ci = (docs.README.parent / ".ci/run").read_text()
    for command in ("uv run cloudinary-mcp demo", "uv run pytest"):
        assert f"```sh\n{command}\n```" in TEXT
        assert f'="{command}"\n' in ci


def test_every_option_of_a_cloudinary_url_is_in_the_readme() -> None:
    """An unknown option is answered with a look at it."""
    parts = {"name", "cloud_name", "api_key", "api_secret", "auth_token"}
    options = (CloudConfig.model_fields.keys() | AuthTokenConfig.model_fields.keys()) - parts
    assert [option for option in sorted(options) if f"`{option}`" not in TEXT] == []
