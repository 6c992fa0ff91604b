"""Previews: who asks for some gets them where the model shows them and somebody is there to see."""

from limner.catalog.model import Model
from limner.errors import InvalidParams
from limner.generation.field_names import Ignored

MOST = 3


def fit_previews(model: Model, wanted: object, streamed: bool, ignored: list[Ignored]) -> int:
    """How many previews of each picture to order; what is left out is reported.

    Raises InvalidParams.
    """
    count = checked_previews(wanted)
    why = why_none(model, streamed) if count else ""
    if why:
        ignored.append(Ignored("partial_images", why))
        return 0
    return count


def checked_previews(wanted: object) -> int:
    if wanted is None:
        return 0
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 0 <= wanted <= MOST:
        raise InvalidParams(
            f"partial_images must be from 0 to {MOST}, as a whole number", param="partial_images"
        )
    return wanted


def why_none(model: Model, streamed: bool) -> str:
    if not streamed:
        return "previews are shown in a stream only"
    return "" if model.capabilities.partial_images else f"{model.slug} shows no previews"
