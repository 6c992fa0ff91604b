"""Whatever a route raises leaves in the one envelope, and says truly what became of the request."""

import asyncio
import json
from typing import Any

import pytest
from starlette.routing import Router

from limner.api.asgi import JOB_ID, App, Message, Receive, Scope, Send
from limner.api.edge import Edge
from limner.db.base import DatabaseAway
from limner.errors import Conflict


async def nothing() -> Message:
    return {"type": "http.disconnect"}


def a_request(method: str) -> Scope:
    address = {"method": method, "path": "/", "query_string": b"", "headers": []}
    return {"type": "http"} | address


async def asked(app: App, closing: bool = False) -> tuple[int, dict[str, str], Any]:
    """Status, headers and error of what the edge makes of a route."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    edge = Edge({("POST", "/"): app}, Router(), closing=lambda: closing)
    await edge(a_request("POST"), nothing, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, json.loads(sent[1]["body"])["error"]


def raising(error: BaseException, job_id: str | None = None) -> App:
    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        if job_id:
            scope[JOB_ID] = job_id
        raise error

    return route


@pytest.mark.parametrize(
    ("error", "status", "code", "again"),
    [
        (Conflict("twice"), 409, "conflict", "false"),
        (DatabaseAway("10.0.0.7 is down"), 503, "service_unavailable", "true"),
        (asyncio.CancelledError(), 503, "service_unavailable", "true"),
        (ValueError("secret"), 500, "internal_error", "false"),
        (TimeoutError(), 500, "internal_error", "false"),
    ],
)
async def test_an_exception_becomes_a_refusal_without_its_words(
    error: BaseException, status: int, code: str, again: str
) -> None:
    found, headers, told = await asked(raising(error))
    assert (found, told["code"], headers["x-should-retry"]) == (status, code, again)
    assert "secret" not in told["message"]
    assert "10.0.0.7" not in told["message"]
    assert told["request_id"] == headers["x-request-id"]


@pytest.mark.parametrize("error", [ValueError("secret"), asyncio.CancelledError()])
async def test_a_failure_after_acceptance_leads_to_the_job(error: BaseException) -> None:
    status, headers, told = await asked(raising(error, "imgjob_1"))
    assert (status, told["code"], told["job_id"]) == (504, "job_timeout", "imgjob_1")
    assert headers["x-should-retry"] == "false"
    assert "nothing was charged" not in told["message"]


async def test_a_closing_server_ends_every_connection() -> None:
    _, headers, _ = await asked(raising(Conflict("no")), closing=True)
    assert headers["connection"] == "close"
    _, headers, _ = await asked(raising(Conflict("no")))
    assert "connection" not in headers


async def test_an_answer_that_has_begun_is_cut_off_and_not_followed_by_another() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("midway")

    edge = Edge({("GET", "/"): route}, Router(), closing=lambda: False)
    scope = a_request("GET")
    with pytest.raises(ValueError, match="midway"):
        await edge(scope, nothing, send)
    assert [message["type"] for message in sent] == ["http.response.start"]
