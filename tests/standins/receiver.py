"""A receiver of webhooks, or any small web server: it answers as it was told to, then well."""

import asyncio
import ssl
from collections import deque

from tests.standins.messages import Answer, Request
from tests.standins.server import Connection, StandIn


class Receiver(StandIn):
    """`told` are its next answers: an Answer, a status, or seconds to wait before it says 200."""

    def __init__(
        self,
        *told: Answer | int | float,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(host=host, port=port, tls=tls)
        self.told: deque[Answer | int | float] = deque(told)

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        self.note("asked", path=request.path)
        told = self.told.popleft() if self.told else 200
        if isinstance(told, Answer):
            return told
        if isinstance(told, float):
            await asyncio.sleep(told)
            told = 200
        return Answer(told, b"thanks", {"content-type": "text/plain"})


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status, b"", {"location": location})
