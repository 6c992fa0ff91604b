"""JSON with pictures in it: it lies on the disk, and only what is no picture becomes values.

Which fields hold pictures is known by their names. Besides those of Infery and limner these are
`images` and `mask` as OpenAI's JSON edits have them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from mmap import ACCESS_READ, mmap
from pathlib import Path

import msgspec

from limner.api.body import MOST_COMMAS, read_object, too_deep
from limner.api.sources import FILE_ID, Encoded, Filed, Given, Linked, Source
from limner.errors import BodyTooLarge, InvalidParams
from limner.files.inputs import Batch

IMAGES = ("image_base64", "image_file_id", "image_url", "image", "images", "images_base64")
MASKS = ("mask_base64", "mask_file_id", "mask_url", "mask")
HINTS = ("image_mime_type", "mask_mime_type")
"""What the bytes say themselves, and better."""
MOST_BESIDE = 1024 * 1024
"""Bytes of a body beside its pictures."""
INSIDE = ("image_url", "url", "file_id", "image_base64", "b64_json")
"""What an object that stands for a picture may have."""


async def read_json(
    pieces: AsyncIterator[bytes], batch: Batch, limit: int
) -> tuple[dict[str, object], Given]:
    """The fields of a body, and its pictures apart. Raises InvalidParams, BodyTooLarge."""
    text = await gathered(pieces, batch, limit)
    return await asyncio.to_thread(parted, text)


async def gathered(pieces: AsyncIterator[bytes], batch: Batch, limit: int) -> mmap:
    """The body in a file that is gone once nobody looks into it."""
    arriving = batch.arriving("the body", limit)
    commas = 0
    async for piece in pieces:
        commas += piece.count(b",")
        if commas > MOST_COMMAS:
            raise InvalidParams(f"the body has more than {MOST_COMMAS:,} parts between commas")
        await arriving.add(piece)
    await arriving.flush()
    if arriving.size == 0:
        raise InvalidParams("the body is empty; it must be a JSON object")
    text = await asyncio.to_thread(mapped, arriving.path)
    batch.drop(arriving)
    return text


def mapped(path: Path) -> mmap:
    with open(path, "rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)


def parted(text: mmap) -> tuple[dict[str, object], Given]:
    raw = fields_of(text)
    pictures = {name: raw.pop(name) for name in (*IMAGES, *MASKS) if name in raw}
    for name in HINTS:
        raw.pop(name, None)
    if sum(len(memoryview(value)) for value in raw.values()) > MOST_BESIDE:
        raise BodyTooLarge(
            f"all fields beside the pictures may have {MOST_BESIDE:,} bytes; nothing was charged"
        )
    return read_object(msgspec.json.encode(raw)), given_in(pictures)


def fields_of(text: mmap | msgspec.Raw) -> dict[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except RecursionError:
        raise too_deep() from None
    except msgspec.ValidationError:
        raise InvalidParams('the body must be a JSON object, as in {"model": …}') from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidParams(f"the body is not valid JSON: {error}") from None


def given_in(fields: Mapping[str, msgspec.Raw]) -> Given:
    """Raises InvalidParams for what cannot stand for a picture."""
    images = [one for name in IMAGES if name in fields for one in sources(name, fields[name])]
    masks = [one for name in MASKS if name in fields for one in sources(name, fields[name])]
    if len(masks) > 1:
        raise InvalidParams("there can be one mask; nothing was charged", param=masks[1].name)
    return Given(tuple(images), masks[0] if masks else None)


def sources(name: str, value: msgspec.Raw, *, inside: bool = False) -> Iterator[Source]:
    """The pictures a value stands for; a list may hold several."""
    kind = start_of(value)
    if kind == b'"':
        yield source_of(name, memoryview(value)[1:-1])
    elif kind == b"{":
        yield from in_object(name, fields_of(value))
    elif kind == b"[" and not inside:
        for one in msgspec.json.decode(value, type=list[msgspec.Raw]):
            yield from sources(name, one, inside=True)
    elif kind != b"n":
        raise wrong(name)


def in_object(name: str, fields: Mapping[str, msgspec.Raw]) -> Iterator[Source]:
    """`{"file_id": …}` or `{"image_url": …}`, whose URL may stand in an object of its own."""
    named = [one for one in INSIDE if one in fields and start_of(fields[one]) != b"n"]
    if len(named) != 1:
        raise wrong(name)
    value = fields[named[0]]
    if start_of(value) == b"{":
        value = fields_of(value).get("url", msgspec.Raw(b"null"))
    if start_of(value) != b'"':
        raise wrong(name)
    yield source_of(name, memoryview(value)[1:-1], named[0])


def start_of(value: msgspec.Raw) -> bytes:
    """The character that says what kind of JSON it is."""
    return bytes(memoryview(value)[:1])


def source_of(name: str, text: memoryview, kind: str = "") -> Source:
    """A string that stands for a picture, as its field says or else as it begins itself.

    `kind` is the name inside an object, where that says more than the field's own.
    """
    kind = kind or name
    start = bytes(text[:8]).lower()
    if kind.endswith(("_base64", "b64_json")) or start.startswith(b"data:"):
        return Encoded(name, text)
    if kind.endswith("file_id"):
        return Filed(name, string(name, text))
    if kind.endswith("url") or start.startswith(
        (b"http://", b"https:\\/", b"https://", b"http:\\/")
    ):
        return Linked(name, string(name, text))
    if start.startswith(b"file_") and FILE_ID.fullmatch(string(name, text)):
        return Filed(name, string(name, text))
    return Encoded(name, text)


def string(name: str, inside: memoryview) -> str:
    if len(inside) > MOST_BESIDE:
        raise wrong(name)
    try:
        return msgspec.json.decode(b'"%b"' % bytes(inside), type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise wrong(name) from None


def wrong(name: str) -> InvalidParams:
    return InvalidParams(
        f"{name} must be a picture: base64, a data: URI, a URL, or an object with image_url or "
        "file_id. Nothing was charged",
        param=name,
    )
