"""The job list: newest first, by key, status, model and time, page by page."""

from typing import Any

import httpx
import msgspec
import pytest
from tests.contract.gateway import Gateway
from tests.contract.pictures import behind
from tests.servers import a_key

from limner.api.wire.jobs import JobList

JOBS = "/v1/images/jobs"
PATH = "/v1/images/generations"
SMALL: dict[str, Any] = {"model": "sketch-1", "prompt": "a red dot", "size": "64x64"}


async def drawn(client: httpx.AsyncClient, **more: object) -> str:
    answer = await client.post(PATH, json=SMALL | more)
    return str(answer.headers["x-job-id"])


@pytest.fixture
async def fresh(gateway: Gateway) -> httpx.AsyncClient:
    """A client with a test key of its own, in the workspace of all other keys."""
    key = await a_key(gateway.server.settings)
    return httpx.AsyncClient(
        base_url=gateway.server.url, headers={"authorization": f"Bearer {key}"}, timeout=60
    )


async def listed(client: httpx.AsyncClient, **query: object) -> JobList:
    answer = await client.get(JOBS, params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=JobList, strict=True)


async def test_a_lost_job_is_found_by_key_newest_first(fresh: httpx.AsyncClient) -> None:
    async with fresh:
        mine = [await drawn(fresh) for _ in range(3)]
        page = await listed(fresh, key="me")
        assert [job.id for job in page.data] == mine[::-1]
        assert (page.first_id, page.last_id, page.has_more) == (mine[-1], mine[0], False)
        whole = (await fresh.get(f"{JOBS}/{mine[0]}")).json()
        (oldest,) = (await fresh.get(f"{JOBS}?key=me&after={mine[1]}")).json()["data"]
        assert oldest.keys() == whole.keys()
        assert (oldest["key_id"], oldest["request_id"]) == (whole["key_id"], whole["request_id"])
        by_id = await listed(fresh, key=oldest["key_id"])
        assert by_id.data[0].id == mine[-1]
        assert all(job.key_id == oldest["key_id"] for job in by_id.data)


async def test_pages_follow_one_another_without_gap_or_repeat(fresh: httpx.AsyncClient) -> None:
    async with fresh:
        mine = [await drawn(fresh) for _ in range(5)]
        seen: list[str] = []
        query: dict[str, object] = {"key": "me", "limit": 2}
        while True:
            page = await listed(fresh, **query)
            seen += [job.id for job in page.data]
            query["after"] = page.last_id
            if not page.has_more:
                break
            assert len(page.data) == 2
        assert seen == mine[::-1]
        beyond = await listed(fresh, key="me", after=mine[0])
        assert (beyond.data, beyond.first_id, beyond.last_id) == ([], None, None)


async def test_each_job_has_its_own_pictures_behind_links_that_open(
    fresh: httpx.AsyncClient,
) -> None:
    async with fresh:
        two, one = await drawn(fresh, n=2, seed=7), await drawn(fresh)
        failed = await drawn(fresh, prompt="[[limner:refuse]]")
        page = {job.id: job for job in (await listed(fresh, key="me")).data}
        for job_id, count in ((two, 2), (one, 1)):
            data = page[job_id].data
            assert isinstance(data, list)
            assert len(data) == count
            whole = (await fresh.get(f"{JOBS}/{job_id}")).json()["data"]
            assert [item.sha256 for item in data] == [item["sha256"] for item in whole]
            for item in data:
                assert isinstance(item.url, str)
                assert (await behind(item.url)).sha256 == item.sha256
        assert page[failed].error_code == "content_policy_violation"
        assert page[failed].data is msgspec.UNSET


async def test_jobs_are_found_by_status_model_and_time(fresh: httpx.AsyncClient) -> None:
    async with fresh:
        dot = await drawn(fresh)
        other = await drawn(fresh, model="dall-e-3", size="1024x1024")
        failed = await drawn(fresh, prompt="[[limner:refuse]]")
        away = await fresh.post(
            PATH, json=SMALL | {"prompt": "[[limner:delay=60s]]"}, headers={"prefer": "wait=0"}
        )
        running = away.json()["error"]["job_id"]

        async def ids(**query: object) -> list[str]:
            return [job.id for job in (await listed(fresh, key="me", **query)).data]

        assert await ids(status="completed") == [other, dot]
        assert await ids(status="failed") == [failed]
        assert await ids(status="processing") == [running]
        assert await ids(status="queued") == []
        assert await ids(model="dall-e-3") == [other]
        assert await ids(model="no-such-model") == []
        assert await ids(status="", model="") == [running, failed, other, dot]
        created = (await fresh.get(f"{JOBS}/{dot}")).json()["created"]
        assert dot in await ids(created_since=created, created_before=created + 1)
        assert await ids(created_before=created) == []
        assert await ids(created_since=created + 3600) == []
        await fresh.post(f"{JOBS}/{running}/cancel")


async def test_a_running_job_says_what_is_held_for_it_and_an_ended_one_does_not(
    fresh: httpx.AsyncClient,
) -> None:
    async with fresh:
        away = await fresh.post(
            PATH,
            json={"model": "dall-e-3", "prompt": "[[limner:delay=60s]]", "size": "1024x1024"},
            headers={"prefer": "wait=0"},
        )
        await drawn(fresh)
        ended, running = (await listed(fresh, key="me")).data
        assert running.id == away.json()["error"]["job_id"]
        assert (running.credits_held, running.credits_used) == (4, msgspec.UNSET)
        assert ended.credits_held is msgspec.UNSET
        await fresh.post(f"{JOBS}/{running.id}/cancel")


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=%D9%A3", "limit"),
        ("status=done", "status"),
        ("created_since=yesterday", "created_since"),
        ("created_before=99999999999999999999999", "created_before"),
        ("after=imgjob_01KA7M3W8Y5D2F4H6J8K0M2N4P", "after"),
        ("after=%00", "after"),
        ("model=a%00b", "model"),
    ],
)
async def test_a_query_that_cannot_be_meant_is_refused_by_name(
    play: httpx.AsyncClient, query: str, param: str
) -> None:
    answer = await play.get(f"{JOBS}?{query}")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_test_jobs_and_live_jobs_and_other_workspaces_do_not_mix(
    play: httpx.AsyncClient, live: httpx.AsyncClient, gateway: Gateway
) -> None:
    test, real = await drawn(play), await drawn(live)
    stranger = {"authorization": f"Bearer {gateway.keys.stranger}"}
    theirs = (await play.get(f"{JOBS}?limit=100", headers=stranger)).json()
    assert test not in {job["id"] for job in theirs["data"]}
    assert real not in {job.id for job in (await listed(play, limit=100)).data}
    assert test not in {job.id for job in (await listed(live, limit=100)).data}
    for headers in (stranger, {"authorization": f"Bearer {gateway.keys.live}"}):
        answer = await play.get(f"{JOBS}?after={test}", headers=headers)
        unknown = await play.get(f"{JOBS}?after=imgjob_01KA7M3W8Y5D2F4H6J8K0M2N4P", headers=headers)
        said, meant = answer.json()["error"], unknown.json()["error"]
        assert answer.status_code == unknown.status_code == 400
        assert said["message"] == meant["message"]
