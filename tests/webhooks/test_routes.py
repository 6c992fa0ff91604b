"""Webhooks over HTTP, on a running server, with receivers on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tests.databases import FreshUrl
from tests.servers import Server, a_key, serving
from tests.standins.receiver import Receiver
from tests.webhooks.checks import signed

from limner.settings import Settings

HOOKS = "/v1/webhooks"
PATH = "/v1/images/generations"
SMALL: dict[str, Any] = {"model": "sketch-1", "prompt": "a red dot", "size": "64x64"}
INSIDE = (
    "http://10.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/", "ftp://example.com/",
    "http://me:you@example.com/", "http://localhost.:x/", "https://", "/relative", "http://2130706433/",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_url: FreshUrl) -> Iterator[Server]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("server"),
        database_url=sqlite_url(),
        allow_private_networks="127.0.0.1/32",
        test_pace=0,
        requests_per_minute=0,
    )
    with serving(settings) as running:
        yield running


async def client_of(server: Server, workspace: str, **more: Any) -> httpx.AsyncClient:
    key = await a_key(server.settings, workspace=workspace, **more)
    headers = {"authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60)


@pytest.fixture
async def mine(server: Server, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """A test key in a workspace of its own."""
    name = request.node.originalname[-40:].replace("_", "-").strip("-")
    async with await client_of(server, name) as client:
        yield client


async def made(client: httpx.AsyncClient, url: str, *events: str) -> dict[str, Any]:
    answer = await client.post(HOOKS, json={"url": url, "events": events or ["*"]})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def settled(client: httpx.AsyncClient, path: str = f"{HOOKS}/deliveries") -> list[Any]:
    """Deliveries, once each has had an attempt."""
    while True:
        found = (await client.get(path)).json()["data"]
        if found and all(one["attempts"] for one in found):
            return list(found)
        await asyncio.sleep(0.05)


async def test_a_webhook_is_told_the_job_as_reading_it_tells(mine: httpx.AsyncClient) -> None:
    async with Receiver() as there:
        hook = await made(mine, f"{there.url}/hook", "job.completed")
        answer = await mine.post(PATH, json=SMALL | {"store": True})
        await there.until("asked")
        (request,) = there.requests
        event = msgspec.json.decode(request.body)
        job = (await mine.get(f"/v1/images/jobs/{answer.headers['x-job-id']}")).json()
        picture = await mine.get(event["data"]["data"][0]["url"], headers={"authorization": ""})
    assert signed(request, hook["secret"])
    assert event.keys() == {"type", "timestamp", "data"}
    assert (event["type"], event["timestamp"][-1]) == ("job.completed", "Z")
    told, read = event["data"], job
    assert (
        told["data"][0].pop("url").partition("?")[0] == read["data"][0].pop("url").partition("?")[0]
    )
    assert told == read
    assert picture.content[:4] == b"\x89PNG"


async def test_a_request_may_name_an_address_of_its_own(mine: httpx.AsyncClient) -> None:
    async with Receiver() as there:
        secret = (await mine.post(f"{HOOKS}/secret")).json()["secret"]
        answer = await mine.post(PATH, json=SMALL | {"webhook_url": f"{there.url}/17?a=b"})
        assert answer.status_code == 200
        assert "webhook_url" not in answer.headers.get("x-infery-ignored-params", "")
        await there.until("asked")
        refused = SMALL | {"webhook_url": f"{there.url}/18", "prompt": "[[limner:fail=500]]"}
        assert (await mine.post(PATH, json=refused)).status_code == 502
        await there.until("asked", 2)
        first, second = there.requests
    assert first.path == "/17?a=b"
    assert signed(first, secret)
    assert msgspec.json.decode(first.body)["type"] == "job.completed"
    assert (second.path, msgspec.json.decode(second.body)["type"]) == ("/18", "job.failed")
    job = answer.headers["x-job-id"]
    (told,) = (await mine.get(f"{HOOKS}/deliveries?job={job}")).json()["data"]
    assert (told["job_id"], "webhook_id" in told) == (job, False)


@pytest.mark.parametrize("url", INSIDE)
async def test_an_address_that_leads_inside_is_refused_before_anything_is_spent(
    server: Server, url: str
) -> None:
    async with await client_of(server, "spender") as client:
        made = await client.post(HOOKS, json={"url": url})
        drawn = await client.post(PATH, json=SMALL | {"webhook_url": url})
        jobs = (await client.get("/v1/images/jobs")).json()["data"]
    for answer, param in ((made, "url"), (drawn, "webhook_url")):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "unsafe_webhook_url")
        assert (error["param"], error["credits_used"]) == (param, 0)
    assert jobs == []


@pytest.mark.parametrize("url", [7, "", "http://example.com/" + "x" * 2048, ["http://a/"]])
async def test_a_webhook_url_that_is_no_url_is_refused_by_name(
    mine: httpx.AsyncClient, url: object
) -> None:
    answer = await mine.post(PATH, json=SMALL | {"webhook_url": url})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "webhook_url")


async def test_null_is_no_webhook_url(mine: httpx.AsyncClient) -> None:
    assert (await mine.post(PATH, json=SMALL | {"webhook_url": None})).status_code == 200


async def test_a_secret_is_shown_in_the_answer_that_made_it_alone(mine: httpx.AsyncClient) -> None:
    hook = await made(mine, "http://127.0.0.1:9/hook")
    one = f"{HOOKS}/{hook['id']}"
    rotated = (await mine.post(f"{one}/rotate")).json()
    assert rotated["secret"] != hook["secret"]
    assert rotated["previous_secret_until"] > hook["created"]
    later = [await mine.get(one), await mine.get(HOOKS), await mine.patch(one, json={})]
    assert not [
        answer.text for answer in later if 'secret"' in answer.text or "whsec" in answer.text
    ]


async def test_a_ping_is_sent_whatever_the_webhook_wants_to_hear(mine: httpx.AsyncClient) -> None:
    async with Receiver() as there:
        hook = await made(mine, there.url, "job.failed")
        answer = await mine.post(f"{HOOKS}/{hook['id']}/test")
        assert (answer.status_code, answer.json()["status"]) == (202, "pending")
        (told,) = await settled(mine, f"{HOOKS}/{hook['id']}/deliveries")
        (request,) = there.requests
    event = msgspec.json.decode(request.body)
    assert (event["type"], event["data"]) == ("ping", {"webhook_id": hook["id"]})
    assert (told["status"], told["attempts"][0]["status"]) == ("delivered", 200)


async def test_a_webhook_is_changed_switched_off_and_on_and_removed(
    mine: httpx.AsyncClient,
) -> None:
    hook = await made(mine, "http://127.0.0.1:9/hook")
    one = f"{HOOKS}/{hook['id']}"
    changed = (await mine.patch(one, json={"events": ["credits.low"]})).json()
    assert (changed["url"], changed["events"]) == (hook["url"], ["credits.low"])
    off = (await mine.patch(one, json={"enabled": False})).json()
    assert (off["enabled"], off["disabled_reason"]) == (False, "by_hand")
    assert (await mine.post(f"{one}/test")).status_code == 409
    on = (await mine.patch(one, json={"enabled": True})).json()
    assert (on["enabled"], "disabled_reason" in on) == (True, False)
    assert (await mine.delete(one)).json() == {
        "id": hook["id"],
        "object": "webhook",
        "deleted": True,
    }
    assert (await mine.get(one)).status_code == 404


async def test_a_workspace_has_at_most_ten_webhooks(mine: httpx.AsyncClient) -> None:
    for _ in range(10):
        await made(mine, "http://127.0.0.1:9/hook")
    answer = await mine.post(HOOKS, json={"url": "http://127.0.0.1:9/hook"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


URL = "http://127.0.0.1:9/"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": URL, "events": []},
        {"url": URL, "events": ["job.born"]},
        {"url": URL, "secret": "whsec_mine"},
        {"url": URL, "workspace_id": "ws"},
    ],
)
async def test_a_body_of_another_shape_is_refused(mine: httpx.AsyncClient, body: object) -> None:
    answer = await mine.post(HOOKS, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "validation_failed")


async def test_another_workspace_and_the_other_mode_cannot_even_tell_that_it_is_there(
    server: Server, mine: httpx.AsyncClient
) -> None:
    async with Receiver() as there:
        hook = await made(mine, there.url)
        await mine.post(f"{HOOKS}/{hook['id']}/test")
        (told,) = await settled(mine)
        one, again = f"{HOOKS}/{hook['id']}", f"{HOOKS}/deliveries/{told['id']}/redeliver"
        none = f"{HOOKS}/wh_01KA7N2V4X6Z8B0D2F4H6J8K0M"
        async with await client_of(server, "stranger") as other:
            for method, path in (
                ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/test"),
                ("GET", "/deliveries"),
            ):  # fmt: skip
                body = b"{}" if method in ("PATCH", "POST") else None
                theirs = await other.request(method, one + path, content=body)
                unknown = await other.request(method, none + path, content=body)
                assert theirs.status_code == unknown.status_code == 404, path
            assert (await other.post(again)).status_code == 404
            assert (await other.get(HOOKS)).json()["data"] == []
            assert (await other.get(f"{HOOKS}/deliveries")).json()["data"] == []
        assert len(there.requests) == 1
        assert (await mine.get(one)).json()["id"] == hook["id"]


async def test_pages_of_deliveries_follow_one_another(mine: httpx.AsyncClient) -> None:
    async with Receiver() as there:
        hook = await made(mine, there.url)
        ids = [(await mine.post(f"{HOOKS}/{hook['id']}/test")).json()["id"] for _ in range(5)]
        await settled(mine)
        seen: list[str] = []
        query = "?limit=2"
        while True:
            page = (await mine.get(f"{HOOKS}/{hook['id']}/deliveries{query}")).json()
            seen += [one["id"] for one in page["data"]]
            if not page["has_more"]:
                break
            query = f"?limit=2&after={page['last_id']}"
    assert seen == ids[::-1]


async def test_nothing_of_addresses_and_secrets_is_in_the_database(
    server: Server, mine: httpx.AsyncClient
) -> None:
    async with Receiver(500) as there:
        hook = await made(mine, f"{there.url}/hook?token=opensesame")
        await mine.post(PATH, json=SMALL | {"webhook_url": f"{there.url}/0pensesame"})
        await settled(mine)
    database = Path(server.settings.database_url.removeprefix("sqlite:///"))
    kept = b"".join(one.read_bytes() for one in database.parent.glob(f"{database.name}*"))
    assert hook["id"].encode() in kept
    for word in (b"opensesame", b"0pensesame", hook["secret"].encode(), b"whsec_"):
        assert word not in kept
