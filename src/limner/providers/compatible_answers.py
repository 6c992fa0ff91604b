"""Reading servers that answer nearly as OpenAI does: pictures as base64 or links, and refusals.

They word their errors in many ways, so only the status decides, and nothing of their words is
passed on. But all of them write JSON, so that a page is a proxy's in front of one, whose 500 or 503
leaves everything open. A server of one's own that fails has cost nobody anything but time; as it
may be a hosted one, what it may have drawn counts as drawn.
"""

import re
import time
from collections.abc import Mapping, Sequence

import msgspec

from limner.providers.base import (
    Generated,
    ImageData,
    Order,
    Outcome,
    ProviderError,
    Reason,
)
from limner.providers.cuts import cut, picture
from limner.providers.http import HttpFailure, NotSent, Reply, TooLarge, retry_after
from limner.providers.result_links import Links, all_images

OUTCOMES: Mapping[int, tuple[Outcome, Reason]] = {
    301: ("known_not_run", "provider_error"),
    307: ("known_not_run", "provider_error"),
    308: ("known_not_run", "provider_error"),
    400: ("known_not_run", "bad_parameter"),
    401: ("known_not_run", "provider_account"),
    402: ("known_not_run", "provider_account"),
    403: ("known_not_run", "provider_account"),
    404: ("known_not_run", "model_unavailable"),
    405: ("known_not_run", "provider_error"),
    413: ("known_not_run", "bad_parameter"),
    415: ("known_not_run", "bad_parameter"),
    422: ("known_not_run", "bad_parameter"),
    429: ("known_not_run", "capacity"),
    500: ("ran", "provider_error"),
    503: ("known_not_run", "capacity"),
}
"""Status -> outcome and reason; 502, 504 and all that is not listed is unknown."""

WORDED = frozenset({400, 415, 422, 500, 503})
"""Statuses that count in the server's own words only."""

UNKNOWN: tuple[Outcome, Reason] = ("unknown", "provider_error")

SENTENCES: Mapping[Reason | Outcome, str] = {
    "provider_account": "the server of this model turned this gateway away; its operator has to "
    "look at it",
    "capacity": "the server of this model has no room for this order now",
    "bad_parameter": "the server of this model refused a parameter of this order",
    "model_unavailable": "the server of this model does not have it",
    "ran": "the server of this model failed to draw this order",
    "known_not_run": "the server of this model did not take this order",
    "unknown": "the server of this model left open whether this order was drawn",
}
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


class Picture(msgspec.Struct, frozen=True):
    b64_json: str | None = None
    url: str | None = None
    index: int | None = None


class Answer(msgspec.Struct, frozen=True):
    data: list[Picture] = []


async def read_reply(
    reply: Reply, order: Order, links: Links, *, seed: int | None, warnings: tuple[str, ...]
) -> Generated:
    """The pictures of a 200, at most as many as ordered; links are followed one by one.

    Raises ProviderError where there is none. The seed is told of a lone picture only: which one of
    several it belongs to, no server says.
    """
    if reply.status != 200:
        raise refusal(reply, time.time())
    skeleton, cuts = cut(reply.content)
    try:
        answer = msgspec.json.decode(skeleton, type=Answer)
    except msgspec.MsgspecError:
        raise failed("ran", "HTTP 200, which cannot be read") from None
    told = [one for one in in_order(answer.data) if one.b64_json or one.url][: order.n]
    if not told:
        raise failed("ran", "HTTP 200, without a picture")
    urls = [one.url for one in told if one.url and not one.b64_json]
    fetched = iter(await all_images(links, urls, required=len(urls) == len(told)))
    had = [
        ImageData(picture(one.b64_json, cuts), "base64") if one.b64_json else next(fetched)
        for one in told
    ]
    images = [one for one in had if isinstance(one, ImageData)]
    if order.n == 1:
        images = [ImageData(one.data, one.encoding, seed=seed) for one in images]
    return Generated(
        tuple(images),
        warnings=warnings,
        provider_request_id=request_id(reply),
        lost=len(had) - len(images),
    )


def in_order(pictures: Sequence[Picture]) -> list[Picture]:
    """By the number they carry, where they carry one."""
    return sorted(pictures, key=lambda one: one.index or 0)


def refusal(reply: Reply, now: float) -> ProviderError:
    outcome, reason = OUTCOMES.get(reply.status, UNKNOWN)
    if reply.status in WORDED and not is_worded(reply.body):
        outcome, reason = UNKNOWN
    return ProviderError(
        SENTENCES[outcome if reason == "provider_error" else reason],
        outcome=outcome,
        reason=reason,
        retry_after=retry_after(reply.headers, now) if reason == "capacity" else None,
        detail=f"HTTP {reply.status}",
        provider_request_id=request_id(reply),
    )


def is_worded(body: bytes) -> bool:
    """Whether an answer is a JSON object, as all errors of these servers are."""
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError:
        return False
    return True


def failed_call(failure: HttpFailure) -> ProviderError:
    outcome: Outcome = "unknown"
    if isinstance(failure, NotSent):
        outcome = "known_not_run"
    elif isinstance(failure, TooLarge):
        outcome = "ran"
    return failed(outcome, failure.what)


def failed(outcome: Outcome, detail: str) -> ProviderError:
    return ProviderError(SENTENCES[outcome], outcome=outcome, detail=detail)


def request_id(reply: Reply) -> str | None:
    found = REQUEST_ID.fullmatch(reply.headers.get("x-request-id", ""))
    return found[0] if found else None
