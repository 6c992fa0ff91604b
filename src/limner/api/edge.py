"""Every request enters here: it gets its id, finds its route, and no error leaves in another form.

The hot routes (a picture wanted, a picture fetched) are called directly; all others go through
Starlette's router. No middleware stands before either.
"""

import asyncio
import re
from collections.abc import Callable, Mapping

import structlog
from starlette.exceptions import HTTPException
from starlette.routing import Router

from limner.api.asgi import REQUEST_ID, App, Header, Message, Receive, Scope, Send, answer, header
from limner.api.body import ClientGone
from limner.api.wire.errors import error_answer
from limner.db.base import DatabaseAway
from limner.errors import (
    InternalError,
    LimnerError,
    MethodNotAllowed,
    NotFound,
    ServiceUnavailable,
)
from limner.generation.runner import stopping
from limner.ids import new_id

log = structlog.get_logger()

CALLERS_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Edge:
    """The ASGI application. `hot` are routes by method and path, or by a path that ends in `/`.

    Once `closing` is true every answer ends its connection, so that clients go elsewhere.
    """

    def __init__(
        self, hot: Mapping[tuple[str, str], App], router: Router, closing: Callable[[], bool]
    ) -> None:
        self._hot = hot
        self._router = router
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        scope[REQUEST_ID] = request_id(scope)
        scope["app"] = self  # Starlette's router raises its 404 and 405 only inside an app
        scope["path"] = scope["path"].rstrip("/") or "/"
        sending = Sending(send, scope[REQUEST_ID], self._closing)
        try:
            refuse_nul(scope)
            await self._route(scope)(scope, receive, sending)
        except ClientGone:
            return
        except (Exception, asyncio.CancelledError) as error:
            if sending.started:
                raise
            status, headers, body = error_answer(understood(error, scope), scope[REQUEST_ID])
            headers += allowed(error)
            await answer(sending, status, headers, [body])

    def _route(self, scope: Scope) -> App:
        method, path = scope["method"], scope["path"]
        method = "GET" if method == "HEAD" else method
        folder = path[: path.rfind("/") + 1]
        return self._hot.get((method, path)) or self._hot.get((method, folder)) or self._router


def refuse_nul(scope: Scope) -> None:
    """No name or id has a NUL in it, and PostgreSQL takes none in any text."""
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        raise NotFound("there is nothing at an address with a NUL character in it")


class Sending:
    """Sends what a route says, with the request's id on it, and knows whether it has begun."""

    def __init__(self, send: Send, request_id: str, closing: Callable[[], bool]) -> None:
        self._send = send
        self._id = (b"x-request-id", request_id.encode())
        self._closing = closing
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            last = [(b"connection", b"close")] if self._closing() else []
            message["headers"] = [self._id, *message.get("headers", []), *last]
        await self._send(message)


def request_id(scope: Scope) -> str:
    """The caller's own id where it is a proper one, else a fresh one."""
    theirs = header(scope, b"x-request-id")
    return theirs if theirs and CALLERS_ID.fullmatch(theirs) else new_id("req")


def understood(error: BaseException, scope: Scope) -> LimnerError:
    """Any exception as a refusal with a code; only those nobody foresaw are logged."""
    if isinstance(error, LimnerError):
        return error
    if isinstance(error, asyncio.CancelledError):  # by a server that has stopped waiting for it
        return stopping()
    if isinstance(error, HTTPException):
        return of_router(error, scope)
    if isinstance(error, DatabaseAway):
        away = ServiceUnavailable(
            "the database cannot be reached; try again in a moment", retry_after=2
        )
        away.retryable = True
        return away
    log.error("request_broke", request_id=scope[REQUEST_ID], exc_info=error)
    return InternalError("limner failed on this request; nothing was charged")


def of_router(error: HTTPException, scope: Scope) -> LimnerError:
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        return MethodNotAllowed(f"{scope['method']} is not possible here; allowed: {allowed}")
    return NotFound(
        f"there is nothing at {scope['method']} {shown(scope['path'])}; "
        "GET /openapi.json lists what there is"
    )


def allowed(error: BaseException) -> list[Header]:
    """The `Allow` header of a 405."""
    found = error.headers if isinstance(error, HTTPException) else None
    return [("allow", found["Allow"])] if found and "Allow" in found else []


def shown(path: str) -> str:
    """A path fit to be repeated in a message."""
    return "".join(char if char.isprintable() else "?" for char in path[:100])
