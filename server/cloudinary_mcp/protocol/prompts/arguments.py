"""Check the arguments of a `prompts/get` request: their values, and what is wrong with them, in words."""

from collections.abc import Mapping

from cloudinary_mcp.protocol.prompts.model import Argument, Given, PromptDefinition
from cloudinary_mcp.protocol.prompts.rendering import quoted
from cloudinary_tools.suggestions import did_you_mean
from cloudinary_tools.toolkit.results import plural

MAX_ARGUMENT = 4000
"""Characters of one argument: it is repeated to the model as it is."""
MAX_SHOWN = 160
"""Characters that are shown of an argument that does not fit."""
MAX_FAULTS = 4


def given_values(prompt: PromptDefinition, arguments: Mapping[str, str] | None) -> dict[str, str]:
    """The known arguments that have a value: what was given, in the spelling of the known set, else the default."""
    found: dict[str, str] = {}
    for entry in prompt.arguments:
        text = (arguments or {}).get(entry.name, "").strip()
        text = text.lower() if text.lower() in entry.values else text
        if text or entry.default:
            found[entry.name] = text or entry.default
    return found


def faults(prompt: PromptDefinition, arguments: Mapping[str, str] | None, given: Given) -> list[str]:
    """What is wrong with the arguments, in words."""
    names = [entry.name for entry in prompt.arguments]
    problems = [
        f"There is no argument {quoted(name[:MAX_SHOWN])}{did_you_mean(name, names)} ({', '.join(names)})."
        for name in list(arguments or {})
        if name not in names
    ]
    for entry in prompt.arguments:
        value = given.get(entry.name, "")
        if not value and entry.required:
            problems.append(f"{entry.name} is missing: {described(entry)}.")
        elif len(value) > MAX_ARGUMENT:
            problems.append(f"{entry.name} has {plural(len(value), 'character')}; at most {MAX_ARGUMENT} go here.")
        elif value and entry.values and value not in entry.values:
            shown = quoted(value[:MAX_SHOWN])
            problems.append(f"{entry.name} cannot be {shown}{did_you_mean(value, entry.values)}; {_choices(entry)}.")
    return problems[:MAX_FAULTS]


def _choices(entry: Argument) -> str:
    return f"one of {', '.join(entry.values)}"


def described(entry: Argument) -> str:
    """What an argument is, what it takes, and what holds without it."""
    text = f"{entry.description}: {_choices(entry)}" if entry.values else entry.description
    return f"{text} (default {entry.default})" if entry.default else text
