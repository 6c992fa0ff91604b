"""What makes something is done once for an `Idempotency-Key`, and answered alike for a day."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from limner.api.asgi import App, Message, Receive, Scope, Send, header
from limner.api.auth import authenticated, bearer_key
from limner.api.body import read_body
from limner.api.operation import Endpoint
from limner.api.services import Services
from limner.errors import LimnerError
from limner.jobs.repeats import checked_key
from limner.jobs.replies import Asked, Reply

ADMINISTRATION = "administration"


class once:  # noqa: N801 - reads as a function: serve=once(create_key)
    """An endpoint as an ASGI callable; `admin` says that it is asked with an admin key."""

    def __init__(self, function: Endpoint, *, admin: bool = False) -> None:
        self._function = function
        self._admin = admin

    def __call__(self, services: Services) -> App:
        return Serving(self._function, services, self._admin)


@dataclass(frozen=True, slots=True)
class Serving:
    function: Endpoint
    services: Services
    admin: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = checked_key(header(scope, b"idempotency-key"))
        if key is None:
            response = await self.function(Request(scope, receive), self.services)
        else:
            response = await self._once(scope, receive, key)
        await response(scope, receive, send)

    async def _once(self, scope: Scope, receive: Receive, key: str) -> Response:
        owner = await self._owner(scope)
        body = await read_body(scope, receive, self.services.settings.max_body_bytes)
        digest = self.services.vault.body_digest(body)
        asked = Asked(owner, f"{scope['method']} {scope['path']}", key, digest)
        replies = self.services.replies
        if reply := await replies.earlier(asked):
            headers = {"idempotent-replayed": "true"}
            return Response(reply.body, reply.status, headers, media_type="application/json")
        try:
            response = await self.function(Request(scope, again(body)), self.services)
        except LimnerError:  # refused; of anything else nobody knows how far it came
            await replies.release(asked)
            raise
        await replies.keep(asked, Reply(response.status_code, bytes(response.body).decode()))
        return response

    async def _owner(self, scope: Scope) -> str:
        """Whose key the idempotency key is. Raises InvalidApiKey, Forbidden."""
        accounts = self.services.accounts
        if self.admin:
            await accounts.administrator(bearer_key(scope))
            return ADMINISTRATION
        return (await authenticated(scope, accounts)).workspace_id


def again(body: bytes) -> Receive:
    """A body that was read already, to be read once more."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
