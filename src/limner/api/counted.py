"""Every answer about a workspace's files, refusals too, tells what they take and may take."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from starlette.requests import Request

from limner.api.asgi import (
    ERROR,
    App,
    Header,
    Message,
    Receive,
    Scope,
    Send,
    answer,
    encoded,
    request_id,
)
from limner.api.auth import authenticated
from limner.api.services import Services
from limner.api.wire.errors import error_answer
from limner.db.base import DatabaseAway
from limner.errors import LimnerError


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about the files of a workspace."""

    request: Request
    workspace_id: str
    services: Services


Answering: TypeAlias = Callable[[Asked, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Serving:
    function: Answering
    services: Services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = await authenticated(scope, self.services.accounts)
        asked = Asked(Request(scope, receive), caller.workspace_id, self.services)
        telling = Telling(asked, send)
        try:
            await self.function(asked, telling)
        except LimnerError as error:
            if telling.started:
                raise
            scope[ERROR] = error.code
            status, headers, body = error_answer(error, request_id(scope))
            await answer(telling, status, headers, [body])


class Telling:
    """Sends what a route says, with the four storage headers as they are when it begins."""

    def __init__(self, asked: Asked, send: Send) -> None:
        self._asked = asked
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            told = encoded(await self._headers())
            self.started = True
            message["headers"] = [*message.get("headers", []), *told]
        await self._send(message)

    async def _headers(self) -> list[Header]:
        files, quota = self._asked.services.files, self._asked.services.uploads.quota
        try:
            usage = await files.usage(self._asked.workspace_id)
        except DatabaseAway:  # what was done is done, and worth more than these
            return []
        return [
            ("x-storage-used-bytes", str(usage.bytes)),
            ("x-storage-limit-bytes", str(quota.bytes)),
            ("x-files-used", str(usage.files)),
            ("x-files-limit", str(quota.files)),
        ]


@dataclass(frozen=True, slots=True)
class answered:  # noqa: N801 - reads as a function: serve=answered(read_file)
    """A function above as an ASGI callable, once it has the services."""

    function: Answering

    def __call__(self, services: Services) -> App:
        return Serving(self.function, services)
