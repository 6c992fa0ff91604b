"""One serving process: uvicorn around a limner, and a stop that loses no accepted work."""

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from limner.api.serving import BoundedProtocol
from limner.app import Limner, running

LAST_WORDS_S = 5
"""Seconds for answers to reach slow readers once all jobs have ended."""


class Server(uvicorn.Server):
    """Drains before it shuts down; a second signal cuts the draining short."""

    def __init__(self, config: uvicorn.Config, limner: Limner, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._limner = limner
        self._ready = ready
        self._hurry = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            self._hurry.set()
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        draining = asyncio.create_task(self._limner.drain())
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({draining, hurry}, return_when=asyncio.FIRST_COMPLETED)
        if not draining.done():
            await self._limner.services.runner.drain(0)
        hurry.cancel()
        await draining
        await super().shutdown(sockets)


async def serve(limner: Limner, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Answer on an open socket until a stop signal, then drain. Calls `ready` once listening."""
    settings = limner.services.settings
    BoundedProtocol.head_s = settings.header_timeout_s
    config = uvicorn.Config(
        limner.edge,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # a forged one would make links to elsewhere; see public_url
        log_config=None,
        timeout_graceful_shutdown=LAST_WORDS_S,
    )
    async with running(limner):
        await Server(config, limner, ready).serve([listener])


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes any free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except BaseException:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener
