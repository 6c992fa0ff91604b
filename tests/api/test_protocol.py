"""What the protocol does about clients that read slowly or leave, with a small app behind it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from uvicorn.server import ServerState

from limner.api.asgi import Receive, Scope, Send, answer
from limner.api.serving import BoundedProtocol

LARGE = bytes(16 * 1024 * 1024)
ASK = b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n"


class Impatient(BoundedProtocol):
    stalled_s = 0.3


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/patient":
        while (await receive())["type"] != "http.disconnect":
            pass
    await answer(send, 200, [], [LARGE if scope["path"] == "/large" else b"ok"])


@pytest.fixture
async def connections() -> AsyncIterator[tuple[int, ServerState]]:
    """A port to connect to, and what the server knows of its connections."""
    config = uvicorn.Config(app, http=Impatient, ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: Impatient(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()[1], state


async def test_who_reads_nothing_is_let_go(connections: tuple[int, ServerState]) -> None:
    port, state = connections
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(ASK)
    async with asyncio.timeout(10):
        await reader.readuntil(b"\r\n\r\n")
        while state.connections:  # noqa: ASYNC110 - uvicorn keeps a plain set
            await asyncio.sleep(0.05)
    writer.transport.abort()


async def test_who_reads_slowly_gets_everything(connections: tuple[int, ServerState]) -> None:
    port, _ = connections
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(ASK)
    await reader.readuntil(b"\r\n\r\n")
    taken, began = 0, asyncio.get_running_loop().time()
    while taken < len(LARGE):
        taken += len(await reader.readexactly(min(1024 * 1024, len(LARGE) - taken)))
        await asyncio.sleep(0.1)
    assert asyncio.get_running_loop().time() - began > 2 * Impatient.stalled_s
    writer.transport.abort()


async def test_who_leaves_with_several_requests_open_is_known_to_have_left(
    connections: tuple[int, ServerState],
) -> None:
    port, state = connections
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK.replace(b"/large", b"/patient") * 3)
    async with asyncio.timeout(10):
        while not state.tasks:  # noqa: ASYNC110 - uvicorn keeps a plain set
            await asyncio.sleep(0.01)
    running = set(state.tasks)
    writer.transport.abort()
    done, _ = await asyncio.wait(running, timeout=10)
    assert done == running
