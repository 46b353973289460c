"""`install` and `uninstall`: a host's file gets one entry and loses nothing, and what was installed starts."""

import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from mcp import Client, StdioServerParameters

from cloudinary_mcp.cli import main
from cloudinary_mcp.install import jsonc, launch
from cloudinary_mcp.install.config_file import BACKUP, with_entry
from cloudinary_mcp.install.hosts import HOSTS, Launch
from cloudinary_tools.config import ConfigError
from tests.support import settings_for

every_host = pytest.mark.parametrize("host", HOSTS)
needs_keyring = pytest.mark.skipif(find_spec("keyring") is None, reason="needs the extra `keyring`")
SECRET = "topsecret-0815"
URL = f"cloudinary://key:{SECRET}@shop"

COMMENTED = """{
\t// my servers
\t"mcpServers": {
\t\t"files": { "command": "npx", "args": ["-y", "http://files//server"] }, // keep "this"
\t\t/* "old": {} */
\t},
\t"theme": "dark",
}
"""


def run(*args: str, **options: Any) -> Result:
    return CliRunner().invoke(main, args, **options)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's empty home, with credentials that answer."""

    async def answers(url: str) -> None:
        assert url

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for variable in ("XDG_CONFIG_HOME", "APPDATA", "CLOUDINARY_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("cloudinary_mcp.install.commands._ping", answers)
    return tmp_path


def servers(path: Path, container: str) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))[container]


@every_host
def test_a_host_without_a_file_gets_one_with_the_server(home: Path, host: str) -> None:
    done = run("install", host, "--sandbox", "--yes", "--toolsets", "all")
    assert done.exit_code == 0, done.output
    path = HOSTS[host].config_file()
    assert path.is_relative_to(home)
    entry = servers(path, HOSTS[host].container)["cloudinary"]
    assert [entry["command"], *entry["args"]] == [
        sys.executable, "-m", "cloudinary_mcp", "serve", "--sandbox", "--toolsets", "all",
    ]  # fmt: skip
    assert entry.get("type", "stdio") == "stdio"
    assert "env" not in entry


@every_host
def test_uninstall_takes_the_server_out_and_leaves_the_others(home: Path, host: str) -> None:
    path, container = HOSTS[host].config_file(), HOSTS[host].container
    path.parent.mkdir(parents=True, exist_ok=True)
    before = json.dumps({"other": [1, 2], container: {"files": {"command": "npx"}}}, indent=4) + "\n"
    path.write_text(before)
    assert run("install", host, "--sandbox", "--yes").exit_code == 0
    assert set(servers(path, container)) == {"files", "cloudinary"}
    done = run("uninstall", host, "--yes")
    assert done.exit_code == 0, done.output
    assert path.read_text() == before


def test_comments_trailing_commas_and_indentation_stay(home: Path) -> None:
    path = HOSTS["cursor"].config_file()
    path.parent.mkdir()
    path.write_text(COMMENTED)
    assert run("install", "cursor", "--sandbox", "--yes").exit_code == 0
    text = path.read_text()
    for kept in ("// my servers", '// keep "this"', '/* "old": {} */', "http://files//server", '"theme": "dark",\n}\n'):
        assert kept in text
    assert jsonc.read_member(text, "mcpServers", "cloudinary")["args"][-1] == "--sandbox"
    assert jsonc.read_member(text, "mcpServers", "files") == {"command": "npx", "args": ["-y", "http://files//server"]}
    assert run("uninstall", "cursor", "--yes").exit_code == 0
    assert jsonc.read_member(path.read_text(), "mcpServers", "cloudinary") is None
    assert '// keep "this"' in path.read_text()


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        ('{"mcpServers": {', "the end of the file was found"),
        ("{\n  'mcpServers': {}\n}", "line 2, column 3"),
        ('{"mcpServers": []}', "an object was expected"),
        ("[]", "an object was expected"),
        ('{"a": 1} {"b": 2}', "the end of the file was expected"),
        ('{"mcpServers": {"a": }}', "a value was expected"),
    ],
)
@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_file_that_is_not_json_is_named_with_the_place_and_left_alone(
    home: Path, command: str, broken: str, where: str
) -> None:
    path = home / "hosts.json"
    path.write_text(broken)
    extra = ["--sandbox"] if command == "install" else []
    done = run(command, "claude-desktop", "--yes", "--config-file", str(path), *extra)
    assert done.exit_code == 2
    if command == "install" or "expected, " in done.output:
        assert where in done.output
    assert str(path) in done.output
    assert path.read_text() == broken
    assert list(home.glob(f"*{BACKUP}")) == []


def test_what_was_there_is_kept_beside_and_a_new_file_is_private(home: Path) -> None:
    path = HOSTS["claude-code"].config_file()
    path.write_text('{"numStartups": 3}\n')
    path.chmod(0o640)
    assert run("install", "claude-code", "--sandbox", "--yes").exit_code == 0
    assert path.with_name(path.name + BACKUP).read_text() == '{"numStartups": 3}\n'
    assert json.loads(path.read_text())["numStartups"] == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    run("install", "gemini", "--sandbox", "--yes")
    assert stat.S_IMODE(HOSTS["gemini"].config_file().stat().st_mode) == 0o600


def test_the_secret_goes_into_the_file_and_not_onto_the_screen(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDINARY_URL", URL)
    done = run("install", "claude-desktop", "--yes")
    assert done.exit_code == 0, done.output
    assert SECRET not in done.output
    assert "cloudinary://key:***@shop" in done.output
    assert servers(HOSTS["claude-desktop"].config_file(), "mcpServers")["cloudinary"]["env"] == {"CLOUDINARY_URL": URL}
    gone = run("uninstall", "claude-desktop", "--yes")
    assert SECRET not in gone.output


def test_a_second_install_replaces_the_entry_and_a_same_one_changes_nothing(home: Path) -> None:
    run("install", "cursor", "--sandbox", "--yes")
    path = HOSTS["cursor"].config_file()
    before = path.read_text()
    assert "already has this server" in run("install", "cursor", "--sandbox", "--yes").output
    assert path.read_text() == before
    assert run("install", "cursor", "--sandbox", "--yes", "--read-only").exit_code == 0
    assert servers(path, "mcpServers")["cloudinary"]["args"][-1] == "--read-only"
    assert run("install", "cursor", "--sandbox", "--yes", "--name", "play").exit_code == 0
    assert set(servers(path, "mcpServers")) == {"cloudinary", "play"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["install", "cursor", "--yes"], "CLOUDINARY_URL is not set"),
        (["install", "cursor", "--sandbox"], "add --yes"),
        (["install", "cursor", "--sandbox", "--yes", "--toolsetz", "all"], "No such option"),
        (["install", "cursor", "--sandbox", "--yes", "--transport", "http"], "over stdio"),
        (["install", "cursor", "--sandbox", "--yes", "--confirm", "maybe"], "maybe"),
        (["install", "emacs", "--sandbox"], "emacs"),
        (["uninstall", "cursor", "--yes"], "has no server 'cloudinary'"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(home: Path, args: list[str], said: str) -> None:
    done = run(*args)
    assert done.exit_code == 2
    assert said in done.output
    assert list(home.iterdir()) == []


def test_credentials_that_the_cloud_refuses_are_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDINARY_URL", f"{URL}?upload_prefix=http://127.0.0.1:9")
    done = run("install", "cursor", "--yes", "--config-file", str(tmp_path / "mcp.json"))
    assert done.exit_code == 2
    assert "Nothing was changed" in done.output
    assert SECRET not in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_another_program_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text("{}")
    edit = with_entry(HOSTS["cursor"], path, "cloudinary", Launch("x", (), {}).entry())
    path.write_text('{"newer": true}')
    with pytest.raises(ConfigError, match="changed by another program"):
        edit.write()
    assert path.read_text() == '{"newer": true}'


def test_a_file_behind_a_link_is_changed_where_it_lies(home: Path) -> None:
    real = home / "dotfiles.json"
    real.write_text("{}")
    link = HOSTS["cursor"].config_file()
    link.parent.mkdir()
    link.symlink_to(real)
    assert run("install", "cursor", "--sandbox", "--yes").exit_code == 0
    assert link.is_symlink()
    assert "cloudinary" in servers(real, "mcpServers")


def test_an_installation_that_uvx_made_is_started_through_uvx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/home/me/.cache/uv/archive-v0/abc")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    made = launch.this_installation(["serve"], {})
    assert made.command == "/usr/bin/uvx"
    assert made.args[0].startswith("cloudinary-mcp==")


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("darwin", "Library/Application Support/Claude/claude_desktop_config.json"),
        ("linux", ".config/Claude/claude_desktop_config.json"),
        ("win32", "AppData/Roaming/Claude/claude_desktop_config.json"),
    ],
)
def test_claude_desktop_keeps_its_file_elsewhere_on_each_system(home: Path, platform: str, place: str) -> None:
    assert HOSTS["claude-desktop"].config_file(home, platform) == home / place


async def test_the_installed_entry_starts_a_server(home: Path, tmp_path: Path) -> None:
    run("install", "claude-desktop", "--sandbox", "--yes", "--no-receiver", "--data-dir", str(tmp_path / "data"))
    entry = servers(HOSTS["claude-desktop"].config_file(), "mcpServers")["cloudinary"]
    env = {"PATH": "/nowhere", "HOME": str(home)}
    async with Client(StdioServerParameters(command=entry["command"], args=entry["args"], env=env)) as client:
        usage = await client.call_tool("get_usage", {})
    assert usage.structured_content is not None
    assert usage.structured_content["cloud"] == "sandbox"


@pytest.fixture
def stored() -> Iterator[dict[tuple[str, str], str]]:
    """A keyring in memory, by service and name."""
    import keyring
    from keyring.backend import KeyringBackend

    kept: dict[tuple[str, str], str] = {}

    class InMemory(KeyringBackend):
        priority = 1.0  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride, reportUnannotatedClassAttribute]

        def get_password(self, service: str, username: str) -> str | None:
            return kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    yield kept
    keyring.set_keyring(before)


@needs_keyring
def test_the_keyring_holds_the_credentials_instead_of_the_file(
    home: Path, stored: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cloudinary_mcp.run import clouds_of

    monkeypatch.setenv("CLOUDINARY_URL", URL)
    done = run("install", "cursor", "--yes", "--keyring")
    assert done.exit_code == 0, done.output
    path = HOSTS["cursor"].config_file()
    assert SECRET not in path.read_text() + done.output
    env = servers(path, "mcpServers")["cloudinary"]["env"]
    found = clouds_of(settings_for(home), env)
    assert found.configs["shop"].secret == SECRET
    assert run("uninstall", "cursor", "--yes").exit_code == 0
    assert stored == {}
    assert "has no CLOUDINARY_URL under 'cloudinary'" in (clouds_of(settings_for(home), env).problem or "")


def test_a_missing_keyring_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from cloudinary_mcp import keyring_store

    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match=r"cloudinary-mcp\[keyring\]"):
        keyring_store.load("cloudinary")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(home: Path) -> None:
    folder = home / "locked"
    folder.mkdir(mode=0o500)
    done = run("install", "cursor", "--sandbox", "--yes", "--config-file", str(folder / "x" / "mcp.json"))
    assert done.exit_code == 2
    assert "cannot be written" in done.output
