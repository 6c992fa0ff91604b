"""What a creating request weighs: the bytes of its body, from their announcement to their use."""

from mmap import mmap

from limner.api.asgi import Message, Receive, Scope
from limner.api.body import announced
from limner.files.artifact import Kept
from limner.in_flight import InFlight, Share

LIGHT = 64 * 1024
"""Bodies up to here are not weighed."""


def weighed(scope: Scope, receive: Receive, in_flight: InFlight, share: Share) -> Receive:
    """`receive` for a body that is weighed. Raises ServiceUnavailable where there is no room."""
    told = announced(scope)
    in_flight.refuse_if_full(told or 0)
    if told is not None:
        if told > LIGHT:
            share.take(told)
        return receive

    async def counted() -> Message:
        message = await receive()
        size = len(message.get("body", b""))
        if size:
            in_flight.refuse_if_full(size)
            share.take(size)
        return message

    return counted


def unmapped(pictures: tuple[Kept, ...]) -> int:
    """The bytes of pictures that no provider's file holds, which is counted as long as it lives."""
    return sum(len(one.data) for one in pictures if not isinstance(one.data.obj, mmap))
