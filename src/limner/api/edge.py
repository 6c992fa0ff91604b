"""Every request enters here: it gets its id, finds its route, and no error leaves in another form.

The hot routes (a picture wanted, a picture fetched) are called directly; all others go through
Starlette's router. No middleware stands before either.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route, Router

from limner.api.asgi import (
    ERROR,
    JOB_ID,
    REQUEST_ID,
    App,
    Message,
    Receive,
    Scope,
    Send,
    answer,
    header,
)
from limner.api.body import ClientGone
from limner.api.wire.errors import error_answer
from limner.db.base import DatabaseAway
from limner.errors import (
    InternalError,
    JobTimeout,
    LimnerError,
    MethodNotAllowed,
    NotFound,
    ServiceUnavailable,
)
from limner.generation.runner import stopping
from limner.ids import new_id
from limner.metrics.requests import OTHER, Requests

log = structlog.get_logger()

ROUTE = "route"
"""The key under which Starlette's router leaves the route it found, and the edge a hot one."""
CALLERS_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Edge:
    """The ASGI application. `hot` are routes by method and path, or by a path that ends in `/`.

    Once `closing` is true every answer ends its connection, so that clients go elsewhere.
    """

    def __init__(
        self,
        hot: Mapping[tuple[str, str], App],
        router: Router,
        closing: Callable[[], bool],
        requests: Requests | None = None,
    ) -> None:
        self._hot = hot
        self._router = router
        self._closing = closing
        self._requests = requests or Requests()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        scope[REQUEST_ID] = request_id(scope)
        scope["app"] = self  # Starlette's router raises its 404 and 405 only inside an app
        scope["path"] = scope["path"].rstrip("/") or "/"
        sending = Sending(send, scope[REQUEST_ID], self._closing)
        began = time.perf_counter()
        try:
            await self._answer(scope, receive, sending)
        finally:
            code, sent = scope.get(ERROR, ""), sending.sent
            method, route = scope["method"], route_of(scope)
            self._requests.ended(method, route, sending.status, code, sent, began)

    async def _answer(self, scope: Scope, receive: Receive, sending: "Sending") -> None:
        try:
            refuse_nul(scope)
            await self._route(scope)(scope, receive, sending)
        except ClientGone:
            return
        except (Exception, asyncio.CancelledError) as error:
            if sending.started:
                raise
            await self._refuse(error, scope, sending)

    async def _refuse(self, error: BaseException, scope: Scope, sending: Send) -> None:
        allowed = methods_at(self._router, scope) if wrong_method(error) else []
        refusal = understood(error, scope, allowed)
        scope[ERROR] = refusal.code
        status, headers, body = error_answer(refusal, scope[REQUEST_ID])
        headers += [("allow", ", ".join(allowed))] if allowed else []
        await answer(sending, status, headers, [body])

    def _route(self, scope: Scope) -> App:
        method, path = scope["method"], scope["path"]
        method = "GET" if method == "HEAD" else method
        folder = path[: path.rfind("/") + 1]
        for known in (path, folder):
            if app := self._hot.get((method, known)):
                scope[ROUTE] = known
                return app
        return self._router


def route_of(scope: Scope) -> str:
    """The path of a request as it is declared."""
    found = scope.get(ROUTE)
    return found.path if isinstance(found, Route) else found or OTHER


def refuse_nul(scope: Scope) -> None:
    """No name or id has a NUL in it, and PostgreSQL takes none in any text."""
    if "\0" in scope["path"]:
        raise NotFound("there is nothing at an address with a NUL character in it")


class Sending:
    """Sends what a route says, with the request's id on it, and knows whether it has begun."""

    def __init__(self, send: Send, request_id: str, closing: Callable[[], bool]) -> None:
        self._send = send
        self._id = (b"x-request-id", request_id.encode())
        self._closing = closing
        self.status: int | None = None
        self.sent = 0

    @property
    def started(self) -> bool:
        return self.status is not None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        elif message["type"] == "http.response.start":
            self.status = message["status"]
            last = [(b"connection", b"close")] if self._closing() else []
            message["headers"] = [self._id, *message.get("headers", []), *last]
        await self._send(message)


def request_id(scope: Scope) -> str:
    """The caller's own id where it is a proper one, else a fresh one."""
    theirs = header(scope, b"x-request-id")
    return theirs if theirs and CALLERS_ID.fullmatch(theirs) else new_id("req")


def understood(error: BaseException, scope: Scope, allowed: Sequence[str] = ()) -> LimnerError:
    """Any exception as a refusal with a code; only those nobody foresaw are logged."""
    if isinstance(error, LimnerError):
        return error
    if isinstance(error, asyncio.CancelledError):  # by a server that has stopped waiting for it
        return unanswered(scope) or stopping()
    if isinstance(error, HTTPException):
        return of_router(scope, allowed)
    if isinstance(error, DatabaseAway):
        away = ServiceUnavailable(
            "the database cannot be reached; try again in a moment", retry_after=2
        )
        away.retryable = True
        return away
    log.error("request_broke", request_id=scope[REQUEST_ID], exc_info=error)
    return unanswered(scope) or InternalError("limner failed on this request; nothing was charged")


def unanswered(scope: Scope) -> LimnerError | None:
    """For a request that has a job already: that may be charged, so it must be collected."""
    if JOB_ID not in scope:
        return None
    return JobTimeout(
        f"the answer could not be given; collect it with GET /v1/images/jobs/{scope[JOB_ID]}",
        job_id=scope[JOB_ID],
    )


def of_router(scope: Scope, allowed: Sequence[str]) -> LimnerError:
    """What the router could not find, or not by this method."""
    if allowed:
        return MethodNotAllowed(
            f"{scope['method']} is not possible here; allowed: {', '.join(allowed)}"
        )
    return NotFound(
        f"there is nothing at {scope['method']} {shown(scope['path'])}; "
        "GET /openapi.json lists what there is"
    )


def wrong_method(error: BaseException) -> bool:
    return isinstance(error, HTTPException) and error.status_code == 405


def methods_at(router: Router, scope: Scope) -> list[str]:
    """All methods of a path: several routes may share it, those of this very name before others."""
    routes = [one for one in router.routes if isinstance(one, Route)]
    fitting = [one for one in routes if one.matches(scope)[0] is not Match.NONE]
    named = [one for one in fitting if one.path == scope["path"]]
    found = [one.methods or () for one in named or fitting]
    return sorted({method for methods in found for method in methods})


def shown(path: str) -> str:
    """A path fit to be repeated in a message."""
    return "".join(char if char.isprintable() else "?" for char in path[:100])
