"""`GET /v1/requests` over HTTP: what became of requests, for those alone whose they are."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from tests.contract.gateway import Gateway
from tests.servers import a_key, administer

from limner.api.wire.requests import RequestList, TimeSplit, time_split
from limner.app import Limner
from limner.jobs.request_log import Times

PATH = "/v1/images/generations"
LOG = "/v1/requests"
SMALL: dict[str, Any] = {"model": "sketch-1", "prompt": "a red dot", "size": "64x64"}
FLARE: dict[str, Any] = {"model": "gpt-image-2-5-flare", "size": "1024x1024"}
NOBODYS = "imgjob_01KA7M3W8Y5D2F4H6J8K0M2N4P"


def client(gateway: Gateway, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=gateway.server.url, headers={"authorization": f"Bearer {key}"}, timeout=60
    )


@pytest.fixture
async def fresh(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a test key of its own, in the workspace of all other keys."""
    async with client(gateway, await a_key(gateway.server.settings)) as fresh:
        yield fresh


async def drawn(client: httpx.AsyncClient, **more: object) -> str:
    """The id of a request for a small picture."""
    return str((await client.post(PATH, json=SMALL | more)).headers["x-request-id"])


async def logged(client: httpx.AsyncClient, **query: object) -> RequestList:
    answer = await client.get(LOG, params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=RequestList, strict=True)


async def ids(client: httpx.AsyncClient, **query: object) -> list[str]:
    return [one.id for one in (await logged(client, key="me", **query)).data]


async def test_an_entry_tells_what_became_of_a_request(fresh: httpx.AsyncClient) -> None:
    body = {"model": "gpt-image-1", "prompt": "secret words", "quality": "low", "n": 2}
    answer = await fresh.post(PATH, json=body)
    entry = (await fresh.get(f"{LOG}/{answer.headers['x-request-id']}")).json()
    said = answer.json()
    assert (
        entry.items()
        >= {
            "id": answer.headers["x-request-id"],
            "object": "request",
            "job_id": answer.headers["x-job-id"],
            "task": "generate",
            "modality": "image",
            "model": "gpt-image-1",
            "n": 2,
            "pictures": 2,
            "status": "completed",
            "credits_used": said["credits_used"],
            "cost": said["cost"],
            "tries": 1,
            "provider": "simulated",
            "provider_request_id": "simulated",
        }.items()
    )
    assert entry["credits_held"] >= entry["credits_used"] > 0
    assert entry["usage"] == {
        "input_tokens": said["usage"]["input_tokens"],
        "output_tokens": said["usage"]["output_tokens"],
    }
    time = entry["time_ms"]
    assert time["total"] == time["queue"] + time["provider"] + time["store"]
    assert "secret words" not in str(entry)
    assert answer.headers["x-limner-mode"] == "test"


async def test_a_failure_is_logged_with_its_reason_and_the_providers_own_id(
    gateway: Gateway, live: httpx.AsyncClient
) -> None:
    answer = await live.post(PATH, json=FLARE | {"prompt": "a cup [[standin:400_policy]]"})
    assert answer.status_code >= 400
    entry = (await live.get(f"{LOG}/{answer.headers['x-job-id']}")).json()
    assert (entry["status"], entry["credits_used"]) == ("failed", 0)
    assert entry["error_code"] == answer.json()["error"]["code"]
    assert entry["error"] == answer.json()["error"]["message"]
    assert (entry["provider"], entry["provider_request_id"]) == ("openai", "req_standin")
    assert "cost" not in entry


async def test_a_request_that_runs_is_in_the_log_already(fresh: httpx.AsyncClient) -> None:
    away = await fresh.post(
        PATH, json=SMALL | {"prompt": "[[limner:delay=60s]]"}, headers={"prefer": "wait=0"}
    )
    job_id = away.json()["error"]["job_id"]
    entry = (await fresh.get(f"{LOG}/{job_id}")).json()
    assert (entry["status"], entry["id"]) == ("processing", away.headers["x-request-id"])
    assert "total" not in entry["time_ms"]
    assert "completed_at" not in entry
    await fresh.post(f"/v1/images/jobs/{job_id}/cancel")
    ended = (await fresh.get(f"{LOG}/{job_id}")).json()
    assert (ended["status"], ended["error_code"]) == ("failed", "cancelled")


async def test_a_refused_request_is_not_in_the_log(fresh: httpx.AsyncClient) -> None:
    refused = await fresh.post(PATH, json=SMALL | {"n": 99})
    assert refused.status_code == 400
    assert (await fresh.get(f"{LOG}/{refused.headers['x-request-id']}")).status_code == 404
    assert await ids(fresh) == []


async def test_pages_follow_one_another_without_gap_or_repeat(fresh: httpx.AsyncClient) -> None:
    mine = [await drawn(fresh) for _ in range(5)]
    seen: list[str] = []
    query: dict[str, object] = {"key": "me", "limit": 2}
    while True:
        page = await logged(fresh, **query)
        seen += [one.id for one in page.data]
        query["after"] = page.last_id
        if not page.has_more:
            break
    assert seen == mine[::-1]
    beyond = await logged(fresh, **query)
    assert (beyond.data, beyond.first_id, beyond.last_id) == ([], None, None)


async def test_requests_are_found_by_status_model_error_id_and_time(
    fresh: httpx.AsyncClient,
) -> None:
    dot = await drawn(fresh)
    other = await drawn(fresh, model="dall-e-3", size="1024x1024")
    failed = await drawn(fresh, prompt="[[limner:refuse]]")
    assert await ids(fresh, status="completed") == [other, dot]
    assert await ids(fresh, status="failed") == [failed]
    assert await ids(fresh, status="queued") == []
    assert await ids(fresh, model="dall-e-3") == [other]
    assert await ids(fresh, error_code="content_policy_violation") == [failed]
    assert await ids(fresh, request_id=dot) == [dot]
    assert await ids(fresh, status="", model="") == [failed, other, dot]
    assert await ids(fresh, before="2026-01-01") == []
    assert await ids(fresh, since="2026-01-01") == [failed, other, dot]


async def test_an_id_of_the_callers_own_finds_its_newest_request(
    fresh: httpx.AsyncClient,
) -> None:
    for prompt in ("one", "two"):
        named = await fresh.post(
            PATH, json=SMALL | {"prompt": prompt}, headers={"x-request-id": "mine.7"}
        )
    assert (await fresh.get(f"{LOG}/mine.7")).json()["job_id"] == named.headers["x-job-id"]
    assert await ids(fresh, request_id="mine.7") == ["mine.7", "mine.7"]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("status=done", "status"),
        ("since=yesterday", "since"),
        ("before=-5", "before"),
        (f"after={NOBODYS}", "after"),
        ("after=%00", "after"),
    ],
)
async def test_a_query_that_cannot_be_meant_is_refused_by_name(
    play: httpx.AsyncClient, query: str, param: str
) -> None:
    answer = await play.get(f"{LOG}?{query}")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize("word", ["%00", "a%20b", "x" * 129, "%C3%A9", NOBODYS, "nobodys"])
async def test_what_is_no_request_is_not_found(play: httpx.AsyncClient, word: str) -> None:
    answer = await play.get(f"{LOG}/{word}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_another_workspace_or_mode_learns_nothing_by_id_filter_or_cursor(
    gateway: Gateway, fresh: httpx.AsyncClient, live: httpx.AsyncClient
) -> None:
    answer = await fresh.post(PATH, json=SMALL)
    request_id, job_id = answer.headers["x-request-id"], answer.headers["x-job-id"]
    key_id = (await fresh.get(f"{LOG}/{job_id}")).json()["key_id"]
    async with client(gateway, gateway.keys.stranger) as stranger:
        for other in (stranger, live):
            unknown = (await other.get(f"{LOG}/{NOBODYS}")).json()["error"]
            for word in (request_id, job_id):
                told = await other.get(f"{LOG}/{word}")
                assert told.status_code == 404
                assert told.json()["error"]["message"] == unknown["message"]
            for query in ({"key": key_id}, {"request_id": request_id}):
                assert (await logged(other, **query)).data == []
            cursors = [await other.get(f"{LOG}?after={word}") for word in (job_id, NOBODYS)]
            assert [one.status_code for one in cursors] == [400, 400]
            assert len({one.json()["error"]["message"] for one in cursors}) == 1


async def test_a_prompt_is_shown_while_the_workspace_lets_it_be_logged(gateway: Gateway) -> None:
    key = await a_key(gateway.server.settings, workspace="open")

    async def allow(limner: Limner) -> None:
        owner = await limner.services.accounts.workspace("open")
        await limner.services.accounts.set_workspace(owner.id, {"log_prompts": True})

    async def forbid(limner: Limner) -> None:
        owner = await limner.services.accounts.workspace("open")
        await limner.services.accounts.set_workspace(owner.id, {"log_prompts": None})

    await administer(gateway.server.settings, allow)
    async with client(gateway, key) as open_client:
        kept = await drawn(open_client, prompt="words to be kept")
        entry = (await open_client.get(f"{LOG}/{kept}")).json()
        assert entry["prompt"] == "words to be kept"
        assert (await logged(open_client)).data[0].prompt == "words to be kept"
    await administer(gateway.server.settings, forbid)
    # Another key of the workspace, because the server remembers what it knows of a key for seconds.
    later = await a_key(gateway.server.settings, workspace="open")
    async with client(gateway, later) as closed:
        assert "prompt" not in (await closed.get(f"{LOG}/{kept}")).json()
        entry = (await closed.get(f"{LOG}/{await drawn(closed)}")).json()
        assert "prompt" not in entry


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (Times(1999, 1999, 1999, 5997), TimeSplit(queue=1, provider=2, store=2, total=5)),
        (Times(1000, None, None, 3000), TimeSplit(queue=1, total=3)),
        (Times(None, None, None, None), TimeSplit()),
    ],
)
def test_milliseconds_add_up_like_microseconds(times: Times, told: TimeSplit) -> None:
    assert time_split(times) == told
