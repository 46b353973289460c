"""`cloudinary-mcp demo`: a session as an assistant would play it, on real photographs, each step checked.

It starts the server with the embedded sandbox as a real subprocess over stdio and talks to it with a real MCP client.
"""

import base64
import json
import mimetypes
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, ImageContent, TextContent
from rich.console import Console
from rich.markup import escape

from cloudinary_sandbox.core.sample_media import sample_media

SHOWN_LINES = 14
BULK = 5
"""Photographs in the sample folder."""
PHOTOS = {"astronaut": "portrait", "cat": "animal", "coffee": "food", "rocket": "space"}


class StepFailedError(Exception):
    """A step did not come out as it should."""


class DemoSession:
    """A session with the server in which each step is printed and checked.

    `steps` counts those that came out as they should.
    """

    def __init__(self, client: Client, console: Console) -> None:
        self._client = client
        self._console = console
        self.steps = 0

    def scene(self, title: str) -> None:
        """Print a heading: what the person asks for."""
        self._console.print(f"\n[bold cyan]{escape(title)}[/]")

    async def call(self, tool: str, check: Callable[[Any], bool], *, fails: bool = False, **arguments: Any) -> Any:
        """Call a tool, print both sides, and return the structured content, or an error's text where it `fails`.

        `check` is given what is returned; `StepFailedError` when it says no, or when the call failed unexpectedly.
        """
        sent = json.dumps(arguments, ensure_ascii=False)
        self._console.print(f"[yellow]assistant →[/] [bold]{tool}[/] {escape(sent)}")
        result = await self._client.call_tool(tool, arguments, progress_callback=self._progress)
        text = _text(result)
        self.show(text)
        seen: Any = text if fails else result.structured_content or result
        if bool(result.is_error) != fails or not check(seen):
            raise StepFailedError(f"{tool} {sent} answered: {text}")
        self.steps += 1
        self._console.print("  [green]✓ as expected[/]")
        return seen

    def show(self, text: str) -> None:
        """Print the first lines of an answer."""
        lines = text.splitlines()
        for line in lines[:SHOWN_LINES]:
            self._console.print(f"  [dim]│[/] {escape(line)}")
        if len(lines) > SHOWN_LINES:
            self._console.print(f"  [dim]│ … {len(lines) - SHOWN_LINES} more lines[/]")

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        share = f"{progress / total:4.0%} " if total else ""
        self._console.print(f"  [dim]… {share}{escape(message or '')}[/]")

    def notification(self, text: str) -> None:
        """Print what the server told without being asked, and count it as a step."""
        self.steps += 1
        self._console.print(f"[magenta]← notification[/] {escape(text)}")

    async def picture(self, path: Path, tool: str, **arguments: Any) -> None:
        """Call a tool that answers with a picture, and write it to `path` with the suffix of its format."""
        result = await self.call(tool, lambda seen: bool(_pictures(seen)), **arguments)
        (picture,) = _pictures(result)
        file = path.with_suffix(mimetypes.guess_extension(picture.mime_type) or ".bin")
        file.write_bytes(base64.b64decode(picture.data))
        self._console.print(f"  [dim]the picture is in {escape(str(file))}[/]")


def _pictures(result: Any) -> list[ImageContent]:
    return [block for block in getattr(result, "content", ()) if isinstance(block, ImageContent)]


def _text(result: CallToolResult) -> str:
    parts = [block.text for block in result.content if isinstance(block, TextContent)]
    parts += [f"[picture {block.mime_type}]" for block in result.content if isinstance(block, ImageContent)]
    return "\n".join(parts)


async def play(out: Path | None) -> bool:
    """Play the session; False when a step came out wrong. Pictures go to `out`, a new folder by default."""
    console = Console(highlight=False, soft_wrap=True)
    folder = out or Path(tempfile.mkdtemp(prefix="cloudinary-mcp-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cloudinary-mcp-") as data_dir:
        command = ["-m", "cloudinary_mcp", "serve", "--sandbox", "--toolsets", "all", "--data-dir", data_dir]
        console.print(f"[dim]Starting: python {' '.join(command)}[/]")
        async with Client(StdioServerParameters(command=sys.executable, args=command)) as client:
            stage = DemoSession(client, console)
            try:
                await _session(stage, client, folder)
            except StepFailedError as error:
                console.print(f"[bold red]✗ {escape(str(error))}[/]")
                return False
    console.print(f"\n[bold green]All {stage.steps} steps came out as they should.[/]")
    return True


async def _session(stage: DemoSession, client: Client, folder: Path) -> None:
    tools = (await client.list_tools()).tools
    stage.scene(f"The server offers {len(tools)} tools: {', '.join(tool.name for tool in tools)}")
    await stage.call("get_usage", lambda seen: seen["cloud"] == "sandbox")
    await _upload(stage)
    await _look(stage)
    await _change(stage)
    await _deliver(stage, folder)
    await _notified(stage, client)
    await _in_bulk(stage)
    await _guided(stage, client)
    await _delete(stage)


async def _upload(stage: DemoSession) -> None:
    stage.scene('"Put these photographs into the spring campaign."')
    async with sample_media() as samples:
        for name, tag in PHOTOS.items():
            await stage.call(
                "upload_asset",
                lambda seen, name=name: seen["public_id"] == f"spring/{name}" and seen["width"] > 100,
                source=str(samples / f"{name}.jpg"),
                public_id=f"spring/{name}",
                asset_folder="campaigns/spring",
                tags=["spring", tag],
            )


async def _look(stage: DemoSession) -> None:
    stage.scene('"What is in there?"')
    await stage.call("list_folders", lambda seen: "campaigns/spring" in seen["folders"], depth=2)
    await stage.call("list_assets", lambda seen: seen["count"] == len(PHOTOS), prefix="spring/")
    await stage.call("get_asset", lambda seen: len(seen["colors"]) == 5, public_id="spring/coffee", include=["colors"])


async def _change(stage: DemoSession) -> None:
    stage.scene('"The coffee is approved for the menu; give it an alternative text."')
    await stage.call(
        "update_asset",
        lambda seen: "menu" in seen["changed"]["tags"]["after"],
        public_id="spring/coffee",
        add_tags=["menu", "approved"],
        context={"alt": "A cup of coffee on a wooden table"},
    )
    stage.scene('"And the tea?"')
    await stage.call("get_asset", lambda seen: "spring/tea" in seen, fails=True, public_id="spring/tea")


async def _deliver(stage: DemoSession, folder: Path) -> None:
    stage.scene('"Make a square thumbnail, a banner and a grey one of the cat. Let me see."')
    variants = {
        "thumbnail": {"crop": "thumb", "gravity": "auto", "width": 200, "height": 200, "radius": 20},
        "banner": {"crop": "fill", "width": 600, "height": 200},
        "grey": [{"crop": "scale", "width": 300}, {"effect": "grayscale"}],
    }
    built = await stage.call(
        "build_url",
        lambda seen: len(seen["urls"]) == len(variants),
        public_id="spring/cat",
        variants=[{"name": name, "transformation": steps} for name, steps in variants.items()],
    )
    await stage.call(
        "build_url", lambda seen: "did you mean 'fill'" in seen, fails=True, public_id="spring/cat",
        transformation={"crop": "fil", "width": 300},
    )  # fmt: skip
    await stage.picture(
        folder / "thumbnail", "preview_asset", public_id="spring/cat", transformation=variants["thumbnail"]
    )
    await stage.picture(folder / "contact-sheet", "preview_asset", public_ids=[entry["url"] for entry in built["urls"]])


async def _notified(stage: DemoSession, client: Client) -> None:
    stage.scene('"Upload the deep field too, and tell me when Cloudinary has it."')
    async with client.listen(resource_subscriptions=["cloudinary://notifications"]) as changes, sample_media() as media:
        await stage.call(
            "upload_asset", lambda seen: seen["public_id"] == "spring/hubble", source=str(media / "hubble.jpg"),
            public_id="spring/hubble", tags=["space"],
        )  # fmt: skip
        with anyio.fail_after(5):
            async for change in changes:
                stage.notification(
                    f"the resource {getattr(change, 'uri', change)} changed: Cloudinary's signed webhook came"
                )
                break
    await stage.call(
        "wait_for_notification", lambda seen: seen["notification"]["public_ids"] == ["spring/hubble"],
        type="upload", public_id="spring/hubble",
    )  # fmt: skip


async def _in_bulk(stage: DemoSession) -> None:
    stage.scene('"Upload the whole folder, then tag what is new for the summer campaign instead."')
    async with sample_media() as samples:
        await stage.call(
            "upload_assets", lambda seen: seen["uploaded"] == BULK, sources=[str(samples / "*.jpg")], folder="inbox",
            tags=["new"],
        )  # fmt: skip
    plan = await stage.call("edit_assets", lambda seen: seen["count"] == BULK, tag="new", tags=["summer"])
    await stage.call("edit_assets", lambda _: True, confirm=True, plan_id=plan["plan_id"])
    await stage.call("search_assets", lambda seen: seen["total_count"] == BULK, filters={"tags": ["summer"]})


async def _guided(stage: DemoSession, client: Client) -> None:
    stage.scene("The user picks the prompt organise_folder; this is what the assistant is told:")
    prompt = await client.get_prompt("organise_folder", {"folder": "inbox"})
    stage.show("\n".join(m.content.text for m in prompt.messages if isinstance(m.content, TextContent)))
    await stage.call("list_assets", lambda seen: seen["count"] == BULK, folder="inbox", fields=["tags"])
    await stage.call("create_folder", lambda seen: seen["path"] == "inbox/space", path="inbox/space")
    await stage.call(
        "edit_assets", lambda _: True, public_ids=["inbox/hubble", "inbox/rocket"], add_tags=["space"],
        move_to="inbox/space",
    )  # fmt: skip
    await stage.call("list_assets", lambda seen: seen["count"] == 2, folder="inbox/space", fields=["tags"])


async def _delete(stage: DemoSession) -> None:
    stage.scene('"Delete the space pictures, but show me first."')
    plan = await stage.call("delete_assets", lambda seen: seen["count"] == 4 and seen["plan_id"], tag="space")
    await stage.call("delete_assets", lambda seen: seen["deleted"] == 4, confirm=True, plan_id=plan["plan_id"])
    await stage.call("list_assets", lambda seen: seen["count"] == len(PHOTOS) - 1, prefix="spring/")
