"""Eager transformations: what the Upload API makes ahead of time, as one text."""

from cloudinary_tools.delivery.transformations.faults import TransformationError, TransformationFault
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.transformations.serialiser import ROOT, serialise
from cloudinary_tools.json_types import as_list, as_object


def serialise_eager(transformations: object, resource_type: str = "image") -> str:
    """Eager transformations as the Upload API takes them: components, `/format` where one is set, joined with `|`.

    Text is passed on as it is once it is valid (an ending such as `/jpg` included). An empty `format` ends in `/`,
    which keeps the original's format.
    """
    listed = as_list(transformations)
    items = [transformations] if listed is None else listed
    texts: list[str] = []
    faults: list[TransformationFault] = []
    for at, item in enumerate(items):
        try:
            texts.append(_eager(item, resource_type))
        except TransformationError as error:
            place = f"eager[{at}]"
            faults.extend(
                TransformationFault(place + fault.path.removeprefix(ROOT), fault.message) for fault in error.faults
            )
    if faults:
        raise TransformationError(faults)
    return "|".join(texts)


def _eager(item: object, resource_type: str) -> str:
    if isinstance(item, str):
        if "|" in item:
            return "|".join(_eager(part, resource_type) for part in item.split("|"))
        head, slash, ending = item.rpartition("/")
        if slash and (not ending or ending in reference().values("format")):
            serialise(head, resource_type, format=ending)
        else:
            serialise(item, resource_type)
        return item
    text = serialise(item, resource_type)
    ending = (as_object(item) or {}).get("format")
    return f"{text}/{ending}" if text and ending is not None else text
