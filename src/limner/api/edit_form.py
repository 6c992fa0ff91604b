"""The form of an edit: pictures as file parts, everything else as text, in any order."""

import re
from collections.abc import AsyncIterator, Mapping

from limner.api.edit_json import HINTS, IMAGES, MASKS, source_of
from limner.api.multipart import Event, Form, PartBegins, PartData
from limner.api.sources import Given, Source
from limner.catalog.model import BooleanParam, IntegerParam, Model, NumberParam, Param
from limner.errors import BodyTooLarge, InvalidParams
from limner.files.inputs import Arriving, Batch
from limner.generation.field_names import ALIASES
from limner.generation.given_pictures import MOST_PICTURES
from limner.generation.values import Vocabulary

IMAGE_PART = re.compile(r"images?(\[\d*\])?")
MOST_PARTS = 128
MOST_TEXT = 1024 * 1024
HOLDS = "`model`, `prompt` and one or more parts `image`"
WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
FRACTION = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
SWITCH = {"true": True, "1": True, "false": False, "0": False}
COUNTS, SWITCHES = ("n", "partial_images"), ("stream", "store")


async def read_form(
    pieces: AsyncIterator[bytes], content_type: str | None, batch: Batch
) -> tuple[dict[str, str], Given]:
    """The texts of a form, and its pictures apart. Raises InvalidParams, BodyTooLarge."""
    form, told = Form(content_type, holds=HOLDS, most_parts=MOST_PARTS), EditForm(batch)
    async for piece in pieces:
        for event in form.feed(piece):
            await told.hear(event)
    form.finish()
    return told.texts(), told.given()


class EditForm:
    """Told of every event, it knows at the end what was sent; pictures are on the disk then."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._images: list[Arriving] = []
        self._masks: list[Arriving] = []
        self._texts: dict[str, bytearray] = {}
        self._of_texts = 0
        self._into: Arriving | bytearray = bytearray()

    async def hear(self, event: Event) -> None:
        """Raises InvalidParams, BodyTooLarge, StorageUnavailable."""
        if isinstance(event, PartBegins):
            self._into = self._begun(event)
        elif isinstance(event, PartData):
            await self._add(event.data)

    def _begun(self, part: PartBegins) -> Arriving | bytearray:
        if IMAGE_PART.fullmatch(part.name):
            if len(self._images) == MOST_PICTURES:
                raise InvalidParams(
                    f"a request may have at most {MOST_PICTURES} pictures; nothing was charged",
                    param="image",
                )
            self._images.append(self._batch.arriving(part.name))
            return self._images[-1]
        if part.name == "mask":
            self._masks.append(self._batch.arriving(part.name))
            return self._masks[-1]
        if part.filename is not None:
            raise InvalidParams(
                "there is no file part of this name; pictures are sent as `image`, and `mask`",
                param=part.name[:64],
            )
        if part.name in self._texts:
            raise InvalidParams("there are two parts of this name", param=part.name[:64])
        self._texts[part.name] = bytearray()
        return self._texts[part.name]

    async def _add(self, data: bytes) -> None:
        if isinstance(self._into, Arriving):
            await self._into.add(data)
            return
        self._of_texts += len(data)
        if self._of_texts > MOST_TEXT:
            raise BodyTooLarge(
                f"all parts beside the pictures may have {MOST_TEXT:,} bytes; nothing was charged"
            )
        self._into += data

    def texts(self) -> dict[str, str]:
        """All that stands for no picture. An empty part counts as not sent."""
        pictures = (*IMAGES, *MASKS, *HINTS)
        sent = [(name, text) for name, text in self._texts.items() if text]
        return {name: utf8(name, text) for name, text in sent if name not in pictures}

    def given(self) -> Given:
        images: list[Source] = [one for one in self._images if one.size]
        masks: list[Source] = [one for one in self._masks if one.size]
        images += [source_of(name, self._text(name)) for name in IMAGES if self._texts.get(name)]
        masks += [source_of(name, self._text(name)) for name in MASKS if self._texts.get(name)]
        if len(masks) > 1:
            raise InvalidParams("there can be one mask; nothing was charged", param="mask")
        return Given(tuple(images), masks[0] if masks else None)

    def _text(self, name: str) -> memoryview:
        return memoryview(bytes(self._texts[name]))


def utf8(name: str, text: bytearray) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise InvalidParams("this part is not UTF-8 text", param=name[:64]) from None


def typed(texts: Mapping[str, str], model: Model, vocabulary: Vocabulary) -> dict[str, object]:
    """Texts as what their parameters are. What does not fit stays text, and is refused as such."""
    known = {**vocabulary.params.get(model.modality, {}), **model.params}
    return {
        name: value_of(name, text, known.get(ALIASES.get(name, name)))
        for name, text in texts.items()
    }


def value_of(name: str, text: str, param: Param | None) -> object:
    said = text.strip().lower()
    if name in SWITCHES or isinstance(param, BooleanParam):
        return SWITCH.get(said, text)
    if name in COUNTS or isinstance(param, IntegerParam):
        return int(said) if WHOLE.fullmatch(said) else text
    if isinstance(param, NumberParam):
        return float(said) if FRACTION.fullmatch(said) else text
    if name == "background" and said in ("true", "false"):  # the wish not to wait
        return SWITCH[said]
    return text
