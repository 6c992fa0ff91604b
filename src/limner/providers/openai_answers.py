"""Reading what OpenAI draws: one JSON answer, or events whose last one is the picture."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

import msgspec

from limner.providers.arriving import Content
from limner.providers.base import (
    Generated,
    ImageData,
    Order,
    PartialImage,
    Progress,
    ProviderEvent,
    Usage,
)
from limner.providers.cuts import Cuts, cut, picture, words
from limner.providers.http import MAX_ANSWER, Reply, StreamedReply, whole
from limner.providers.openai_errors import ErrorBody, failed_answer, refused_within, request_id
from limner.providers.sse import event_data


class TokenSplit(msgspec.Struct, frozen=True):
    text_tokens: int | None = None
    image_tokens: int | None = None


class TokenDetails(TokenSplit, frozen=True):
    """`cached_tokens` are those among them that had been read before."""

    cached_tokens: int | None = None
    cached_tokens_details: TokenSplit | None = None

    def cached(self, text: int, image: int) -> tuple[int, int]:
        """How much of text and pictures had been read before; without a split, text comes first.

        Text read before is the smaller discount, so nobody is charged too little for a guess.
        """
        split = self.cached_tokens_details
        told = max(0, self.cached_tokens or 0)
        of_text = told if split is None else split.text_tokens or 0
        of_image = told - min(text, told) if split is None else split.image_tokens or 0
        return max(0, min(text, of_text)), max(0, min(image, of_image))


class TokenUsage(msgspec.Struct, frozen=True):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: TokenDetails | None = None
    output_tokens_details: TokenSplit | None = None

    def buckets(self) -> Usage:
        """Tokens as they are billed; without a split all input is text and all output image."""
        read = self.input_tokens_details or TokenDetails()
        unsplit = read.text_tokens is None and read.image_tokens is None
        text_in = max(0, (self.input_tokens if unsplit else read.text_tokens) or 0)
        image_in = max(0, read.image_tokens or 0)
        text_cached, image_cached = read.cached(text_in, image_in)
        written = self.output_tokens_details or TokenSplit()
        image_out = written.image_tokens
        return Usage(
            text_in=text_in - text_cached,
            image_in=image_in - image_cached,
            text_out=written.text_tokens or 0,
            image_out=(self.output_tokens or 0) if image_out is None else image_out,
            text_in_cached=text_cached,
            image_in_cached=image_cached,
        )


class Choices(msgspec.Struct, frozen=True):
    """What OpenAI chose where the order left it open."""

    size: str | None = None
    quality: str | None = None
    background: str | None = None
    output_format: str | None = None
    usage: TokenUsage | None = None

    def resolved(self) -> dict[str, str]:
        choices = {"size": self.size, "quality": self.quality, "background": self.background}
        return {name: value for name, value in choices.items() if value}


class Picture(msgspec.Struct, frozen=True):
    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str | None = None


class Answer(Choices, frozen=True):
    data: list[Picture] | None = None
    error: ErrorBody | None = None


class Event(Choices, frozen=True):
    type: str = ""
    b64_json: str | None = None
    partial_image_index: int = 0
    error: ErrorBody | None = None


Decoded = TypeVar("Decoded", Answer, Event)

FORMATS = ("png", "jpeg", "webp")


def read_reply(reply: Reply, order: Order) -> Generated:
    """The pictures of a 200, at most as many as ordered; raises ProviderError if there is none."""
    answer, cuts = decoded(reply.content, Answer, reply)
    if answer.error is not None:
        raise refused_within(answer.error, reply.headers)
    if answer.data is None:
        raise failed_answer("which cannot be read", reply.headers)
    told = answer.data[: order.n]
    images = tuple(
        ImageData(picture(one.b64_json, cuts), "base64", words(one.revised_prompt, cuts))
        for one in told
        if one.b64_json
    )
    if not images and any(one.url for one in told):
        raise failed_answer("links in place of pictures", reply.headers)
    return generated(images, answer, reply, lost=len(told) - len(images))


async def read_stream(reply: StreamedReply, order: Order) -> AsyncGenerator[ProviderEvent, None]:
    """Previews as they come, then the picture; raises ProviderError when it does not come."""
    if "json" in reply.headers.get("content-type", ""):
        yield read_reply(await whole(reply, MAX_ANSWER), order)
        return
    async with aclosing(reply.chunks()) as chunks, aclosing(event_data(chunks)) as events:
        async for data in events:
            if data == b"[DONE]":
                break
            event, cuts = decoded(data, Event, reply)
            if event.error is not None:
                raise refused_within(event.error, reply.headers)
            image = ImageData(picture(event.b64_json or "", cuts), "base64")
            if event.type.endswith(".completed"):
                yield generated((image,) if event.b64_json else (), event, reply)
                return
            if event.type.endswith(".partial_image") and event.b64_json:
                index = event.partial_image_index
                yield PartialImage(index, image, content_type(event, order))
                yield Progress(min(1.0, (index + 1) / (order.partial_images + 1)))
    raise failed_answer("the stream ended without its picture", reply.headers, "unknown")


def content_type(event: Event, order: Order) -> str:
    """Of a preview: as the upstream names it where that is a known format, else as ordered."""
    told = event.output_format
    return f"image/{told if told in FORMATS else order.output_format}"


def decoded(
    body: Content, kind: type[Decoded], reply: Reply | StreamedReply
) -> tuple[Decoded, Cuts]:
    skeleton, cuts = cut(body)
    try:
        return msgspec.json.decode(skeleton, type=kind), cuts
    except msgspec.MsgspecError:
        raise failed_answer("which cannot be read", reply.headers) from None


def generated(
    images: tuple[ImageData, ...], choices: Choices, reply: Reply | StreamedReply, lost: int = 0
) -> Generated:
    """An answer without any picture is how relays tell that OpenAI refused to draw."""
    if not images:
        raise failed_answer("without a picture", reply.headers, reason="content_policy_violation")
    return Generated(
        images,
        usage=choices.usage.buckets() if choices.usage else None,
        provider_request_id=request_id(reply.headers),
        resolved=choices.resolved(),
        lost=lost,
    )
