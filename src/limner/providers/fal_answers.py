"""Reading what fal says of an order it took: how far that is, and which pictures it became.

A picture that was held back comes as a black one and is named in `has_nsfw_concepts`. It is not
fetched: it is missing from the answer, and may have been billed.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from limner.providers.base import Generated, Order, Progress, ProviderError
from limner.providers.failures import failure, identifier
from limner.providers.fal_errors import WHO
from limner.providers.http import Reply
from limner.providers.result_links import Links, all_images

IN_QUEUE, COMPLETED = "IN_QUEUE", "COMPLETED"
HELD_BACK = f"a picture was not made: {WHO} refused the prompt or its picture for its content"
FRONT_OF_QUEUE, BEGUN = 0.1, 0.3
"""How far an order counts as done that is the next, and one that is drawn; fal tells no more."""


class State(msgspec.Struct, frozen=True):
    """How far an order is; a status nobody knows is one that goes on."""

    status: str
    queue_position: int | None = None
    error: msgspec.Raw = msgspec.Raw(b"null")
    error_type: str | None = None

    @property
    def failed_by(self) -> str | None:
        """The type of error it ended with, where it says that it ended with one."""
        return self.error_type or (None if bytes(self.error) == b"null" else "error")

    @property
    def progress(self) -> Progress:
        if self.status != IN_QUEUE:
            return Progress(BEGUN, estimated=True)
        return Progress(FRONT_OF_QUEUE / (1 + max(self.queue_position or 0, 0)), estimated=True)


class Picture(msgspec.Struct, frozen=True):
    url: str


class Drawn(msgspec.Struct, frozen=True):
    """Several pictures, or the one that was enlarged."""

    images: list[Picture] = []
    image: Picture | None = None
    seed: msgspec.Raw = msgspec.Raw(b"null")
    has_nsfw_concepts: list[bool | None] | None = None

    @property
    def drawn_by(self) -> int | None:
        """The seed, where it is a number: a picture is worth more than that."""
        try:
            return msgspec.json.decode(self.seed, type=int | None)
        except msgspec.MsgspecError:
            return None


def read_state(reply: Reply) -> State | None:
    """How far an order is; None for an answer that says nothing about it."""
    if reply.status not in (200, 202):
        return None
    try:
        return msgspec.json.decode(reply.body, type=State)
    except msgspec.MsgspecError:
        return None


def read_drawn(reply: Reply) -> Drawn | None:
    """What was drawn; None for an answer that says nothing about it."""
    try:
        return msgspec.json.decode(reply.body, type=Drawn)
    except msgspec.MsgspecError:
        return None


def shown(drawn: Drawn, order: Order) -> list[Picture]:
    """The pictures that may be shown, of as many as were ordered.

    Raises ProviderError if there is none.
    """
    found = ([drawn.image] if drawn.image else drawn.images)[: order.n]
    if not found:
        raise failure(WHO, "ran", detail="COMPLETED without a picture")
    flags = drawn.has_nsfw_concepts or []
    flagged = {number for number, held_back in enumerate(flags) if held_back}
    clean = [picture for number, picture in enumerate(found) if number not in flagged]
    if not clean:
        raise failure(WHO, "ran", "content_policy_violation", detail="has_nsfw_concepts")
    return clean


async def fetched(
    pictures: Sequence[Picture], drawn: Drawn, order: Order, links: Links, request_id: str
) -> Generated:
    """What the links brought. Raises ProviderError when that is nothing."""
    images = await all_images(links, [picture.url for picture in pictures])
    came = [image for image in images if not isinstance(image, ProviderError)]
    if order.n == 1:
        came = [replace(image, seed=drawn.drawn_by) for image in came]
    came_at_all = min(order.n, len(drawn.images) or 1)
    flagged = came_at_all - len(pictures)
    return Generated(
        tuple(came),
        provider_request_id=identifier(request_id),
        warnings=(HELD_BACK,) * min(flagged, 1),
        lost=came_at_all - len(came),
    )
