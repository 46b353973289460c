"""A prompt as data: its arguments, and steps made of a text and of the tool calls that the text shows.

Calls are data and not prose, so that a test can make the very calls that a prompt names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

CompletionKind = Literal[
    "public_id", "video", "folder", "tag", "preset", "named_transformation", "notification_type", "cloud"
]
"""What an argument's values are taken from, where only the cloud knows them. `video` is the public_id of a video."""

Given = Mapping[str, str]
"""The arguments of a request that have a value, defaults among them."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a prompt. `values` are all it takes; without them any text goes."""

    name: str
    description: str
    required: bool = False
    values: tuple[str, ...] = ()
    kind: CompletionKind | None = None
    default: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """Within a call: what is known only while the task runs, shown as `<name>`."""

    name: str
    example: Any
    """What stands for it when the prompt's example is played."""


@dataclass(frozen=True, slots=True)
class Arg:
    """Within a call: the value of an argument. Without one, what would hold it is left out."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Within a call: what the value of an argument stands for. Without an entry, what would hold it is left out."""

    argument: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PromptCall:
    """A call of a tool; its arguments are JSON values that may hold `Slot`, `Arg` and `Choice`."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class PromptStep:
    """One line of a prompt. `{0}`, `{1}` in the text are its calls, `{name}` an argument, quoted."""

    text: str
    calls: tuple[PromptCall, ...] = ()
    when: Callable[[Given], bool] | None = None
    """Whether the arguments ask for it; always by default."""
    otherwise: "PromptStep | None" = None
    """Taken when a tool of this one is off; by default the step is left out."""
    essential: bool = False
    """Without it or its substitute the prompt is pointless, and not offered."""


@dataclass(frozen=True, slots=True)
class PromptSource:
    """A resource that comes with a prompt. `{name}` in its path is an argument; without its value it is left out."""

    path: str
    """Its URI without the scheme, `usage`, and without a cloud's name."""
    title: str
    embed: bool = True
    """Its text comes along where it is short enough; otherwise a link to it."""
    tool: str | None = None
    """It is there only with this tool."""
    of_cloud: bool = False
    """With several clouds its path holds the cloud's name."""


@dataclass(frozen=True, slots=True)
class PromptDefinition:
    """A guided task. `example` holds arguments with which its calls can be made on a prepared library."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    steps: tuple[PromptStep, ...]
    example: Given
    sources: tuple[PromptSource, ...] = ()
    rule: str = ""
    """What holds throughout, where something may be changed."""
