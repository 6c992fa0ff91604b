"""Reading a body: all of it, within its size and its time, or nothing."""

import asyncio
from collections.abc import Sequence

import pytest

from limner.api import body
from limner.api.asgi import Message, Scope
from limner.api.body import ClientGone, read_body
from limner.errors import BodyTooLarge, InvalidParams


class Sender:
    """Gives pieces of a body, each after a pause; then says nothing more, or leaves."""

    def __init__(self, pieces: Sequence[bytes], *, pause_s: float = 0, ends: bool = True) -> None:
        self._messages: list[Message] = [
            {"type": "http.request", "body": piece, "more_body": True} for piece in pieces
        ]
        self._pause_s = pause_s
        self._ends = ends

    async def __call__(self) -> Message:
        await asyncio.sleep(self._pause_s)
        if self._messages:
            return self._messages.pop(0)
        if self._ends:
            return {"type": "http.request"}
        return await asyncio.Future()


def announcing(length: bytes) -> Scope:
    return {"headers": [(b"content-length", length)]}


async def test_the_pieces_make_the_body() -> None:
    assert await read_body({"headers": []}, Sender([b"ab", b"", b"c"]), 3) == b"abc"


async def test_too_much_is_refused_at_once_whether_announced_or_not() -> None:
    with pytest.raises(BodyTooLarge, match="at most 3 bytes"):
        await read_body(announcing(b"4"), Sender([], ends=False), 3)
    with pytest.raises(BodyTooLarge):
        await read_body(announcing(b"1"), Sender([b"abcd"], ends=False), 3)


async def test_a_body_that_stays_away_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "BODY_S", 0.05)
    with pytest.raises(InvalidParams, match="in time"):
        await read_body({"headers": []}, Sender([b"{"], ends=False), 3)


async def test_every_mebibyte_buys_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "BODY_S", 0.2)
    large = Sender([bytes(1024 * 1024)], pause_s=0.15)
    assert len(await read_body({"headers": []}, large, 2**30)) == 1024 * 1024
    with pytest.raises(InvalidParams, match="in time"):
        await read_body({"headers": []}, Sender([b"x"] * 9, pause_s=0.15), 2**30)


async def test_who_leaves_midway_has_sent_nothing() -> None:
    async def leaving() -> Message:
        return {"type": "http.disconnect"}

    with pytest.raises(ClientGone):
        await read_body({"headers": []}, leaving, 3)
