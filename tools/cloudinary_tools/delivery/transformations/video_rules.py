"""Rules of the parameters of videos and sound: points in time, rates, codecs."""

import re

from cloudinary_tools.delivery.transformations.expressions import VARIABLE, expression
from cloudinary_tools.delivery.transformations.faults import RefusedError, not_in, refuse, shown, wrong_type
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.transformations.values import NUMBER, Rule, check_range, number_rule
from cloudinary_tools.json_types import as_list, as_object

_AMOUNT = re.compile(r"((?:[0-9]+\.)?[0-9]+)([%pP])?")
_FPS_SIDE = r"([0-9]+(?:\.[0-9]+)?|\$[A-Za-z][A-Za-z0-9]*)?"
_FPS_RANGE = re.compile(f"{_FPS_SIDE}-{_FPS_SIDE}")


def bit_rate(value: object) -> str:
    """`br_`: bits a second, with k or m, constant or not."""
    text = str(value) if type(value) is int else value
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)[km]?(:constant)?", text) if isinstance(text, str) else None
    if not match or float(match[1]) <= 0:
        refuse(wrong_type("bit_rate", value, "above 0, with k or m if wanted, as in 250000, '800k' or '1.5m:constant'"))
    return f"br_{text}"


def _amount(name: str, value: object) -> str:
    """Seconds or a percentage, `18%` written as `18p`."""
    text = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    match = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
    if not match:
        refuse(wrong_type(name, value, "seconds (0 or more) or a percentage such as '18%'"))
    if match[2]:
        check_range(name, value, float(match[1]), 0, 100)
        return f"{match[1]}p"
    return match[1]


def offset_text(name: str, value: object, *, auto: bool = False, expressions: bool = False) -> str:
    """The text of a point in time."""
    if auto and value == "auto":
        return "auto"
    if isinstance(value, str) and expressions and not _AMOUNT.fullmatch(value):
        found = None if NUMBER.fullmatch(value.strip()) else expression(value)
        if found is not None:
            return found
    return _amount(name, value)


def split_offset(value: object) -> tuple[str, str]:
    """Start and end (`so_…`, `eo_…`) of the `offset` shorthand: `'a..b'` or a list."""
    if isinstance(value, str):
        start, dots, end = value.partition("..")
        if not dots or start == "auto":
            refuse(f"offset {shown(value)}: must be 'start..end' in seconds or percent, or a list such as ['auto', 5]")
        return f"so_{_amount('offset', start)}", f"eo_{_amount('offset', end)}"
    items = as_list(value) or []
    if len(items) < 2:
        refuse(wrong_type("offset", value, "'start..end' or a list of a start and an end"))
    for item in items[1:-1]:
        _amount("offset", item)
    return f"so_{offset_text('offset', items[0], auto=True)}", f"eo_{_amount('offset', items[-1])}"


def fps_rule() -> Rule:
    """`fps_`: a rate or a range."""
    single = number_rule("fps", "fps", reference().range("fps"))

    def rule(value: object) -> str:
        items = as_list(value)
        if items is not None:
            if not 1 <= len(items) <= 2:
                refuse(wrong_type("fps", value, "one rate or a range of two"))
            texts = [str(item) if _is_variable(item) else single(item)[4:] for item in items]
            text = "-".join(texts)
            return f"fps_{_ordered(value, text)}" if len(texts) == 2 else f"fps_{text}"
        if isinstance(value, str) and "-" in value:
            return f"fps_{_ordered(value, value)}"
        return single(value)

    return rule


def _is_variable(item: object) -> bool:
    return isinstance(item, str) and bool(VARIABLE.fullmatch(item))


def _ordered(value: object, text: str) -> str:
    match = _FPS_RANGE.fullmatch(text)
    if not match or not (match[1] or match[2]):
        refuse(wrong_type("fps", value, "a rate above 0 or a range such as '24-29.97', '25-' or '-30'"))
    low, high = (float(side) if side and NUMBER.fullmatch(side) else None for side in match.groups())
    if low == 0 or high == 0 or (low is not None and high is not None and high < low):
        refuse(f"fps {shown(value)}: a range goes from a lower to a higher rate, both above 0")
    return text


def keyframe_interval(value: object) -> str:
    """`ki_`: seconds, a number always with its decimal point."""
    text = value if isinstance(value, str) else ""
    if not isinstance(value, bool) and isinstance(value, (int, float)):
        text = str(float(value))
    if not NUMBER.fullmatch(text) or float(text) <= 0:
        refuse(wrong_type("keyframe_interval", value, "a number of seconds above 0"))
    return f"ki_{text}"


def video_codec(value: object) -> str:
    """`vc_`: a codec with profile, level and b-frames, as text or as an object."""
    facts = reference().parameters["video_codec"]
    if isinstance(value, str):
        codec, *rest = value.split(":")
        fields: dict[str, object] = {"codec": codec, **dict(zip(("profile", "level"), rest, strict=False))}
        if len(rest) == 3 and rest[2] == "bframes_no":
            fields["b_frames"] = False
        elif len(rest) > 2:
            refuse(f"video_codec {shown(value)}: must be codec[:profile[:level[:bframes_no]]]")
    elif (found := as_object(value)) is not None:
        fields = found
    else:
        refuse(wrong_type("video_codec", value, "text such as 'h264:main:4.1' or an object with codec, profile, level"))
    faults: list[tuple[str, str]] = []
    sets = {"codec": facts["values"], "profile": facts["profiles"], "level": facts["levels"]}
    for key, item in fields.items():
        if key in sets:
            if not isinstance(item, str) or item not in sets[key]:
                faults.append((f".{key}", not_in(f"video_codec {key}", item, sets[key])))
        elif key != "b_frames":
            faults.append((f".{key}", not_in("video_codec key", key, (*sets, "b_frames"))))
        elif not isinstance(item, bool):
            faults.append((".b_frames", wrong_type("b_frames", item, "true or false")))
    for key, needed in (("profile", "codec"), ("level", "profile")):
        if key in fields and needed not in fields:
            faults.append((f".{needed}", f"video_codec {key} needs {needed}"))
    if "codec" not in fields:
        faults.append((".codec", f"video_codec needs codec; allowed: {', '.join(facts['values'])}"))
    if fields.get("b_frames") is False and not {"profile", "level"} <= fields.keys():
        faults.append((".b_frames", "b_frames false has an effect only with profile and level"))
    if faults:
        raise RefusedError(*faults)
    parts = [str(fields[key]) for key in sets if key in fields]
    return "vc_" + ":".join([*parts, "bframes_no"] if fields.get("b_frames") is False else parts)


def video_sampling(value: object) -> str:
    """`vs_`: a number of frames or a step in seconds."""
    text = str(value) if type(value) is int else value
    match = re.fullmatch(r"([0-9]+)|([0-9]+(?:\.[0-9]+)?)s", text) if isinstance(text, str) else None
    if not match or float(match[1] or match[2]) <= 0:
        refuse(wrong_type("video_sampling", value, "a number of frames above 0 or a step such as '0.8s'"))
    return f"vs_{text}"
