"""Connections at the edge of HTTP: limits on heads and bodies, late and leaving clients, a stop."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from tests.api.raw import Line, line_to, request
from tests.contract.gateway import Gateway
from tests.databases import FreshUrl
from tests.servers import Server, a_key, serving

from limner.settings import Settings

DOT: dict[str, object] = {"model": "sketch-1", "prompt": "a dot", "size": "32x32"}
LIVE = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.fixture(scope="module")
def hasty(sqlite_url: FreshUrl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits for nobody and takes small bodies."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("hasty"),
        database_url=sqlite_url(),
        header_timeout_s=0.4,
        max_body_bytes=4096,
        test_pace=0,
        log_level="error",
    )
    with serving(settings) as server:
        yield server


@pytest.fixture
async def line(gateway: Gateway) -> AsyncIterator[Line]:
    async with line_to(gateway.server) as line:
        yield line


def refused(body: Any) -> str:
    assert re.fullmatch(r"req_[0-9A-Z]{26}", body["error"]["request_id"])
    return str(body["error"]["code"])


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 33_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 300_000,
        b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x: y\r\n" * 8_000 + b"\r\n",
        b"GET /" + b"a" * 33_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"G" * 40_000,
    ],
    ids=["one header", "no end", "many headers", "path", "no words"],
)
async def test_a_head_that_is_too_long_is_refused_and_ends_the_connection(
    line: Line, head: bytes
) -> None:
    await line.send(head)
    answer = await line.answer()
    assert answer.status == 400
    assert answer.headers["connection"] == "close"
    assert answer.headers["content-type"] == "application/json"
    assert refused(answer.json()) == "validation_failed"
    assert await line.is_over()


async def test_a_head_of_30_kib_is_read(line: Line) -> None:
    await line.send(b"GET /health/live HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 30_000 + b"\r\n\r\n")
    assert (await line.answer()).status == 200


@pytest.mark.parametrize(
    "said",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET http://x HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nx : y\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_refused_in_the_same_envelope(line: Line, said: bytes) -> None:
    await line.send(said)
    answer = await line.answer()
    assert (answer.status, answer.headers["connection"]) == (400, "close")
    assert refused(answer.json()) == "validation_failed"
    assert await line.is_over()


async def test_a_broken_body_ends_in_a_400(line: Line, gateway: Gateway) -> None:
    await line.send(
        b"POST /v1/images/generations HTTP/1.1\r\ntransfer-encoding: chunked\r\n"
        b"authorization: Bearer " + gateway.keys.test.encode() + b"\r\n\r\n1\r\n{\r\nzz\r\n"
    )
    answer = await line.answer()
    assert (answer.status, refused(answer.json())) == (400, "validation_failed")
    assert await line.is_over()


async def test_a_late_head_is_cut_off_and_a_slow_one_too(hasty: Server) -> None:
    async with line_to(hasty) as silent:
        assert await silent.is_over()
    async with line_to(hasty) as slow:
        for byte in b"GET /health/live HTTP/1.1\r\nx: y":
            if slow.reader.at_eof():
                break
            await slow.send(bytes([byte]))
            await asyncio.sleep(0.05)
        assert await slow.is_over()


async def test_the_second_head_of_a_connection_is_timed_too(hasty: Server) -> None:
    async with line_to(hasty) as line:
        await line.send(LIVE)
        assert (await line.answer()).status == 200
        await line.send(LIVE[:20])
        assert await line.is_over()


async def test_a_body_that_drips_on_after_its_answer_is_cut_off(hasty: Server) -> None:
    async with line_to(hasty) as line:
        await line.send(b"POST /v1/images/generations HTTP/1.1\r\ncontent-length: 9999\r\n\r\n")
        assert (await line.answer()).status == 413
        while not line.reader.at_eof():
            try:
                await line.send(b"x")
            except ConnectionError:
                break
            await asyncio.sleep(0.05)
        assert await line.is_over()


async def test_a_connection_lives_on_after_a_body_that_was_not_wanted(hasty: Server) -> None:
    async with line_to(hasty) as line:
        await line.send(b"POST /v1/images/generations HTTP/1.1\r\ncontent-length: 9999\r\n\r\n")
        assert (await line.answer()).status == 413
        await line.send(b"x" * 9999 + LIVE)
        assert (await line.answer()).status == 200


async def test_such_a_connection_does_not_live_for_ever(hasty: Server) -> None:
    async with line_to(hasty) as line:
        await line.send(b"POST /v1/images/generations HTTP/1.1\r\ncontent-length: 9999\r\n\r\n")
        assert (await line.answer()).status == 413
        await line.send(b"x" * 9999)
        assert await line.is_over()


async def test_the_first_bytes_over_the_limit_end_a_chunked_body(hasty: Server) -> None:
    key = await a_key(hasty.settings)
    async with line_to(hasty) as line:
        await line.send(
            b"POST /v1/images/generations HTTP/1.1\r\ntransfer-encoding: chunked\r\n"
            b"authorization: Bearer " + key.encode() + b"\r\n\r\n" + b"1001\r\n" + b"x" * 0x1001
        )
        answer = await line.answer()
        assert (answer.status, refused(answer.json())) == (413, "file_too_large")


async def test_a_chunked_body_within_the_limit_is_read(line: Line, gateway: Gateway) -> None:
    body = msgspec.json.encode(DOT)
    chunks = b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body)
    await line.send(
        b"POST /v1/images/generations HTTP/1.1\r\ntransfer-encoding: chunked\r\n"
        b"authorization: Bearer " + gateway.keys.test.encode() + b"\r\n\r\n" + chunks + b"0\r\n\r\n"
    )
    assert (await line.answer()).status == 200


async def test_who_waits_for_a_continue_gets_it_unless_refused(
    line: Line, gateway: Gateway
) -> None:
    whole = request(gateway.keys.test, DOT, "expect: 100-continue")
    head, _, body = whole.partition(b"\r\n\r\n")
    await line.send(head + b"\r\n\r\n")
    assert (await line.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
    await line.send(body)
    assert (await line.answer()).status == 200
    large = head.replace(b"content-length: ", b"content-length: 99999999")
    await line.send(large + b"\r\n\r\n")
    assert (await line.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 413")


async def test_pipelined_requests_are_answered_in_their_order(line: Line, gateway: Gateway) -> None:
    slow = request(gateway.keys.test, {**DOT, "prompt": "[[limner:delay=0.2s]]"}, "x-request-id: 1")
    fast = LIVE.replace(b"\r\n\r\n", b"\r\nx-request-id: 2\r\n\r\n")
    bad = request(gateway.keys.test, {"model": "?"}, "x-request-id: 3")
    await line.send(slow + fast + bad + fast)
    answers = [await line.answer() for _ in range(4)]
    assert [one.status for one in answers] == [200, 200, 404, 200]
    assert [one.headers["x-request-id"] for one in answers] == ["1", "2", "3", "2"]


async def test_rubbish_behind_a_request_does_not_spoil_its_answer(
    line: Line, gateway: Gateway
) -> None:
    slow = request(gateway.keys.test, {**DOT, "prompt": "[[limner:delay=0.2s]]"})
    await line.send(slow + b"rubbish\r\n\r\n")
    answer = await line.answer()
    assert (answer.status, len(answer.json()["data"])) == (200, 1)
    assert await line.is_over()


async def test_a_broken_request_does_not_spoil_those_before(line: Line, gateway: Gateway) -> None:
    slow = request(gateway.keys.test, {**DOT, "prompt": "[[limner:delay=0.2s]]"})
    broken = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"
    await line.send(slow + LIVE + broken)
    answers = [await line.answer() for _ in range(2)]
    assert [one.status for one in answers] == [200, 200]
    assert answers[1].headers["connection"] == "close"
    assert await line.is_over()


async def test_an_offer_of_http2_is_passed_over(line: Line, gateway: Gateway) -> None:
    offer = ("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AA")
    for _ in range(2):
        await line.send(request(gateway.keys.test, DOT, *offer))
        assert (await line.answer()).status == 200
    await line.send(LIVE)
    assert (await line.answer()).status == 200


async def ended_jobs(gateway: Gateway, count: int) -> list[str]:
    """The states of all jobs, once that many are there and none is running."""
    for _ in range(400):
        states = await gateway.states()
        if len(states) >= count and "processing" not in states:
            return states
        await asyncio.sleep(0.05)
    raise AssertionError(f"there are not {count} ended jobs: {states}")


@pytest.mark.parametrize("manner", ["FIN", "half"])
async def test_who_hangs_up_right_after_asking_has_asked(gateway: Gateway, manner: str) -> None:
    key = await a_key(gateway.server.settings, "live")  # nobody has seen it: looking it up waits
    before = await gateway.holdings()
    async with line_to(gateway.server) as line:
        with stopped(gateway.server):  # so that request and end are read together
            await line.send(request(key, {"model": "dall-e-3", "prompt": f"left by {manner}"}))
            if manner == "half":
                line.writer.write_eof()
            else:
                line.writer.close()
        await ended_jobs(gateway, before.jobs + 1)
    after = await gateway.holdings()
    assert after.jobs == before.jobs + 1
    assert after.pictures == before.pictures + 1
    assert after.wallets != before.wallets
    assert gateway.upstream.asked(f"left by {manner}") == 1


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """The server does nothing inside the block, while the kernel takes what is sent to it."""
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


async def test_who_leaves_while_waiting_loses_nothing(gateway: Gateway) -> None:
    before = await gateway.holdings()
    prompt = "left while waiting [[standin:delay=0.3]]"
    async with line_to(gateway.server) as line:
        await line.send(request(gateway.keys.live, {"model": "dall-e-3", "prompt": prompt}))
        await gateway.upstream.until_asked(prompt)
    assert (await ended_jobs(gateway, before.jobs + 1))[-1] == "completed"
    assert (await gateway.holdings()).pictures == before.pictures + 1


async def test_who_leaves_before_the_request_is_whole_asked_nothing(gateway: Gateway) -> None:
    before = await gateway.holdings()
    async with line_to(gateway.server) as line:
        await line.send(request(gateway.keys.live, {"model": "dall-e-3", "prompt": "half"})[:-5])
        line.writer.close()
        await line.writer.wait_closed()
    async with line_to(gateway.server) as line:
        await line.send(LIVE)
        assert (await line.answer()).status == 200
    assert await gateway.holdings() == before


async def test_a_stopping_server_refuses_new_work_and_finishes_old(
    sqlite_url: FreshUrl, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("stopping"),
        database_url=sqlite_url(),
        test_pace=0,
        log_level="error",
    )
    key = await a_key(settings)
    with serving(settings) as server:
        async with line_to(server) as old, line_to(server) as watch, line_to(server) as new:
            running = {**DOT, "prompt": "[[limner:delay=1s]]"}
            await old.send(request(key, running))
            await new.send(LIVE)
            assert (await new.answer()).headers.get("connection") is None
            await asyncio.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            stopping = False
            while not stopping:
                await watch.send(LIVE)
                stopping = (await watch.answer()).headers.get("connection") == "close"
            await new.send(request(key, DOT))
            refusal = await new.answer()
            assert (refusal.status, refused(refusal.json())) == (503, "service_unavailable")
            assert refusal.headers["x-should-retry"] == "true"
            assert refusal.headers["retry-after"] == "2"
            assert refusal.headers["connection"] == "close"
            assert await new.is_over()
            assert (await old.answer()).status == 200
        assert await asyncio.to_thread(server.process.wait, 20) == 0
