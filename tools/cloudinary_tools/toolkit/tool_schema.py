"""From a tool's signature to its JSON schema, and from a call's raw arguments to checked values.

Validation is strict on purpose: a guess about what a model meant must never delete the wrong thing. Only harmless
differences of notation are forgiven (a number written as text, a list written as JSON text).
"""

import inspect
import json
import types
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic_core import ErrorDetails

from cloudinary_tools.json_types import is_list, is_object
from cloudinary_tools.suggestions import did_you_mean
from cloudinary_tools.toolkit.plans import PlanData, Receipt
from cloudinary_tools.toolkit.registry import Tool, ToolFunction
from cloudinary_tools.toolkit.results import Problem, ToolResult
from cloudinary_tools.toolkit.surrogates import is_text

Schema = dict[str, Any]

LITERAL_BOOLEANS = frozenset({"confirm", "all"})
"""Arguments that only a real JSON boolean switches on, never the text "true"."""

PLAN_PARAMETERS: dict[str, tuple[Any, Any]] = {
    "confirm": (bool, Field(False, description="true: do it; a selection needs plan_id")),
    "plan_id": (str | None, Field(None, description="Do what it listed")),
}

_CONFIG = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


@cache
def arguments_model(function: ToolFunction, confirms: bool = False, *, by_plan: bool = False) -> type[BaseModel]:
    """The pydantic model of a tool's arguments: everything in its signature but the context.

    With `confirms` also `confirm` and `plan_id`; `by_plan` asks for nothing else: the plan holds the rest.
    """
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {
        name: (hints[name], parameter.default)
        if parameter.default is not parameter.empty
        else (hints[name] | None, None)
        if by_plan
        else (hints[name], ...)
        for name, parameter in list(inspect.signature(function).parameters.items())[1:]
    }
    if confirms:
        fields |= PLAN_PARAMETERS
    model: type[BaseModel] = create_model(function.__name__, __config__=_CONFIG, **fields)
    return model


def input_schema(tool: Tool) -> Schema:
    """The JSON schema of a tool's arguments, without what a model does not need to choose well."""
    return _compact(arguments_model(tool.function, tool.confirms).model_json_schema())


def output_schema(tool: Tool) -> Schema | None:
    """The JSON schema of a tool's structured content; None for a tool that answers with pictures.

    A tool that plans may answer with a plan too.
    """
    if tool.pictures:
        return None
    returned = get_type_hints(tool.function)["return"]
    arms = get_args(returned) if get_origin(returned) in (Union, types.UnionType) else (returned,)
    (data,) = (get_args(arm)[0] for arm in arms if get_origin(arm) is ToolResult)
    schema = _of_data(data)
    if tool.confirms:
        schema["properties"] |= _of_data(PlanData)["properties"]
    if tool.execute:
        schema["properties"] |= _of_data(Receipt)["properties"]
    return schema


def _of_data(data: Any) -> Schema:
    return _compact(TypeAdapter(data).json_schema(mode="serialization"))


def _compact(schema: Schema) -> Schema:
    kept = {key: value for key, value in schema.items() if key not in ("title", "additionalProperties", "$defs")}
    definitions: Schema = schema.get("$defs", {})
    return _slim(kept, definitions)


def _slim(node: Any, definitions: Schema) -> Any:
    """Drop titles, null arms and empty defaults; put referenced definitions where they are used."""
    if is_list(node):
        return [_slim(item, definitions) for item in node]
    if not is_object(node):
        return node
    schema: Schema = dict(node)
    if "$ref" in schema:
        target = definitions[schema["$ref"].rsplit("/", 1)[1]]
        return _slim({**target, **{k: v for k, v in schema.items() if k != "$ref"}}, definitions)
    arms: list[Schema] = [arm for arm in schema.pop("anyOf", ()) if arm != {"type": "null"}]
    if len(arms) == 1:
        return _slim({**arms[0], **schema}, definitions)
    if arms:
        schema["anyOf"] = arms
    result: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            result[key] = {name: _slim(entry, definitions) for name, entry in value.items()}
        elif not _needless(key, value):
            result[key] = _slim(value, definitions)
    return result


def _needless(key: str, value: Any) -> bool:
    """What a model reads at a cost and does not need: titles, open objects, defaults that say "not given"."""
    if key == "additionalProperties":
        return isinstance(value, bool)
    return key in ("title", "$defs") or (key == "default" and not value)


def check_arguments(tool: Tool, given: Mapping[str, Any]) -> dict[str, Any]:
    """Validate a call's arguments. Every fault is named in one `Problem`; a JSON null counts as not given."""
    by_plan = tool.confirms and bool(given.get("plan_id"))
    model = arguments_model(tool.function, tool.confirms, by_plan=by_plan)
    known = model.model_fields
    values = {
        name: _forgive(known[name].annotation, value) if name in known and name not in LITERAL_BOOLEANS else value
        for name, value in given.items()
        if value is not None
    }
    if not is_text(values):
        raise Problem(
            f"{tool.name}: an argument holds half a character (an unpaired surrogate), which no text can; "
            "nothing was done.",
            hint="Correct the arguments and call again.",
        )
    try:
        checked = model.model_validate(values)
    except ValidationError as error:
        raise Problem(
            f"{tool.name}: " + "; ".join(_faults(error, known)) + ".", hint="Correct the arguments and call again."
        ) from None
    return {name: getattr(checked, name) for name in known}


def _forgive(annotation: Any, value: object) -> object:
    """Take harmless differences of notation; anything else is left for validation to refuse."""
    annotation = _plain(annotation)
    kind = get_origin(annotation) or annotation
    if isinstance(value, str):
        if kind is bool:
            return {"true": True, "false": False}.get(value, value)
        if kind in (int, float):
            return _number(value)
        if kind in (list, dict) and value[:1] in "[{":
            return _from_json(value, kind)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind is str and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if kind is list and is_list(value) and get_args(annotation):
        return [_forgive(get_args(annotation)[0], item) for item in value]
    if kind is dict and is_object(value) and len(get_args(annotation)) == 2:
        return {key: _forgive(get_args(annotation)[1], item) for key, item in value.items()}
    return value


def _plain(annotation: Any) -> Any:
    """The type behind `Annotated` and `| None`; of a real union nothing can be assumed."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        arms = [arm for arm in get_args(annotation) if arm is not type(None)]
        return _plain(arms[0]) if len(arms) == 1 else object
    return annotation


def _number(text: str) -> int | float | str:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def _from_json(text: str, kind: type) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, kind) else text


def _faults(error: ValidationError, known: Mapping[str, Any]) -> Iterable[str]:
    for fault in error.errors(include_url=False, include_input=True):
        path = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1:
            yield f"there is no argument {path!r}{did_you_mean(path, known)} (arguments: {', '.join(known)})"
        else:
            yield f"{path} {_in_words(fault)}"


def _in_words(fault: ErrorDetails) -> str:
    kind, context, value = fault["type"], fault.get("ctx", {}), fault["input"]
    shown = json.dumps(value, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= 60 else shown[:57] + "…"
    match kind:
        case "missing":
            return "is needed"
        case "literal_error":
            options = [part.strip("' ") for part in str(context["expected"]).replace(" or ", ", ").split(", ")]
            return f"cannot be {shown}{did_you_mean(str(value), options)}; use one of {', '.join(options)}"
        case "bool_type":
            return f"must be true or false, not {shown}"
        case "int_type" | "float_type":
            return f"must be a number, not {shown}"
        case "string_type":
            return f"must be text, not {shown}"
        case "list_type":
            return f'must be a list such as ["a", "b"], not {shown}'
        case "dict_type":
            return f'must be an object such as {{"key": "value"}}, not {shown}'
        case "greater_than_equal":
            return f"must be at least {context['ge']}, not {shown}"
        case "less_than_equal":
            return f"must be at most {context['le']}, not {shown}"
        case "extra_forbidden":
            return "is not known"
        case "too_short":
            return f"needs at least {context['min_length']}, not {context['actual_length']}"
        case "too_long":
            return f"takes at most {context['max_length']} entries, not {context['actual_length']}"
        case _:
            return f"is not right: {fault['msg'].removeprefix('Value error, ')} ({shown})"
