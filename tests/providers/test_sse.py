"""Server-sent events are the same however the bytes are cut into chunks."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.providers.http import TooLarge
from limner.providers.sse import event_data


async def arriving(chunks: list[bytes]) -> AsyncIterator[memoryview]:
    for chunk in chunks:
        yield memoryview(chunk)


async def read(*chunks: bytes, limit: int = 1000) -> list[bytes]:
    async with aclosing(event_data(arriving(list(chunks)), limit)) as events:
        return [data async for data in events]


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data:\n\n", [b""]),
        (b"event: x\nid: 7\nretry: 10\n: a comment\ndata: a\n\n", [b"a"]),
        (b"event: x\n\n\n\n", []),
        (b"data: a", [b"a"]),
        (b"data: a\n", [b"a"]),
        (b"datum: a\n\n", []),
        (b"", []),
    ],
)
async def test_events_are_read_by_the_standard(body: bytes, events: list[bytes]) -> None:
    assert await read(body) == events


LINES = st.sampled_from(
    [b"data: {}", b"data:", b"data: \xc3\xa9", b"", b"", b": x", b"event: y", b"data: " + b"A" * 90]
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(LINES, max_size=12),
    st.sampled_from([b"\n", b"\r\n"]),
    st.lists(st.integers(0, 400), max_size=12),
)
async def test_chunks_do_not_change_events(
    lines: list[bytes], ending: bytes, cuts: list[int]
) -> None:
    body = ending.join(lines)
    places = sorted({0, len(body), *(place for place in cuts if place < len(body))})
    chunks = [body[start:end] for start, end in pairwise(places)]
    assert b"".join(chunks) == body
    assert await read(*chunks) == await read(body)


async def test_a_line_beyond_the_limit_is_refused_before_it_ends() -> None:
    with pytest.raises(TooLarge):
        await read(b"data: ", *[b"x" * 100] * 11)


async def test_an_event_of_many_lines_beyond_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        await read(*[b"data: " + b"x" * 90 + b"\n"] * 12)


async def test_many_events_may_together_outgrow_the_limit() -> None:
    assert len(await read(*[b"data: " + b"x" * 90 + b"\n\n"] * 100)) == 100


async def test_leaving_early_leaves_nothing_open() -> None:
    closed = []

    async def chunks() -> AsyncGenerator[memoryview, None]:
        try:
            while True:
                yield memoryview(b"data: a\n\n")
        finally:
            closed.append(True)

    source = chunks()
    async with aclosing(source), aclosing(event_data(source)) as events:
        assert await anext(events) == b"a"
    assert closed == [True]
