"""The command line and the environment: each setting both ways, several clouds, what is offered, what is wrong."""

import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import httpx
import pytest
from click.testing import CliRunner, Result
from mcp import Client
from pydantic import SecretStr

from cloudinary_mcp import run as running
from cloudinary_mcp.cli import flag, main
from cloudinary_mcp.protocol.server import CloudinaryServer
from cloudinary_mcp.protocol.tool_list import offered_tools
from cloudinary_mcp.settings import PREFIX, Clouds, Settings
from cloudinary_tools.client import CloudinaryClient
from cloudinary_tools.config import CloudConfig
from cloudinary_tools.toolkit.registry import TOOLSETS
from tests.support import both_eras, no_sleep, settings_for, text_of

SECRET = "s3cr3t-of-the-test"
ONE = {"CLOUDINARY_URL": f"cloudinary://1:{SECRET}@demo"}
TWO = {"CLOUDINARY_URL_SHOP": f"cloudinary://1:{SECRET}@shop-1", "CLOUDINARY_URL_BLOG": f"cloudinary://2:{SECRET}@b"}


class Started:
    """What `serve` was started with, instead of serving."""

    settings: Settings | None = None
    environ: Mapping[str, str]
    sandbox: bool

    async def __call__(self, settings: Settings, environ: Mapping[str, str], sandbox: bool) -> None:
        self.settings, self.environ, self.sandbox = settings, environ, sandbox


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """`serve` over stdio only notes how it was started."""
    noted = Started()
    monkeypatch.setattr(running, "serve_stdio", noted)
    return noted


def run(*args: str, **env: str) -> Result:
    return CliRunner().invoke(main, args, env=env)


def sample(name: str) -> tuple[list[str], str, Any]:
    """A value of a setting that is not its default: as it comes out, as text for each flag, as text of the variable."""
    entry = Settings.model_fields[name]
    made: Any
    kinds = [arm for arm in get_args(entry.annotation) if arm is not type(None)]
    if entry.annotation is bool:
        return [], "true", True
    if get_origin(entry.annotation) is Literal or (kinds and get_origin(kinds[0]) is Literal):
        choices = kinds if get_origin(entry.annotation) is Literal else get_args(kinds[0])
        value = next(choice for choice in choices if choice != entry.default)
        return [value], value, value
    if get_origin(entry.annotation) is list:
        made = kinds[0]
        joined = ":" if made is Path else ","
        return ["/one", "/two"], joined.join(["/one", "/two"]), [made("/one"), made("/two")]
    made = kinds[0] if kinds else entry.annotation
    assert made is not None
    if made in (int, float):
        assert isinstance(entry.default, int | float)
        value = made(entry.default + 1)
        return [str(value)], str(value), value
    return ["/one"], "/one", made("/one")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_setting_has_a_flag_and_a_variable(started: Started, name: str) -> None:
    words, text, expected = sample(name)
    assert run("serve", **{PREFIX + name.upper(): text}).exit_code == 0
    assert getattr(started.settings, name) == expected
    flags = [part for word in words for part in (flag(name), word)] or [flag(name)]
    assert run("serve", *flags).exit_code == 0
    assert getattr(started.settings, name) == expected


def test_a_flag_wins_over_the_variable(started: Started) -> None:
    assert run("serve", "--confirm", "flag", CLOUDINARY_MCP_CONFIRM="human").exit_code == 0
    assert started.settings is not None
    assert started.settings.confirm == "flag"


def test_without_a_command_it_serves(started: Started) -> None:
    assert run("--read-only", "--sandbox").exit_code == 0
    assert started.settings is not None
    assert (started.settings.read_only, started.sandbox) == (True, True)
    assert run().exit_code == 0
    assert (started.settings.read_only, started.sandbox) == (False, False)


def test_folders_of_the_home_are_meant_by_a_tilde(started: Started) -> None:
    assert run("--allow-dir", "~/pictures", "--data-dir", "~/data").exit_code == 0
    assert started.settings is not None
    assert started.settings.allow_dir == [Path.home() / "pictures"]
    assert started.settings.data_dir == Path.home() / "data"


@pytest.mark.parametrize(
    ("variable", "value", "flag_name"),
    [
        ("CLOUDINARY_MCP_TIMEOUT", "soon", "--timeout"),
        ("CLOUDINARY_MCP_PORT", "70000", "--port"),
        ("CLOUDINARY_MCP_CONFIRM", "never", "--confirm"),
        ("CLOUDINARY_MCP_CALL_SECONDS", "1", "--call-seconds"),
        ("CLOUDINARY_MCP_READ_ONLY", "perhaps", "--read-only"),
        ("CLOUDINARY_MCP_REGION", "mars", "--region"),
    ],
)
def test_a_wrong_value_ends_it_with_one_line_that_names_flag_and_variable(
    started: Started, variable: str, value: str, flag_name: str
) -> None:
    result = run("serve", **{variable: value})
    assert result.exit_code == 2
    last = result.output.rstrip().splitlines()[-1]
    assert flag_name in last
    assert variable in last
    assert started.settings is None


def test_an_empty_value_is_none_given_not_the_present_folder(started: Started) -> None:
    empty = {PREFIX + name.upper(): "" for name in Settings.model_fields}
    assert run("serve", **empty).exit_code == 0
    given: dict[str, Any] = {}
    assert started.settings == Settings(**given)
    assert run("serve", "--download-dir", "", "--data-dir", "", "--allow-dir", "", "--allow-dir", "/one").exit_code == 0
    assert started.settings is not None
    assert started.settings.download_dir is None
    assert started.settings.data_dir == Settings(**given).data_dir
    assert started.settings.allow_dir == [Path("/one")]


def test_debugging_shows_our_own_log_only() -> None:
    """Others write URLs, chunks and whole rows below WARNING, and those hold secrets."""
    look = (
        "import logging; from cloudinary_mcp.cli import quiet_logs; quiet_logs('DEBUG');"
        "names = ('httpx', 'aiosqlite', 'sse_starlette.sse', 'mcp', 'PIL.Image');"
        "names += ('cloudinary_mcp.notifications.service',);"
        "raise SystemExit(','.join(n for n in names if logging.getLogger(n).isEnabledFor(logging.INFO)))"
    )
    shown = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=30, check=False)
    assert shown.stderr.strip() == "cloudinary_mcp.notifications.service"


def test_settings_keep_the_token_to_themselves(started: Started) -> None:
    assert run("serve", "--token", SECRET, "--webhook-secret", SECRET).exit_code == 0
    assert started.settings is not None
    assert started.settings.token == SecretStr(SECRET)
    assert SECRET not in repr(started.settings) + str(started.settings.model_dump())


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--toolsets", "assets,uplaod"], "did you mean 'upload'?"),
        (["--tools", "get_aset"], "did you mean 'get_asset'?"),
        (["--toolsets", "xyz"], "Use default, all or assets"),
        (["--tools", "xyz"], "The tools are list_assets"),
        (["--toolsets", "upload", "--tools", "get_asset"], "--toolsets upload,assets"),
        (["--read-only-clouds", "shop"], "the clouds are demo"),
    ],
)
def test_a_name_that_does_not_exist_is_a_usage_error_with_the_nearest(
    tmp_path: Path, args: list[str], said: str
) -> None:
    result = run("serve", "--data-dir", str(tmp_path), *args, **ONE)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--fault", '{"path"'], "is no JSON object"),
        (["--fault", '{"action": "explode"}'], "Unknown action"),
        (["--port", "1000000"], "not in the range"),
        (["--data-dir", "/dev/null/folder"], "cannot be written"),
    ],
)
def test_a_sandbox_that_cannot_start_says_why(tmp_path: Path, args: list[str], said: str) -> None:
    result = run("sandbox", "--data-dir", str(tmp_path), *args)
    assert result.exit_code == 2
    assert said in result.output


def test_a_sandbox_whose_port_is_taken_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("sandbox", "--data-dir", str(tmp_path), "--port", str(port))
    assert result.exit_code == 2
    assert f"port {port} cannot be listened on" in result.output


@pytest.mark.parametrize("command", [["sandbox"], ["serve", "--sandbox"]])
def test_a_sandbox_whose_data_is_damaged_says_so_in_a_line(tmp_path: Path, command: list[str]) -> None:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    (folder / "cloud.sqlite").write_bytes(b"no database" * 500)
    result = run(*command, "--data-dir", str(tmp_path))
    assert result.exit_code == 2
    assert f"the sandbox's data in {folder} cannot be used" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("options", [[], ["--sandbox"]])
def test_an_http_address_that_is_taken_ends_it_with_a_line(tmp_path: Path, options: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("serve", *options, "--transport", "http", "--port", port, "--data-dir", str(tmp_path), **ONE)
    assert result.exit_code == 2
    assert f"Error: 127.0.0.1:{port} cannot be listened on: Address already in use" in result.output


def names(tmp_path: Path, **settings: Any) -> set[str]:
    return set(offered_tools(settings_for(tmp_path, **settings), ["demo"]))


def test_toolsets_tools_and_read_only_each_only_narrow(tmp_path: Path) -> None:
    everything = names(tmp_path, toolsets=["all"])
    default = names(tmp_path, toolsets=["default"])
    reading = names(tmp_path, toolsets=["all"], read_only=True)
    assert default < everything
    assert reading < everything
    assert {"upload_asset", "delete_assets", "update_asset", "create_folder"} & reading == set()
    assert names(tmp_path, toolsets=["default"], read_only=True) == default & reading
    two = ["get_asset", "delete_assets"]
    assert names(tmp_path, tools=two) == {*two, "undo_changes"}  # what changes anything can be undone
    assert names(tmp_path, tools=two, read_only=True) == {"get_asset"}
    assert names(tmp_path, toolsets=["assets"], tools=two) == {*two, "undo_changes"}
    by_toolset = [names(tmp_path, toolsets=[toolset]) for toolset in TOOLSETS]
    assert set().union(*by_toolset) == everything
    assert sum(len(tools - {"undo_changes"}) for tools in by_toolset) == len(everything - {"undo_changes"})


def server(tmp_path: Path, environ: Mapping[str, str], **settings: Any) -> tuple[CloudinaryServer, list[str]]:
    """A server on clouds that take everything, and the paths they were called at."""
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return httpx.Response(200, json={"success": True, "path": "new", "name": "new", "folders": []})

    def make(config: CloudConfig) -> CloudinaryClient:
        return CloudinaryClient(config, transport=httpx.MockTransport(answer), sleep=no_sleep)

    return CloudinaryServer(settings_for(tmp_path, **settings), Clouds.from_environment(environ), make=make), paths


@both_eras
async def test_with_several_clouds_each_call_has_to_say_which(tmp_path: Path, era: Any) -> None:
    served, paths = server(tmp_path, TWO, toolsets=["assets", "upload", "folders", "account"])
    async with Client(served, mode=era) as client:
        for tool in (await client.list_tools()).tools:
            assert tool.input_schema["properties"]["cloud"]["enum"] == ["blog", "shop"], tool.name
            assert "cloud" in tool.input_schema["required"], tool.name
        silent = await client.call_tool("create_folder", {"path": "new"})
        assert silent.is_error
        assert "blog, shop" in text_of(silent)
        unknown = await client.call_tool("create_folder", {"path": "new", "cloud": "shed"})
        assert unknown.is_error
        assert "blog, shop" in text_of(unknown)
        assert paths == []
        done = await client.call_tool("create_folder", {"path": "new", "cloud": "shop"})
        assert not done.is_error, text_of(done)
        assert {path.split("/")[2] for path in paths} == {"shop-1"}


@both_eras
async def test_with_one_cloud_no_tool_asks_which(tmp_path: Path, era: Any) -> None:
    served, paths = server(tmp_path, ONE, toolsets=["default"])
    async with Client(served, mode=era) as client:
        for tool in (await client.list_tools()).tools:
            assert "cloud" not in tool.input_schema.get("properties", {}), tool.name
        done = await client.call_tool("create_folder", {"path": "new"})
        assert not done.is_error, text_of(done)
        assert {path.split("/")[2] for path in paths} == {"demo"}


@both_eras
async def test_a_protected_cloud_is_read_and_not_changed(tmp_path: Path, era: Any) -> None:
    served, paths = server(tmp_path, TWO, read_only_clouds=["shop"])
    async with Client(served, mode=era) as client:
        assert "create_folder" in {tool.name for tool in (await client.list_tools()).tools}
        refused = await client.call_tool("create_folder", {"path": "new", "cloud": "shop"})
        assert refused.is_error
        assert "read-only" in text_of(refused)
        assert "nothing was changed" in text_of(refused)
        assert paths == []
        assert not (await client.call_tool("list_folders", {"cloud": "shop"})).is_error
        assert not (await client.call_tool("create_folder", {"path": "new", "cloud": "blog"})).is_error


async def test_when_every_cloud_is_protected_tools_that_change_do_not_exist(tmp_path: Path) -> None:
    served, _ = server(tmp_path, ONE, read_only_clouds=["demo"])
    async with Client(served) as client:
        tools = (await client.list_tools()).tools
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        gone = await client.call_tool("create_folder", {"path": "new"})
        assert gone.is_error
        assert "There is no tool 'create_folder'" in text_of(gone)


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "missing": ({}, "cloudinary://API_KEY:API_SECRET@CLOUD_NAME"),
    "without a scheme": ({"CLOUDINARY_URL": f"1:{SECRET}@demo"}, "cloudinary://"),
    "an option that is none": ({"CLOUDINARY_URL": f"cloudinary://1:{SECRET}@demo?secrue=true"}, "secrue"),
    "one of several": ({**TWO, "CLOUDINARY_URL_SHED": f"cloudinary://1:{SECRET}@"}, "CLOUDINARY_URL_SHED"),
    "the same name twice": ({**ONE, "CLOUDINARY_URL_DEMO": f"cloudinary://2:{SECRET}@other"}, "same"),
    "no secret": ({"CLOUDINARY_CLOUD_NAME": "demo", "CLOUDINARY_API_KEY": "1"}, "CLOUDINARY_API_SECRET is not"),
    "no cloud name": ({"CLOUDINARY_API_KEY": "1", "CLOUDINARY_API_SECRET": SECRET}, "CLOUDINARY_CLOUD_NAME"),
    "two different clouds": (
        {**ONE, "CLOUDINARY_CLOUD_NAME": "b", "CLOUDINARY_API_KEY": "1", "CLOUDINARY_API_SECRET": SECRET},
        "set only one",
    ),
    "two different keys": (
        {**ONE, "CLOUDINARY_CLOUD_NAME": "demo", "CLOUDINARY_API_KEY": "2", "CLOUDINARY_API_SECRET": SECRET},
        "CLOUDINARY_URL and CLOUDINARY_API_KEY name different clouds, keys or secrets; set only one",
    ),
    "another cloud's name alone": ({**ONE, "CLOUDINARY_CLOUD_NAME": "b"}, "CLOUDINARY_CLOUD_NAME name different"),
    "another secret alone": ({**ONE, "CLOUDINARY_API_SECRET": f"new-{SECRET}"}, "CLOUDINARY_API_SECRET name different"),
}


@both_eras
@pytest.mark.parametrize("case", WRONG)
async def test_with_credentials_that_are_wrong_tools_are_listed_and_a_call_says_what_to_do(
    tmp_path: Path, era: Any, case: str
) -> None:
    environ, said = WRONG[case]
    served, paths = server(tmp_path, environ)
    async with Client(served, mode=era) as client:
        assert "get_usage" in {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("get_usage", {})
    assert result.is_error
    assert said in text_of(result)
    assert SECRET not in text_of(result)
    assert paths == []


@pytest.mark.parametrize(
    ("environ", "host"),
    [
        (ONE, "https://api.cloudinary.com"),
        ({**ONE, "CLOUDINARY_MCP_REGION": "api-eu"}, "https://api-eu.cloudinary.com"),
        (
            {"CLOUDINARY_URL": ONE["CLOUDINARY_URL"] + "?upload_prefix=https://api-ap.cloudinary.com"},
            "https://api-ap.cl",
        ),
        (
            {"CLOUDINARY_CLOUD_NAME": "Demo", "CLOUDINARY_API_KEY": "1", "CLOUDINARY_API_SECRET": SECRET},
            "https://api.cloudinary.com",
        ),
        ({**ONE, "CLOUDINARY_CLOUD_NAME": "demo"}, "https://api.cloudinary.com"),
    ],
)
def test_the_same_cloud_is_set_in_any_usual_way(environ: dict[str, str], host: str) -> None:
    clouds = Clouds.from_environment(environ, environ.get("CLOUDINARY_MCP_REGION"))
    assert (clouds.problem, clouds.names) == (None, ["demo"])
    assert clouds.configs["demo"].upload_prefix.startswith(host)
    assert SECRET not in repr(clouds)
