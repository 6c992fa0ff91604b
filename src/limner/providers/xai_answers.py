"""Reading what xAI draws: pictures in base64, those it withheld, and what the call cost.

A refusal comes as 200. It strikes single pictures: the others are delivered, and only an answer
without any picture is a refusal of the order.
"""

import re

import msgspec

from limner.providers.base import Generated, ImageData, Order, ProviderError, Usage
from limner.providers.cuts import Cuts, cut, picture, words
from limner.providers.failures import failure
from limner.providers.http import Reply
from limner.providers.xai_errors import WHO, request_id
from limner.providers.xai_fields import unmet

LONGEST_PREFIX = 64
MODEL = re.compile(r"(?P<name>[a-z0-9.-]{1,60}?)(-20[0-9]{2}-[0-9]{2}-[0-9]{2})?")
"""A model's name, and the day of a snapshot of it."""


class Item(msgspec.Struct, frozen=True):
    b64_json: str | None = None
    url: str | None = None
    respect_moderation: bool | None = None
    revised_prompt: str | None = None

    @property
    def withheld(self) -> bool:
        """Flagged, or there with nothing in it."""
        return self.respect_moderation is False or not (self.b64_json or self.url)


class Cost(msgspec.Struct, frozen=True):
    cost_in_usd_ticks: int | None = None


class Answer(msgspec.Struct, frozen=True):
    """A refused prompt may come with a reason in place of `data`; `model` is the one that drew."""

    data: list[Item] = []
    usage: Cost | None = None
    model: str | None = None


def read_reply(reply: Reply, order: Order) -> Generated:
    """The pictures of a 200, at most as many as ordered. Raises ProviderError if there is none."""
    answer, cuts = decoded(reply)
    withheld = sum(item.withheld for item in answer.data)
    images = tuple(image(item, cuts) for item in answer.data if item.b64_json and not item.withheld)
    if not images:
        raise nothing(reply, answer, withheld)
    cost = answer.usage.cost_in_usd_ticks if answer.usage else None
    return Generated(
        images[: order.n],
        usage=None if cost is None else Usage(cost=cost),
        provider_request_id=request_id(reply.headers),
        warnings=(*unmet(order), *refused(withheld, order.n), *redirected(answer, order)),
    )


def decoded(reply: Reply) -> tuple[Answer, Cuts]:
    skeleton, cuts = cut(reply.content)
    try:
        return msgspec.json.decode(skeleton, type=Answer), cuts
    except msgspec.MsgspecError:
        raise failure(
            WHO,
            "ran",
            detail="HTTP 200, which cannot be read",
            provider_request_id=request_id(reply.headers),
        ) from None


def nothing(reply: Reply, answer: Answer, withheld: int) -> ProviderError:
    """An empty list is a refusal as well; links alone are none, and were not asked for."""
    links_only = len(answer.data) > withheld
    return failure(
        WHO,
        "ran",
        "provider_error" if links_only else "content_policy_violation",
        detail=f"HTTP 200, {'links in place of pictures' if links_only else 'pictures withheld'}",
        provider_request_id=request_id(reply.headers),
    )


def image(item: Item, cuts: Cuts) -> ImageData:
    data = without_prefix(picture(item.b64_json or "", cuts))
    return ImageData(data, "base64", words(item.revised_prompt, cuts) or None)


def without_prefix(data: memoryview) -> memoryview:
    """Base64 alone, where it came as a `data:` URI."""
    head = bytes(data[:LONGEST_PREFIX])
    return data[head.find(b",") + 1 :] if head.startswith(b"data:") else data


def redirected(answer: Answer, order: Order) -> tuple[str, ...]:
    """Names that are retired go on to answer, and another model draws."""
    served = MODEL.fullmatch(answer.model or "")
    if served is None or served["name"] == order.upstream_model:
        return ()
    return (f"xai drew this with {served['name']}",)


def refused(withheld: int, ordered: int) -> tuple[str, ...]:
    if not withheld:
        return ()
    were = "was" if withheld == 1 else "were"
    return (f"{withheld} of {ordered} pictures {were} refused for their content",)
