"""The answer of a finished generation as pieces of JSON, with pictures put in and not copied."""

import asyncio
from collections.abc import AsyncGenerator

import msgspec
import pybase64
from msgspec import UNSET, UnsetType

from limner import money
from limner.api.asgi import Piece
from limner.api.wire.images import Form, Image, Images, Tokens, UsageBody
from limner.files.artifact import Artifact, Kept
from limner.files.links import ORIGINAL, Links
from limner.jobs.feed import Admitted, Completed
from limner.providers.base import Usage

QUALITIES = {"low", "medium", "high", "xhigh", "max"}
BACKGROUNDS = {"transparent", "opaque"}
"""What the openai client's types know; other words of other models stay out of these fields."""

NO_PICTURES = b'"data":[]'
OPENING = b'{"b64_json":"'


async def answer_pieces(
    admitted: Admitted, completed: Completed, form: Form, links: Links, base_url: str
) -> list[Piece]:
    """The body of a 200, to be sent one piece after another."""
    return [piece async for piece in pieces_of(admitted, completed, form, links, base_url)]


async def pieces_of(
    admitted: Admitted, completed: Completed, form: Form, links: Links, base_url: str
) -> AsyncGenerator[Piece, None]:
    """The same, each picture encoded no sooner than the one before it was taken."""
    head, _, tail = msgspec.json.encode(without_pictures(admitted, completed)).partition(
        NO_PICTURES
    )
    yield head + b'"data":['
    for position, kept in enumerate(completed.pictures):
        comma = b"," if position else b""
        if form == "url":
            yield comma + msgspec.json.encode(linked(kept.artifact, kept, links, base_url))
        else:
            yield comma + OPENING
            yield await base64_of(kept.data, kept.base64)
            yield after_base64(kept)
    yield b"]" + tail


def without_pictures(admitted: Admitted, completed: Completed) -> Images:
    first = completed.pictures[0].artifact
    quality, background = (completed.resolved.get(name) for name in ("quality", "background"))
    return Images(
        created=admitted.created,
        data=[],
        credits_used=money.wire(completed.charged),
        model=admitted.model,
        fallback_from=UNSET if admitted.asked_for == admitted.model else admitted.asked_for,
        cached=True if admitted.cached else UNSET,
        size=f"{first.width}x{first.height}",
        quality=quality if quality in QUALITIES else UNSET,
        background=background if background in BACKGROUNDS else UNSET,
        output_format=first.content_type.partition("/")[2],
        usage=usage_body(completed.usage),
        parameters=msgspec.Raw(admitted.parameters),
        cost=msgspec.Raw(completed.cost),
        warnings=(*admitted.warnings, *completed.warnings),
    )


def usage_body(usage: Usage | None) -> UsageBody | UnsetType:
    """Tokens that were metered; of a provider that counts none, nothing is said."""
    if usage is None or not usage.total:
        return UNSET
    read, written = usage.tokens_in, usage.text_out + usage.image_out
    cached = usage.text_in_cached + usage.image_in_cached
    kinds = Tokens(
        usage.text_in + usage.text_in_cached,
        usage.image_in + usage.image_in_cached,
        cached or UNSET,
    )
    return UsageBody(read, written, read + written, kinds)


def image(artifact: Artifact, revised_prompt: str | None, **where: str) -> Image:
    return Image(
        revised_prompt=revised_prompt or UNSET,
        content_type=artifact.content_type,
        width=artifact.width,
        height=artifact.height,
        sha256=artifact.sha256,
        seed=UNSET if artifact.seed is None else artifact.seed,
        content_credentials=artifact.content_credentials or UNSET,
        kept_until=artifact.kept_until if artifact.kept else UNSET,
        file_id=artifact.file_id or UNSET,
        **where,
    )


def linked(artifact: Artifact, kept: Kept, links: Links, base_url: str) -> Image:
    where = {"url": links.link(base_url, artifact.id)}
    return image(artifact, kept.revised_prompt, **where, **original_of(artifact, links, base_url))


def original_of(artifact: Artifact, links: Links, base_url: str) -> dict[str, str]:
    """The link to the signed picture that this was made from, where there is one."""
    if artifact.original is None:
        return {}
    return {"original_url": links.link(base_url, artifact.id, ORIGINAL)}


async def base64_of(data: memoryview, base64: bool) -> Piece:
    """The base64 of a picture: the provider's own text where it gave one."""
    return data if base64 else await asyncio.to_thread(pybase64.b64encode, data)


def after_base64(kept: Kept) -> bytes:
    """The JSON of a picture behind its base64."""
    whole = msgspec.json.encode(image(kept.artifact, kept.revised_prompt, b64_json=""))
    return whole.removeprefix(OPENING)
