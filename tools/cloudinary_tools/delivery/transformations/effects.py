"""Effects: the name, its arguments against their ranges and sets, and prompts made safe for a URL."""

import re
from functools import lru_cache

from cloudinary_tools.delivery.transformations.effects_with_own_grammar import FREE
from cloudinary_tools.delivery.transformations.expressions import VARIABLE, expression, percent
from cloudinary_tools.delivery.transformations.faults import listing, not_in, refuse, shown, wrong_type
from cloudinary_tools.delivery.transformations.reference import Argument, Effect, reference
from cloudinary_tools.delivery.transformations.values import NUMBER, check_range, is_color
from cloudinary_tools.json_types import as_list, as_object
from cloudinary_tools.suggestions import nearest

_LIST = re.compile(r"\((.*)\)", re.DOTALL)
_GROUP = re.compile(r"\((?:[a-z]+_[^();]+)(?:;[a-z]+_[^();]+)*\)")
_REGIONS = re.compile(r"\((?:{one}|{one}(?:;{one})*)\)".format(one=r"\([a-z]_[^();]+(?:;[a-z]_[^();]+)*\)"))


def effect_name(text: str) -> str:
    """The name in front of an effect's arguments."""
    return text.partition(":")[0]


def effect(value: object) -> str:
    """`e_…` of an effect given as text, as a list (name, then arguments) or as an object with one pair."""
    if isinstance(value, str):
        return _effect(value)
    if (pairs := as_object(value)) is not None:
        if len(pairs) != 1:
            refuse(f"effect {shown(pairs)}: an object holds exactly one effect; put others in components of their own")
        return _effect(":".join(_part(item) for item in next(iter(pairs.items()))))
    if (items := as_list(value)) is not None:
        if not items:
            refuse("effect []: an empty list; give a name and its arguments, as in ['blur', 300]")
        return _effect(":".join(_part(item) for item in items))
    refuse(wrong_type("effect", value, "text such as 'blur:300', a list ['blur', 300] or an object {'blur': 300}"))


def _part(item: object) -> str:
    if isinstance(item, bool) or not isinstance(item, (str, int, float)):
        refuse(wrong_type("effect", item, "text or a number"))
    return str(item)


@lru_cache(maxsize=2048)
def _effect(text: str) -> str:
    name, colon, rest = text.partition(":")
    if name.startswith("$"):
        if not VARIABLE.fullmatch(name):
            refuse(f"effect {shown(text)}: a variable's name is $ and a letter, then letters or digits")
        return f"e_{_safe(text, text)}"
    known = reference().effects.get(name)
    if known is None:
        names = reference().effects
        close = nearest(name, names)
        guess = f"did you mean {close!r}? " if close else ""
        refuse(f"effect {shown(text)}: {guess}allowed: {listing(names)}")
    tokens = _tokens(rest) if colon else []
    if "#" in rest:
        refuse(f"effect {shown(text)}: '#' may not appear; write colours as bare digits, as in 'ff0000'")
    if colon and not all(tokens):
        refuse(f"effect {shown(text)}: an argument is empty; syntax: {known.syntax}")
    if known.style == "named":
        return _named(known, rest, text)
    if known.style == "free":
        problem = FREE[name](known, tokens)
        if problem:
            refuse(f"effect {shown(text)}: {problem}; syntax: {known.syntax}")
    elif "named_form" in known.data and "_" in rest:
        _curve(known, rest, text)
    else:
        tokens = _positional(known, tokens, text)
        rest = ":".join(tokens)
    return f"e_{name}:{_safe(rest, text)}" if rest else f"e_{name}"


def _safe(rest: str, text: str) -> str:
    if "," in rest or "/" in rest:
        refuse(f"effect {shown(text)}: ',' and '/' split the component; in a prompt write %252C and %252F")
    return percent(rest)


def _tokens(rest: str) -> list[str]:
    """Split at colons, keeping `rgb:<hex>` together."""
    tokens: list[str] = []
    for token in rest.split(":"):
        if tokens and tokens[-1] == "rgb":
            tokens[-1] = f"rgb:{token}"
        else:
            tokens.append(token)
    return tokens


def _positional(known: Effect, tokens: list[str], text: str) -> list[str]:
    if len(tokens) > len(known.args):
        most = f"at most {len(known.args)}" if known.args else "no"
        refuse(f"effect {shown(text)}: takes {most} arguments; syntax: {known.syntax}")
    for argument in known.args[len(tokens) :]:
        if argument.required:
            refuse(f"effect {shown(text)}: needs {argument.name}; syntax: {known.syntax}")
    return [_argument(known, argument, token, text) for argument, token in zip(known.args, tokens, strict=False)]


def _argument(known: Effect, argument: Argument, token: str, text: str) -> str:
    """Check one argument and return its text; a `$name` or an expression on it stands for any value."""
    label = f"{known.name} {argument.name}"
    if "$" in token:
        found = token if VARIABLE.fullmatch(token) else expression(token)
        if found is None:
            refuse(f"effect {shown(text)}: {label} {shown(token)} is not a valid expression")
        return found
    match argument.type:
        case "number" | "number_or_enum":
            if token in argument.values:
                return token
            bare = token.removesuffix(argument.suffix) if argument.suffix else token
            if not NUMBER.fullmatch(bare):
                also = f" or {listing(argument.values)}" if argument.values else ""
                refuse(wrong_type(f"effect {shown(text)}: {label}", token, f"a number{also}"))
            if argument.integer and "." in bare:
                refuse(wrong_type(f"effect {shown(text)}: {label}", token, "a whole number"))
            if bare == token:
                check_range(f"effect {shown(text)}: {label}", token, float(bare), argument.min, argument.max)
        case "enum":
            if token not in argument.values:
                refuse(not_in(f"effect {shown(text)}: {label}", token, argument.values))
        case "color":
            if not is_color(token, bare=True):
                refuse(f"effect {shown(text)}: {label} {shown(token)} is no colour (a CSS name or bare hex digits)")
        case "list":
            inner = _LIST.fullmatch(token)
            for item in inner[1].split(";") if inner else [token]:
                if item not in argument.values:
                    refuse(not_in(f"effect {shown(text)}: {label}", item, argument.values))
        case "region_list":
            if not (_GROUP.fullmatch(token) or _REGIONS.fullmatch(token)):
                refuse(
                    wrong_type(f"effect {shown(text)}: {label}", token, "(x_1;y_2;w_3;h_4), or several inside (…;…)")
                )
        case "group":
            if not _GROUP.fullmatch(token):
                refuse(wrong_type(f"effect {shown(text)}: {label}", token, "a group such as (g_west;zoom_1.8)"))
        case _:
            if not token.strip():
                refuse(f"effect {shown(text)}: {label} is empty")
    return token


def _options(rest: str) -> list[str]:
    """Split at semicolons outside parentheses."""
    parts: list[str] = []
    depth = start = 0
    for at, char in enumerate(rest):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == ";" and depth == 0:
            parts.append(rest[start:at])
            start = at + 1
    return [*parts, rest[start:]]


def _named(known: Effect, rest: str, text: str) -> str:
    arguments = {argument.name: argument for argument in known.args}
    given: dict[str, str] = {}
    for option in _options(rest) if rest else []:
        key, _, token = option.partition("_")
        if key not in arguments:
            refuse(not_in(f"effect {shown(text)}: option", key, arguments))
        if key in given:
            refuse(f"effect {shown(text)}: {key} is given twice")
        given[key] = _argument(known, arguments[key], token, text)
    for argument in known.args:
        if argument.required and argument.name not in given:
            refuse(f"effect {shown(text)}: needs {argument.name}; syntax: {known.name}:{_required(known)}")
    if known.requires_one_of and not given.keys() & set(known.requires_one_of):
        refuse(f"effect {shown(text)}: needs one of {', '.join(known.requires_one_of)}")
    for group in known.exclusive:
        if len(given.keys() & set(group)) > 1:
            refuse(f"effect {shown(text)}: {' and '.join(group)} exclude each other")
    options = ";".join(f"{key}_{token}" for key, token in given.items())
    return f"e_{known.name}:{_safe(options, text)}" if options else f"e_{known.name}"


def _required(known: Effect) -> str:
    return ";".join(f"{argument.name}_<{argument.type}>" for argument in known.args if argument.required)


def _curve(known: Effect, rest: str, text: str) -> None:
    """`contrast:level_120;type_linear`: a positional effect's second spelling, with another range when linear."""
    form = known.data["named_form"]
    given: dict[str, str] = {}
    for option in rest.split(";"):
        key, _, token = option.partition("_")
        if key not in form["keys"] or key in given:
            refuse(not_in(f"effect {shown(text)}: option", key, form["keys"]))
        given[key] = token
    kind = given.get("type", form["keys"]["type"][0])
    if kind not in form["keys"]["type"]:
        refuse(not_in(f"effect {shown(text)}: type", kind, form["keys"]["type"]))
    level = given.get("level")
    if level is not None:
        if not NUMBER.fullmatch(level):
            refuse(wrong_type(f"effect {shown(text)}: level", level, "a number"))
        low, high = form["linear_range"] if kind == "linear" else (known.args[0].min, known.args[0].max)
        check_range(f"effect {shown(text)}: level", level, float(level), low, high)
