"""The fault proxy does to a connection what its script says, and nothing to the others."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.standins.proxy import FaultProxy, Script, Way, proxied

QUESTION, ANSWER = b"q" * 200, b"a" * 1000


class Far:
    """A server that answers after each question, and remembers what came and how it ended."""

    def __init__(self) -> None:
        self.heard = b""
        self.ends: list[str] = []
        self.asked, self.left = asyncio.Event(), asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(200):
                self.heard += data
                if len(self.heard) % len(QUESTION) == 0:
                    writer.write(ANSWER)
                    self.asked.set()
            self.ends.append("fin")
        except ConnectionResetError:
            self.ends.append("reset")
        self.left.set()
        writer.close()


@asynccontextmanager
async def behind(*scripts: Script) -> AsyncIterator[tuple[FaultProxy, Far]]:
    far = Far()
    server = await asyncio.start_server(far.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with proxied(f"http://127.0.0.1:{port}/v1", *scripts) as proxy:
        yield proxy, far
    server.close()


async def connected(proxy: FaultProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = proxy.url.removeprefix("http://").removesuffix("/v1").split(":")
    return await asyncio.open_connection(host, int(port))


async def asked(proxy: FaultProxy) -> tuple[bytes, str]:
    """What is answered to a question, and how the connection ended."""
    reader, writer = await connected(proxy)
    writer.write(QUESTION)
    got = b""
    try:
        while len(got) < len(ANSWER) and (data := await reader.read(200)):
            got += data
        return got, "fin" if len(got) < len(ANSWER) else ""
    except ConnectionResetError:
        return got, "reset"
    finally:
        writer.close()


async def test_without_a_script_a_connection_is_whole_in_both_directions() -> None:
    async with behind() as (proxy, far):
        assert await asked(proxy) == (ANSWER, "")
        await far.left.wait()
        assert (far.heard, far.ends) == (QUESTION, ["fin"])
        (line,) = proxy.lines
        assert (line.to.total, line.back.total) == (200, 1000)


@pytest.mark.parametrize("end", ["fin", "reset"])
async def test_an_answer_is_cut_behind_so_many_bytes(end: str) -> None:
    script = Script(back=Way(most=234), end=end)  # type: ignore[arg-type]  # one of the ends
    async with behind(script) as (proxy, far):
        assert await asked(proxy) == (ANSWER[:234], end)
        await far.left.wait()
        assert (far.heard, far.ends) == (QUESTION, [end])
        assert await asked(proxy) == (ANSWER, "")


@pytest.mark.parametrize("end", ["fin", "reset"])
async def test_a_question_is_cut_behind_so_many_bytes(end: str) -> None:
    script = Script(to=Way(most=10), end=end)  # type: ignore[arg-type]  # one of the ends
    async with behind(script) as (proxy, far):
        assert await asked(proxy) == (b"", end)
        await far.left.wait()
        assert (far.heard, far.ends) == (QUESTION[:10], [end])


async def test_nothing_of_an_answer_is_an_answer_that_is_lost() -> None:
    async with behind(Script(back=Way(most=0))) as (proxy, far):
        assert await asked(proxy) == (b"", "reset")
        assert far.heard == QUESTION


async def test_a_black_hole_swallows_what_comes_and_tells_nobody_who_left() -> None:
    async with behind(Script(back=Way(most=100), end="hole")) as (proxy, far):
        reader, writer = await connected(proxy)
        writer.write(QUESTION)
        assert await reader.readexactly(100) == ANSWER[:100]
        writer.write(QUESTION)
        writer.close()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(far.left.wait(), 0.1)
        assert far.heard == QUESTION
    await far.left.wait()


async def test_a_refused_connection_never_reaches_the_server() -> None:
    async with behind(Script(refuse=True)) as (proxy, far):
        assert await asked(proxy) == (b"", "reset")
        assert (far.heard, far.ends, proxy.connections) == (b"", [], 1)


async def test_a_deaf_proxy_refuses_until_it_listens_again() -> None:
    async with behind() as (proxy, _):
        await proxy.deafen()
        with pytest.raises(ConnectionRefusedError):
            await asked(proxy)
        await proxy.listen()
        assert await asked(proxy) == (ANSWER, "")


async def test_delay_and_drip_take_as_long_as_they_say_and_lose_nothing() -> None:
    async with behind(Script(to=Way(delay_s=0.2), back=Way(drip_s=0.0001))) as (proxy, _):
        began = time.monotonic()
        assert await asked(proxy) == (ANSWER, "")
        assert time.monotonic() - began > 0.2 + len(ANSWER) * 0.0001


async def test_a_connection_ends_at_a_moment_that_something_else_tells() -> None:
    moment = asyncio.Event()

    async def now() -> None:
        await moment.wait()

    async with behind(Script(at=now)) as (proxy, far):
        reader, writer = await connected(proxy)
        writer.write(QUESTION)
        assert await reader.readexactly(len(ANSWER)) == ANSWER
        moment.set()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        await far.left.wait()
        assert far.ends == ["reset"]
        writer.close()


async def test_every_connection_can_be_cut_at_once() -> None:
    async with behind() as (proxy, _):
        lines = [await connected(proxy) for _ in range(3)]
        for reader, writer in lines:
            writer.write(QUESTION)
            assert await reader.readexactly(len(ANSWER)) == ANSWER
        proxy.cut()
        await proxy.until_left()
        for reader, writer in lines:
            with pytest.raises(ConnectionResetError):
                await reader.read()
            writer.close()


async def test_a_server_that_is_away_is_a_connection_that_is_reset() -> None:
    async with behind() as (proxy, _), proxied("http://127.0.0.1:1") as nobody:
        host, port = nobody.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        assert await asked(proxy) == (ANSWER, "")
