"""Administrators make workspaces, keys and credits over HTTP; nobody else does."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.contract.gateway import Gateway

KEYS, WORKSPACES = "/v1/admin/keys", "/v1/admin/workspaces"


@pytest.fixture
async def admin(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {gateway.keys.admin}"}
    async with httpx.AsyncClient(base_url=gateway.server.url, headers=headers) as client:
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def test_a_new_workspace_is_furnished_and_works(admin: httpx.AsyncClient) -> None:
    made = await admin.post(WORKSPACES, json={"name": "household"})
    assert (made.status_code, made.json()["name"]) == (201, "household")
    credits = f"{WORKSPACES}/household/credits"
    grant = {"credits": 12.5, "operation": "welcome", "note": "for a start"}
    assert (await admin.post(credits, json=grant)).status_code == 201
    again = await admin.post(credits, json=grant)
    assert (again.status_code, again.json()["balance"]) == (200, 12.5)
    key = (await admin.post(KEYS, json={"workspace": "household", "kind": "live"})).json()
    wanted = {"model": "dall-e-3", "prompt": "a first picture"}
    answer = await admin.post("/v1/images/generations", json=wanted, headers=bearer(key["key"]))
    assert answer.status_code == 200
    assert (await admin.get(credits)).json()["balance"] == 8.5
    lines = (await admin.get(f"{WORKSPACES}/household/postings")).json()["data"]
    assert [(line["kind"], line["credits"]) for line in lines] == [("settle", 4), ("topup", 12.5)]


async def test_a_key_is_shown_once_and_stops_at_once(admin: httpx.AsyncClient) -> None:
    wanted = {"workspace": "default", "kind": "test", "allowed_models": ["sketch-1"]}
    made = (await admin.post(KEYS, json=wanted)).json()
    listed = (await admin.get(KEYS, params={"workspace": "default"})).json()["data"]
    (seen,) = [one for one in listed if one["id"] == made["id"]]
    assert "key" not in seen
    assert made["key"] not in str(listed)
    assert (await admin.get("/v1/credits", headers=bearer(made["key"]))).status_code == 200
    revoked = await admin.delete(f"{KEYS}/{made['id']}")
    assert revoked.json()["revoked"] is not None
    assert (await admin.get("/v1/credits", headers=bearer(made["key"]))).status_code == 401


async def test_what_is_made_with_an_idempotency_key_is_made_once(admin: httpx.AsyncClient) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        (WORKSPACES, {"name": "once"}),
        (KEYS, {"workspace": "once", "kind": "live", "name": "twin"}),
        (f"{WORKSPACES}/once/credits", {"credits": 5}),
    ]
    for path, body in calls:
        named = {"idempotency-key": "the-first"}
        first = await admin.post(path, json=body, headers=named)
        again = await admin.post(path, json=body, headers=named)
        assert (first.status_code, first.content) == (again.status_code, again.content)
        assert first.status_code == 201
        assert again.headers["idempotent-replayed"] == "true"
        other = await admin.post(path, json=body | {"more": 1}, headers=named)
        assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_mismatch")
        nobody = await admin.post(path, json=body, headers=named | bearer("inf_wrong"))
        assert nobody.status_code == 401
    assert (await admin.get(f"{WORKSPACES}/once/credits")).json()["balance"] == 5
    assert len((await admin.get(KEYS, params={"workspace": "once"})).json()["data"]) == 1


async def test_a_refused_request_leaves_its_idempotency_key_free(admin: httpx.AsyncClient) -> None:
    named = {"idempotency-key": "mended"}
    refused = await admin.post(KEYS, json={"workspace": "nowhere", "kind": "live"}, headers=named)
    assert refused.status_code == 404
    mended = await admin.post(KEYS, json={"workspace": "default", "kind": "live"}, headers=named)
    assert mended.status_code == 201


WRONG: list[tuple[str, dict[str, Any], int, str | None]] = [
    (KEYS, {"workspace": "default", "kind": "king"}, 400, "kind"),
    (KEYS, {"kind": "live"}, 400, "workspace"),
    (KEYS, {"kind": "admin", "workspace": "default"}, 400, "workspace"),
    (KEYS, {"workspace": "default", "allowed_models": []}, 400, "allowed_models"),
    (KEYS, {"workspace": "default", "allowed_models": ["nothing"]}, 400, "allowed_models"),
    (KEYS, {"workspace": "default", "expires_in": 0}, 400, "expires_in"),
    (KEYS, {"workspace": "nowhere"}, 404, None),
    (KEYS, {"workspace": "default", "digest": "x"}, 400, None),
    (WORKSPACES, {"name": ""}, 400, "name"),
    (WORKSPACES, {"name": "x\u0000"}, 400, None),
    (WORKSPACES, {"name": "other"}, 409, "name"),
    (f"{WORKSPACES}/other/credits", {"credits": "1"}, 400, "credits"),
    (f"{WORKSPACES}/other/credits", {"credits": 0}, 400, "credits"),
    (f"{WORKSPACES}/other/credits", {"credits": 0.00000001}, 400, "credits"),
    (f"{WORKSPACES}/nowhere/credits", {"credits": 1}, 404, None),
]


@pytest.mark.parametrize(("path", "body", "status", "param"), WRONG)
async def test_what_is_wrong_is_named(
    admin: httpx.AsyncClient, path: str, body: dict[str, Any], status: int, param: str | None
) -> None:
    answer = await admin.post(path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["param"] == param


async def test_broken_bodies_are_refused(admin: httpx.AsyncClient) -> None:
    for content in (b"", b"{", b"[]", b'{"name":"\xff"}', b"[" * 100_000):
        assert (await admin.post(WORKSPACES, content=content)).status_code == 400


async def test_ordinary_keys_may_not(nobody: httpx.AsyncClient, gateway: Gateway) -> None:
    for key in (gateway.keys.live, gateway.keys.test):
        for method, path in [("GET", KEYS), ("POST", KEYS), ("GET", WORKSPACES)]:
            answer = await nobody.request(method, path, headers=bearer(key))
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


async def test_all_methods_of_a_path_are_told(admin: httpx.AsyncClient) -> None:
    answer = await admin.put(KEYS)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_a_nul_in_a_query_names_no_workspace_and_breaks_nothing(
    admin: httpx.AsyncClient, play: httpx.AsyncClient
) -> None:
    assert (await admin.get(f"{KEYS}?workspace=a%00b")).status_code == 404
    assert (await play.get("/v1/models?q=%00")).json()["data"] == []
