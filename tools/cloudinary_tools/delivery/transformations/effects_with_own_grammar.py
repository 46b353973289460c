"""Effects whose arguments follow a grammar of their own; each checker returns what is wrong, or None."""

import re
from collections.abc import Callable, Sequence

from cloudinary_tools.delivery.transformations.expressions import VARIABLE
from cloudinary_tools.delivery.transformations.faults import listing
from cloudinary_tools.delivery.transformations.reference import Argument, Effect
from cloudinary_tools.delivery.transformations.values import NUMBER, is_color, span

Checker = Callable[[Effect, list[str]], str | None]


def _fits(argument: Argument, token: str) -> bool:
    """Whether a token is of an argument's kind, whatever its range."""
    if argument.type == "enum":
        return token in argument.values
    if argument.type == "color":
        return is_color(token, bare=True)
    return bool(NUMBER.fullmatch(token) or VARIABLE.fullmatch(token))


def _problem(argument: Argument, token: str) -> str | None:
    """What is wrong with a token for an argument."""
    if not _fits(argument, token):
        wanted = {"enum": f"one of {listing(argument.values)}", "color": "a colour"}.get(argument.type, "a number")
        return f"{argument.name} {token!r} must be {wanted}"
    if argument.type == "number" and NUMBER.fullmatch(token):
        if argument.integer and "." in token:
            return f"{argument.name} {token!r} must be a whole number"
        low, high = argument.min, argument.max
        if (low is not None and float(token) < low) or (high is not None and float(token) > high):
            return f"{argument.name} {token} must be {span(low, high, None)}"
    return None


def _in_order(arguments: Sequence[Argument], tokens: list[str]) -> str | None:
    """Each token goes to the next argument of its kind; arguments may be left out."""
    rest = list(arguments)
    for token in tokens:
        while rest and not _fits(rest[0], token):
            rest.pop(0)
        if not rest:
            return f"{token!r} does not fit ({', '.join(_described(argument) for argument in arguments)})"
        if problem := _problem(rest.pop(0), token):
            return problem
    return None


def _described(argument: Argument) -> str:
    if argument.type == "enum":
        return f"{argument.name} {'|'.join(argument.values)}"
    if argument.type == "color":
        return argument.name
    return f"{argument.name} {span(argument.min, argument.max, None)}"


def _ordered(known: Effect, tokens: list[str]) -> str | None:
    return _in_order(known.args, tokens)


def _after_word(word: str) -> Checker:
    """A literal word may come first, then the arguments in order."""
    return lambda known, tokens: _in_order(known.args, tokens[1:] if tokens[:1] == [word] else tokens)


def _keyed(known: Effect, tokens: list[str]) -> str | None:
    """`key_value` pairs between colons, in any order."""
    given: set[str] = set()
    for token in tokens:
        found = next((arg for arg in known.args if token.startswith(f"{arg.name}_")), None)
        if found is None or found.name in given:
            return f"{token!r} is no new option (allowed: {', '.join(arg.name for arg in known.args)})"
        given.add(found.name)
        if problem := _problem(found, token.removeprefix(f"{found.name}_")):
            return problem
    missing = [arg.name for arg in known.args if arg.required and arg.name not in given]
    return f"needs {', '.join(missing)}" if missing else None


def _tint(known: Effect, tokens: list[str]) -> str | None:
    rest = tokens[1:] if tokens[:1] == ["equalize"] else list(tokens)
    if rest and NUMBER.fullmatch(rest[0]) and (problem := _problem(known.args[0], rest.pop(0))):
        return problem
    colors = 0
    after_color = False
    for token in rest:
        if after_color and re.fullmatch(r"[0-9]+(\.[0-9]+)?p", token):
            if float(token[:-1]) > 100:
                return f"position {token!r} must be 0p to 100p"
            after_color = False
        elif is_color(token, bare=True):
            colors += 1
            after_color = True
        else:
            return f"{token!r} is no colour"
    return "takes at most 10 colours" if colors > 10 else None


def _numbers(tokens: list[str], counts: tuple[int, ...]) -> str | None:
    wrong = next((token for token in tokens if not NUMBER.fullmatch(token) and not VARIABLE.fullmatch(token)), None)
    if wrong is not None:
        return f"{wrong!r} must be a number"
    if len(tokens) not in counts:
        return f"takes {' or '.join(map(str, counts))} numbers, not {len(tokens)}"
    return None


def _recolor(_: Effect, tokens: list[str]) -> str | None:
    return _numbers(tokens, (9, 16))


def _distort(_: Effect, tokens: list[str]) -> str | None:
    if tokens[:1] != ["arc"]:
        return _numbers(tokens, (8,))
    if problem := _numbers(tokens[1:], (1,)):
        return problem
    degrees = tokens[1]
    return "the arc must be -360 to 360" if NUMBER.fullmatch(degrees) and abs(float(degrees)) > 360 else None


def _vectorize(known: Effect, tokens: list[str]) -> str | None:
    names = {argument.name: argument for argument in known.args}
    if not tokens or tokens[0] not in names:
        if len(tokens) > len(known.args):
            return f"takes at most {len(known.args)} arguments"
        pairs = list(zip(known.args, tokens, strict=False))
    else:
        keys = tokens[::2]
        unknown = next((key for key in keys if key not in names), None)
        if unknown is not None or len(tokens) % 2 or len(set(keys)) < len(keys):
            return f"options are name and value in turn, each once ({', '.join(names)})"
        pairs = [(names[key], token) for key, token in zip(keys, tokens[1::2], strict=True)]
    return next((problem for argument, token in pairs if (problem := _problem(argument, token))), None)


def _viesus(_: Effect, tokens: list[str]) -> str | None:
    rest = tokens[1:] if tokens[:1] == ["no_redeye"] else tokens
    if not rest or (len(rest) == 1 and re.fullmatch(r"skin_saturation(_-?[0-9]+(\.[0-9]+)?)?", rest[0])):
        return None
    return f"{rest[0]!r} is unknown"


def _bgremoval(_: Effect, tokens: list[str]) -> str | None:
    rest = tokens[1:] if tokens[:1] == ["screen"] else tokens
    return None if not rest or (len(rest) == 1 and is_color(rest[0], bare=True)) else f"{rest[0]!r} is no colour"


def _progressbar(_: Effect, tokens: list[str]) -> str | None:
    keyed = bool(tokens) and any(tokens[0].startswith(f"{key}_") for key in ("type", "color", "width"))
    pairs = [token.partition("_")[::2] if keyed else ("", token) for token in tokens]
    if len(tokens) > 3 or (keyed and len({key for key, _ in pairs}) < len(pairs)):
        return "takes a type, a colour and a width, each once"
    for (key, value), place in zip(pairs, ("type", "color", "width"), strict=False):
        kind = key if keyed else place
        good = {
            "type": value in {"bar", "frame"},
            "color": is_color(value, bare=True),
            "width": bool(re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)),
        }
        if not good.get(kind, False):
            return f"{kind or 'option'} {value!r} is wrong (type bar or frame, a colour, a width)"
    return None


FREE: dict[str, Checker] = {
    "tint": _tint,
    "recolor": _recolor,
    "improve": _ordered,
    "viesus_correct": _viesus,
    "theme": _keyed,
    "style_transfer": _after_word("preserve_color"),
    "vectorize": _vectorize,
    "outline": _ordered,
    "gradient_fade": _ordered,
    "bgremoval": _bgremoval,
    "distort": _distort,
    "preview": _keyed,
    "progressbar": _progressbar,
}
