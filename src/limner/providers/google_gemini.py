"""Gemini's picture models: `generateContent`, one picture a call, drafts left out.

A success without a picture is a refusal, and its words say whose. Draft pictures, which some models
think with, are marked as thoughts and never delivered.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pybase64

from limner.providers.base import (
    Generated,
    ImageData,
    InputImage,
    Order,
    ProviderError,
    Reason,
    Usage,
)
from limner.providers.cuts import Cuts, cut, picture
from limner.providers.failures import failure, identifier, not_taken
from limner.providers.google_errors import WHO
from limner.providers.google_words import with_unwanted
from limner.providers.http import Reply

PEOPLE: Mapping[str, str] = {
    "dont_allow": "ALLOW_NONE",
    "allow_adult": "ALLOW_ADULT",
    "allow_all": "ALLOW_ALL",
}
REFUSALS = frozenset({
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "MODEL_ARMOR", "JAILBREAK", "ESCALATION",
})  # fmt: skip
"""Reasons to end or to block that are about content; a polite refusal ends with STOP and words."""
ONE_SIZE = ("gemini-2.0-", "gemini-2.5-", "gemini-3.1-flash-lite-")
"""Models that draw at one size and refuse to be told it."""
TYPES = ("image/png", "image/jpeg", "image/webp")
MEGABYTE = 1024 * 1024
MOST_INPUT = {"vertex": 7 * MEGABYTE, "google": 14 * MEGABYTE}
"""Bytes of one picture that goes in; in base64 the second fills Google's 20 MB for a request."""


class Blob(msgspec.Struct, frozen=True):
    data: str = ""


class Part(msgspec.Struct, frozen=True):
    """Some proxies write the name of the picture in the other style."""

    inline_data: Blob | None = msgspec.field(name="inlineData", default=None)
    inline_data_too: Blob | None = msgspec.field(name="inline_data", default=None)
    text: str | None = None
    thought: bool = False

    @property
    def picture(self) -> str:
        blob = self.inline_data or self.inline_data_too
        return "" if self.thought or blob is None else blob.data


class Content(msgspec.Struct, frozen=True):
    parts: list[Part] = []


class Candidate(msgspec.Struct, frozen=True):
    content: Content = Content()
    finish_reason: str = msgspec.field(name="finishReason", default="")


class Modality(msgspec.Struct, frozen=True, rename="camel"):
    modality: str = ""
    token_count: int = 0


class Metadata(msgspec.Struct, frozen=True, rename="camel"):
    prompt_token_count: int = 0
    candidates_token_count: int = 0
    thoughts_token_count: int = 0
    prompt_tokens_details: list[Modality] = []
    candidates_tokens_details: list[Modality] = []

    def buckets(self) -> Usage:
        """Tokens as they are billed; what is told of no kind is text, but all of a lone total."""
        seen = images(self.prompt_tokens_details)
        told = self.candidates_tokens_details
        drawn = images(told) if told else self.candidates_token_count
        words = max(0, self.candidates_token_count - drawn) + self.thoughts_token_count
        return Usage(
            text_in=max(0, self.prompt_token_count - seen),
            image_in=seen,
            text_out=words,
            image_out=drawn,
        )


class Feedback(msgspec.Struct, frozen=True):
    block_reason: str = msgspec.field(name="blockReason", default="")


class Answer(msgspec.Struct, frozen=True, rename="camel"):
    candidates: list[Candidate] = []
    prompt_feedback: Feedback = Feedback()
    usage_metadata: Metadata | None = None
    response_id: str | None = None


def request_body(order: Order, host: str) -> bytes:
    """The JSON that is sent to one of Google's two hosts, pictures before the words."""
    check(order, host)
    config: dict[str, Any] = {"responseModalities": ["IMAGE"]}
    if shape := image_config(order, host):
        config["imageConfig"] = shape
    if "seed" in order.params:
        config["seed"] = int(order.params["seed"])
    parts = [*(inline(image) for image in order.images), {"text": with_unwanted(order)}]
    body = {"contents": [{"role": "user", "parts": parts}], "generationConfig": config}
    return msgspec.json.encode(body)


def image_config(order: Order, host: str) -> dict[str, str]:
    told = {"aspect_ratio": "aspectRatio", "image_size": "imageSize"}
    if order.upstream_model.startswith(ONE_SIZE):
        del told["image_size"]
    shape = {field: str(order.params[name]) for name, field in told.items() if name in order.params}
    if host == "vertex" and (people := order.params.get("person_generation")):
        shape["personGeneration"] = PEOPLE[str(people)]
    return shape


def inline(image: InputImage) -> dict[str, Any]:
    data = msgspec.Raw(b'"' + pybase64.b64encode(image.read()) + b'"')
    return {"inlineData": {"mimeType": image.content_type, "data": data}}


def check(order: Order, host: str) -> None:
    """Raises ProviderError for what this host has no field for and must not be left out."""
    if order.mask is not None:
        raise not_taken("Gemini takes no mask; say in words what to change")
    if host == "google" and order.params.get("person_generation") == "dont_allow":
        raise not_taken("Google keeps people out of a picture on Vertex only: person_generation")
    for image in order.images:
        if image.content_type not in TYPES:
            raise not_taken(f"Gemini edits PNG, JPEG and WebP, not {image.content_type}")
        if image.size > MOST_INPUT[host]:
            raise not_taken(f"Gemini takes pictures of at most {MOST_INPUT[host] // MEGABYTE} MB")


def unsaid(order: Order, host: str) -> tuple[str, ...]:
    """What was asked for and this host has no field for; nothing it would have changed is lost."""
    if host == "google" and "person_generation" in order.given:
        return ("person_generation was not sent: only Vertex has such a field",)
    return ()


def read_reply(reply: Reply, order: Order, host: str) -> Generated:
    """The picture of a 200. Raises ProviderError where there is none."""
    skeleton, cuts = cut(reply.content)
    try:
        answer = msgspec.json.decode(skeleton, type=Answer)
    except msgspec.MsgspecError:
        raise failure(WHO, "ran", detail="HTTP 200, which cannot be read") from None
    drawn = tuple(pictures(answer, cuts))[: order.n]
    if not drawn:
        raise without_picture(answer)
    return Generated(
        drawn,
        usage=answer.usage_metadata.buckets() if answer.usage_metadata else None,
        provider_request_id=identifier(answer.response_id),
        warnings=unsaid(order, host),
    )


def pictures(answer: Answer, cuts: Cuts) -> Iterator[ImageData]:
    """Those that may be shown: what ended in a refusal gives none, whatever it holds."""
    for candidate in answer.candidates:
        parts = () if candidate.finish_reason in REFUSALS else candidate.content.parts
        for part in parts:
            if part.picture:
                yield ImageData(picture(part.picture, cuts), "base64")


def without_picture(answer: Answer) -> ProviderError:
    """A success that brought nothing: refused for its content, or simply not drawn."""
    ended = [answer.prompt_feedback.block_reason, *(one.finish_reason for one in answer.candidates)]
    words = [word for word in ended if word.replace("_", "").isalpha() and word.isascii()][:3]
    detail = f"HTTP 200, no picture: {' '.join(words) or 'no reason given'}"
    error = failure(
        WHO,
        "ran",
        fault_of(answer, frozenset(ended)),
        detail=detail,
        provider_request_id=identifier(answer.response_id),
    )
    if error.reason == "bad_parameter":
        error.message += ": the language of the prompt"
    return error


def fault_of(answer: Answer, ended: frozenset[str]) -> Reason:
    if "PUP_LIMITED_DISABLED" in ended:
        return "provider_account"
    if REFUSALS & ended or answer.prompt_feedback.block_reason or said_no(answer.candidates):
        return "content_policy_violation"
    return "bad_parameter" if "LANGUAGE" in ended else "provider_error"


def said_no(candidates: Sequence[Candidate]) -> bool:
    """Whether all that came is words, which is how these models decline."""
    return any(
        one.finish_reason == "STOP"
        and any(part.text and not part.thought for part in one.content.parts)
        for one in candidates
    )


def images(details: Sequence[Modality]) -> int:
    return sum(one.token_count for one in details if one.modality == "IMAGE")
