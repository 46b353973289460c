"""Fit a prompt to the tools that are on: substitutes for steps whose tools are off, and the flag that adds them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cloudinary_mcp.protocol.prompts.model import PromptDefinition, PromptStep
from cloudinary_tools.toolkit.definitions import Definition, load
from cloudinary_tools.toolkit.registry import TOOLSETS


@dataclass(frozen=True, slots=True)
class Availability:
    """The tools that a server offers; `read_only` when those that change something are left out."""

    offered: Mapping[str, Definition]
    read_only: bool

    def choose(self, step: PromptStep) -> PromptStep | None:
        """The step or the first of its substitutes whose tools are all there."""
        candidate: PromptStep | None = step
        while candidate and any(call.tool not in self.offered for call in candidate.calls):
            candidate = candidate.otherwise
        return candidate

    def pointless(self, prompt: PromptDefinition) -> bool:
        """Whether an essential step of the prompt cannot be taken."""
        return any(step.essential and self.choose(step) is None for step in prompt.steps)

    def missing(self, steps: Iterable[PromptStep]) -> list[Definition]:
        """The tools that the steps would use first, and that are off."""
        wanted = dict.fromkeys(call.tool for step in steps for call in step.calls)
        return [definition for definition in load() if definition["name"] in wanted.keys() - self.offered.keys()]

    def remark(self, steps: Iterable[PromptStep]) -> str:
        """What the steps cannot do here and why, or nothing."""
        missing = self.missing(steps)
        lines: list[str] = []
        if self.read_only and any(definition["kind"] != "read" for definition in missing):
            lines.append("This server is read-only: where something would be changed, tell me what, and stop there.")
        toolsets = {
            definition["toolset"] for definition in missing if definition["kind"] == "read" or not self.read_only
        }
        if more := toolsets - set(self._on()):
            lines.append(f"The server can do more of this when it is started with {self.flag(more)}.")
        return "\n".join(lines)

    def flag(self, more: Iterable[str]) -> str:
        """The flag that switches these toolsets on beside those that are."""
        on = self._on()
        default = [toolset.name for toolset in TOOLSETS.values() if toolset.default]
        words = ["default", *(name for name in on if name not in default)] if set(default) <= set(on) else on
        return f"--toolsets {','.join(dict.fromkeys([*words, *(name for name in TOOLSETS if name in more)]))}"

    def _on(self) -> list[str]:
        """The toolsets that are on. A default one that only changes things leaves no trace on a read-only server."""
        seen = {definition["toolset"] for definition in self.offered.values()}
        if self.read_only:
            reading = {definition["toolset"] for definition in load() if definition["kind"] == "read"}
            seen |= {toolset.name for toolset in TOOLSETS.values() if toolset.default} - reading
        return [name for name in TOOLSETS if name in seen]
