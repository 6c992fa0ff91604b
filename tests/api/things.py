"""Real things for the names in paths, made afresh, so that no call spoils it for the next."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from limner.api.openapi.kinds import administers
from limner.api.operation import Operation

DRAWING = {"model": "sketch-1", "prompt": "a kite", "size": "256x256", "response_format": "url"}
DEAR = {"model": "gpt-image-2", "prompt": "a kite", "size": "1024x1024", "quality": "high", "n": 4}
SINGING = {"model": "suno-v5", "prompt": "a waltz", "instrumental": True}
HOOK = {"url": "https://hooks.example.com/limner"}
LINK = re.compile(r"/v1/assets/(\w+)\?exp=(\w+)&sig=([\w-]+)")


@dataclass(frozen=True, slots=True)
class Clients:
    """Whoever may ask: a test key and a live one of a workspace, an administrator, nobody."""

    key: httpx.AsyncClient
    live: httpx.AsyncClient
    admin: httpx.AsyncClient
    nobody: httpx.AsyncClient

    def asking(self, operation: Operation) -> httpx.AsyncClient:
        if operation.public:
            return self.nobody
        return self.admin if administers(operation) else self.key


Values: TypeAlias = Mapping[str, str]
Making: TypeAlias = Callable[[Clients], Awaitable[Values]]


async def job(clients: Clients) -> Values:
    answer = await clients.key.post("/v1/images/generations", json=DRAWING)
    return {"job_id": answer.headers["x-job-id"], "request_id": answer.headers["x-request-id"]}


async def dear_job(clients: Clients) -> str:
    """The id of a live job that cost more than 20 credits, to give some of them back."""
    answer = await clients.live.post("/v1/images/generations", json=DEAR)
    return str(answer.headers["x-job-id"])


async def asset(clients: Clients) -> Values:
    answer = await clients.key.post("/v1/images/generations", json=DRAWING)
    found = LINK.search(answer.text)
    assert found
    return {"asset_id": found[1], "exp": found[2], "sig": found[3]}


async def file(clients: Clients) -> Values:
    answer = await clients.key.post(
        "/v1/files", data={"purpose": "user_data"}, files={"file": ("birds.txt", b"birds\n")}
    )
    return {"file_id": answer.json()["id"]}


async def workspace_key(clients: Clients) -> Values:
    answer = await clients.admin.post("/v1/admin/keys", json={"workspace": "default"})
    return {"id": answer.json()["id"]}


async def workspace(clients: Clients) -> Values:
    return {"id": "default"}


async def webhook(clients: Clients) -> Values:
    for one in (await clients.key.get("/v1/webhooks")).json()["data"]:  # there may be only so many
        await clients.key.delete(f"/v1/webhooks/{one['id']}")
    return {"webhook_id": (await clients.key.post("/v1/webhooks", json=HOOK)).json()["id"]}


async def delivery(clients: Clients) -> Values:
    made = await webhook(clients)
    answer = await clients.key.post(f"/v1/webhooks/{made['webhook_id']}/test")
    return {"delivery_id": answer.json()["id"]}


async def model(clients: Clients) -> Values:
    return {"slug": "imagen-4"}


MADE: Mapping[str, Making] = {
    "job_id": job,
    "request_id": job,
    "asset_id": asset,
    "file_id": file,
    "webhook_id": webhook,
    "delivery_id": delivery,
    "slug": model,
}
"""How to make what a part of a path names."""


async def real_values(operation: Operation, clients: Clients) -> Values:
    """A real value for each part of an operation's path."""
    values: dict[str, str] = {}
    for name in re.findall(r"{(\w+)}", operation.path):
        keys = operation.path.startswith("/v1/admin/keys")
        making = (workspace_key if keys else workspace) if name == "id" else MADE.get(name)
        assert making, f"{operation.path}: say in tests/api/things.py how to make a {name}"
        values |= await making(clients)
    return values
