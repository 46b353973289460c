"""Generate what the README says about tools and settings from the code: `python -m cloudinary_mcp.docs`.

The README holds pairs of markers, `<!-- name -->` … `<!-- /name -->`; what stands between them is written here.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from cloudinary_mcp.cli import flag
from cloudinary_mcp.settings import PREFIX, Settings
from cloudinary_tools.json_types import is_list
from cloudinary_tools.toolkit import definitions
from cloudinary_tools.toolkit.registry import TOOLSETS

README = Path(__file__).parents[2] / "README.md"


def tool_rows() -> Iterator[str]:
    """One row for each tool, by toolset."""
    yield "| toolset | tool | does | what it is |"
    yield "|---|---|---|---|"
    for name, toolset in TOOLSETS.items():
        for definition in definitions.load():
            if definition["toolset"] == name:
                shown = f"`{name}`" if toolset.default else f"`{name}` (opt-in)"
                yield f"| {shown} | `{definition['name']}` | {definition['kind']} | {definition['description']} |"


def setting_rows() -> Iterator[str]:
    """One row for each setting: flag, variable, default, meaning."""
    yield "| flag | variable | default | meaning |"
    yield "|---|---|---|---|"
    for name, entry in Settings.model_fields.items():
        default = entry.get_default(call_default_factory=False)
        match default:
            case None | [] | False:
                shown = ""
            case _ if is_list(default):
                shown = f"`{','.join(map(str, default))}`"
            case _:
                shown = f"`{default}`"
        if name == "data_dir":
            shown = "the user's data folder"
        yield f"| `{flag(name)}` | `{PREFIX}{name.upper()}` | {shown} | {entry.description} |"


SECTIONS = {"tools": tool_rows, "settings": setting_rows}


def with_tables(text: str) -> str:
    """The README with its generated sections brought up to date; `ValueError` when one has lost its markers."""
    for name, rows in SECTIONS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        table = "\n".join(rows())
        text, count = pattern.subn(lambda match, table=table: f"{match[1]}{table}\n{match[2]}", text)
        if count != 1:
            raise ValueError(f"the README has no section {name}")
    return text


def main() -> None:
    """Write the definitions of the tools and the README's sections."""
    definitions.write()
    definitions.load.cache_clear()
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
