"""Limits as callers and administrators meet them, on real servers."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import openai
import pytest
from tests.databases import FreshUrl
from tests.jobs.orders import run
from tests.servers import Server, a_key, administer, serving

from limner.app import Limner
from limner.db import schema
from limner.settings import Settings

GENERATIONS = "/v1/images/generations"
DOT = {"model": "sketch-1", "prompt": "a dot", "size": "64x64"}
SLOW = {"model": "gpt-image-2", "prompt": "a dot [[limner:delay=30s]]"}


@contextmanager
def server_with(url: str, folder: Path, **settings: str) -> Iterator[Server]:
    plain = Settings(data_dir=folder, database_url=url, secret="ab" * 32, test_pace=0)
    environ = {f"LIMNER_{name.upper()}": value for name, value in settings.items()}
    with serving(plain, environ) as server:
        yield server


@asynccontextmanager
async def client_of(server: Server, key: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def limited(sqlite_url: FreshUrl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with 20 requests a minute, and 120 of others."""
    folder = tmp_path_factory.mktemp("limited")
    rates = {"requests_per_minute": "20", "other_requests_per_minute": "120"}
    with server_with(sqlite_url(), folder, **rates) as server:
        yield server


async def limit(server: Server, key: str, **changes: float) -> None:
    async def work(limner: Limner) -> None:
        accounts = limner.services.accounts
        await accounts.limit_key((await accounts.caller(key)).key_id, changes)

    await administer(server.settings, work)


async def age_passages(server: Server, seconds: float) -> None:
    """Let time pass for what has passed."""
    database = await schema.connect(server.settings.database_url, migrate=False)
    await run(database, "UPDATE passage SET at = at - :us", {"us": int(seconds * 1e6)})
    await database.close()


async def test_two_servers_on_one_database_serve_no_more_than_one_may(
    database_url: str, tmp_path: Path
) -> None:
    rate = {"requests_per_minute": "20"}
    with (
        server_with(database_url, tmp_path / "a", **rate) as here,
        server_with(database_url, tmp_path / "b", **rate) as there,
    ):
        key = await a_key(here.settings)
        async with client_of(here, key) as first, client_of(there, key) as second:
            burst = [
                one.post(GENERATIONS, json=DOT | {"prompt": f"dot {number}"})
                for number in range(30)
                for one in (first, second)
            ]
            answers = await asyncio.gather(*burst)
    assert Counter(answer.status_code for answer in answers) == {200: 20, 403: 40}
    database = await schema.connect(database_url, migrate=False)
    assert await database.fetch("SELECT COUNT(*) FROM job") == [(20,)]
    await database.close()
    for answer in answers:
        assert answer.headers["x-ratelimit-limit"] == "20"
        reset = int(answer.headers["x-ratelimit-reset"])
        assert time.time() < reset <= time.time() + 62
        if answer.status_code == 403:
            refusal(answer, "rate_limit_exceeded", "Rate limit: 20 requests per minute")
            assert answer.headers["x-ratelimit-remaining"] == "0"
            assert 1 <= int(answer.headers["retry-after"]) <= 61
            assert answer.headers["x-should-retry"] == "true"


def refusal(answer: httpx.Response, code: str, words: str) -> None:
    error = answer.json()["error"]
    assert (error["code"], error["credits_used"]) == (code, 0)
    assert words in error["message"]
    assert "x-job-id" not in answer.headers


async def test_headers_count_down_and_refused_requests_do_not_count(limited: Server) -> None:
    key = await a_key(limited.settings)
    async with client_of(limited, key) as client:
        left = []
        for wanted in (DOT, DOT | {"n": 0}, DOT | {"prompt": "another"}):
            answer = await client.post(GENERATIONS, json=wanted)
            left.append((answer.status_code, answer.headers["x-ratelimit-remaining"]))
    assert left == [(200, "19"), (400, "19"), (200, "18")]


async def test_the_openai_client_waits_as_told_and_succeeds(limited: Server) -> None:
    key = await a_key(limited.settings)
    await limit(limited, key, requests_per_minute=1)
    async with openai.AsyncOpenAI(api_key=key, base_url=limited.api) as client:
        await client.images.generate(**DOT)  # type: ignore[call-overload]  # a model of ours
        await age_passages(limited, 58.5)
        before = time.monotonic()
        answer = await client.images.generate(**DOT | {"prompt": "another"})  # type: ignore[call-overload]  # as above
        assert answer.data
        assert time.monotonic() - before > 1


async def test_a_flood_is_refused_at_once(limited: Server) -> None:
    key = await a_key(limited.settings)
    await limit(limited, key, requests_per_minute=1)
    async with client_of(limited, key) as client:
        await client.post(GENERATIONS, json=DOT)
        flood = [
            client.post(GENERATIONS, json={"model": 7, "prompt": f"dot {n}"}) for n in range(200)
        ]
        first = await client.post(GENERATIONS, json=DOT | {"prompt": "once more"})
        answers = await asyncio.gather(*flood)
    assert first.status_code == 403
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["error"]["code"] for answer in answers} == {"rate_limit_exceeded"}


async def test_the_status_may_be_429(sqlite_url: FreshUrl, tmp_path: Path) -> None:
    rates = {"requests_per_minute": "1", "rate_limit_status": "429"}
    with server_with(sqlite_url(), tmp_path, **rates) as server:
        key = await a_key(server.settings)
        async with client_of(server, key) as client:
            statuses = [(await client.post(GENERATIONS, json=DOT)).status_code for _ in range(2)]
    assert statuses == [200, 429]


async def test_polls_have_a_bucket_of_their_own(limited: Server) -> None:
    key = await a_key(limited.settings)
    async with client_of(limited, key) as client:
        answers = [await client.get("/v1/credits") for _ in range(121)]
        assert [answer.status_code for answer in answers] == [200] * 120 + [403]
        refusal(answers[-1], "rate_limit_exceeded", "120 requests per minute that create nothing")
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert answers[-1].headers["x-should-retry"] == "true"
        assert (await client.post(GENERATIONS, json=DOT)).status_code == 200


async def test_images_and_megapixels_are_counted_as_they_are_asked_for(limited: Server) -> None:
    key = await a_key(limited.settings)
    await limit(limited, key, images_per_minute=3, megapixels_per_minute=1)
    async with client_of(limited, key) as client:
        asked = [DOT | {"n": 2}, DOT | {"n": 2, "prompt": "b"}, DOT | {"size": "1024x1024"}, DOT]
        answers = [await client.post(GENERATIONS, json=one) for one in asked]
    assert [answer.status_code for answer in answers] == [200, 403, 403, 200]
    refusal(answers[1], "rate_limit_exceeded", "3 images per minute for this key")
    refusal(answers[2], "rate_limit_exceeded", "1 megapixel per minute for this key")
    assert answers[2].headers["x-should-retry"] == "false"


async def test_a_request_dearer_than_the_key_may_ask_for_is_refused_with_both_prices(
    limited: Server,
) -> None:
    key = await a_key(limited.settings)
    await limit(limited, key, max_credits_per_request=1_000_000)
    async with client_of(limited, key) as client:
        wanted = {"model": "grok-imagine-image", "prompt": "a dot"}
        answer = await client.post(GENERATIONS, json=wanted)
        asked = await client.post("/v1/models/grok-imagine-image/validate", json=wanted)
        assert (await client.post(GENERATIONS, json=DOT)).status_code == 200
    assert answer.status_code == 403
    refusal(answer, "forbidden", "costs 2 credits, and this key may ask for at most 1 at once")
    assert asked.json()["error"]["code"] == "forbidden"


async def until_one_waits(client: httpx.AsyncClient) -> None:
    for _ in range(500):
        if (await client.get("/v1/images/jobs?status=queued")).json()["data"]:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("no job waits")


async def test_more_at_once_than_may_wait_in_the_line_and_more_than_may_wait_are_sent_away(
    sqlite_url: FreshUrl, tmp_path: Path
) -> None:
    with server_with(sqlite_url(), tmp_path, max_running="1", max_queued="2") as server:
        flood, lone = await a_key(server.settings), await a_key(server.settings, workspace="lone")
        async with client_of(server, flood) as client, client_of(server, lone) as other:
            away = {"prefer": "wait=0"}
            slow = [SLOW | {"prompt": f"{SLOW['prompt']} {n}"} for n in range(4)]
            answers = [await client.post(GENERATIONS, json=one, headers=away) for one in slow]
            assert [answer.status_code for answer in answers] == [504, 504, 504, 503]
            refusal(answers[3], "service_unavailable", "more work than it may take on")
            assert answers[3].headers["x-should-retry"] == "true"
            assert int(answers[3].headers["retry-after"]) >= 1
            ids = [answer.headers["x-job-id"] for answer in answers[:3]]
            states = [(await client.get(f"/v1/images/jobs/{one}")).json()["status"] for one in ids]
            assert states == ["processing", "queued", "queued"]
            listed = (await client.get("/v1/images/jobs?status=queued")).json()["data"]
            assert {job["id"] for job in listed} == set(ids[1:])
            begun = asyncio.create_task(other.post(GENERATIONS, json=DOT))
            await until_one_waits(other)
            cancelled = await client.post(f"/v1/images/jobs/{ids[1]}/cancel")
            assert cancelled.json()["cancelled"]
            await client.post(f"/v1/images/jobs/{ids[0]}/cancel")
            third = (await client.get(f"/v1/images/jobs/{ids[2]}")).json()["status"]
            assert third in ("queued", "processing")
            await client.post(f"/v1/images/jobs/{ids[2]}/cancel")
            assert (await begun).status_code == 200
            credits = (await client.get("/v1/credits")).json()
            assert credits["held"] == 0


async def test_a_stream_says_when_its_job_waits_and_when_it_begins(
    sqlite_url: FreshUrl, tmp_path: Path
) -> None:
    with server_with(sqlite_url(), tmp_path, max_running="1") as server:
        key = await a_key(server.settings)
        async with client_of(server, key) as client:
            first = await client.post(GENERATIONS, json=SLOW, headers={"prefer": "wait=0"})
            told: list[str] = []
            async with client.stream("POST", GENERATIONS, json=DOT | {"stream": True}) as answer:
                async for line in answer.aiter_lines():
                    told.append(line)
                    if '"status":"queued"' in line:
                        job_id = first.headers["x-job-id"]
                        await client.post(f"/v1/images/jobs/{job_id}/cancel")
    states = [word for line in told for word in ("queued", "processing") if f'"{word}"' in line]
    assert states[:2] == ["queued", "processing"]
    assert told[-2] == "data: [DONE]"


async def test_administrators_set_limits_and_see_what_is_used(limited: Server) -> None:
    async def admin_key(limner: Limner) -> str:
        return (await limner.services.accounts.create_key(None, "admin", "boss"))[1]

    boss = await administer(limited.settings, admin_key)
    async with client_of(limited, boss) as admin:
        wanted = {"name": "inn", "options": {"requests_per_minute": 9}}
        made = (await admin.post("/v1/admin/workspaces", json=wanted)).json()
        assert made["options"] == {"requests_per_minute": 9}
        limits = {"max_budget_monthly_credits": 2.5, "max_concurrent": 3}
        wanted = {"kind": "test", "workspace": "inn", "limits": limits}
        key = (await admin.post("/v1/admin/keys", json=wanted)).json()
        assert key["limits"] == limits
        async with client_of(limited, key["key"]) as client:
            answers = [
                await client.post(GENERATIONS, json={"model": "grok-imagine-image", "prompt": word})
                for word in ("one", "two")
            ]
        refusal(answers[1], "budget_exceeded", "the monthly budget of this key is 2.5: 2 are spent")
        assert [answer.status_code for answer in answers] == [200, 402]
        path = f"/v1/admin/keys/{key['id']}"
        used = (await admin.get(path)).json()["used"]
        assert (used["requests"], used["images"], used["running"]) == (1, 1, 0)
        budget = used["budget"]
        assert (budget["credits"], budget["charged"], budget["held"]) == (2.5, 2, 0)
        changed = await admin.patch(path, json={"limits": {"max_concurrent": None}})
        assert changed.json()["limits"] == {"max_budget_monthly_credits": 2.5}
        options = {"sync_wait_s": 30, "max_budget_monthly_credits": 7}
        await admin.patch("/v1/admin/workspaces/inn", json={"options": options})
        inn = (await admin.get("/v1/admin/workspaces/inn")).json()
        assert inn["options"] == options | {"requests_per_minute": 9}
        assert inn["used"]["budget"]["credits"] == 7


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("keys", {"kind": "admin", "limits": {"max_concurrent": 1}}, "limits"),
        (
            "keys",
            {"workspace": "default", "limits": {"max_concurrent": 0}},
            "limits.max_concurrent",
        ),
        ("keys", {"workspace": "default", "limits": {"speed": 1}}, "limits"),
        (
            "keys",
            {"workspace": "default", "limits": {"max_credits_per_request": 0.12345678}},
            "max_credits_per_request",
        ),
        ("workspaces", {"name": "w", "options": {"sync_wait_s": 301}}, "options.sync_wait_s"),
    ],
)
async def test_limits_that_cannot_be_make_nothing(
    limited: Server, path: str, body: dict[str, object], param: str
) -> None:
    async def admin_key(limner: Limner) -> str:
        return (await limner.services.accounts.create_key(None, "admin", "boss"))[1]

    boss = await administer(limited.settings, admin_key)
    async with client_of(limited, boss) as admin:
        before = (await admin.get(f"/v1/admin/{path}")).json()
        answer = await admin.post(f"/v1/admin/{path}", json=body)
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == param
        assert (await admin.get(f"/v1/admin/{path}")).json() == before
