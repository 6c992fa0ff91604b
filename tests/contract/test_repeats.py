"""A request that comes again is answered by the job it made: by its key, or as clients resend."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.contract.envelope import FLARE, PATH, error_of
from tests.contract.gateway import Gateway
from tests.faults.leaving import Caller

from limner.ids import new_id

SLOW = "[[standin:delay=1]]"


def wish(what: str = "", **more: object) -> dict[str, Any]:
    """A request like no other."""
    return {"model": FLARE, "prompt": f"{new_id('p')} {what}", "size": "1024x1024"} | more


@pytest.fixture
def live(gateway: Gateway) -> dict[str, str]:
    return {"authorization": f"Bearer {gateway.keys.live}"}


@pytest.fixture
def test_key(gateway: Gateway) -> dict[str, str]:
    return {"authorization": f"Bearer {gateway.keys.test}"}


async def credits(http: httpx.AsyncClient, key: dict[str, str]) -> float:
    return float((await http.get("/v1/credits", headers=key)).json()["balance"])


async def test_the_same_key_and_body_give_the_same_answer_and_one_picture(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str]
) -> None:
    body, key = wish("[[limner:odd]]", typo_free=1), {"idempotency-key": new_id("k")}
    first = await http.post(PATH, json=body, headers=live | key)
    before = await credits(http, live)
    again = await http.post(PATH, json=body, headers=live | key)
    assert first.status_code == again.status_code == 200
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    told = ("x-job-id", "x-credits-used", "x-model-used", "x-infery-ignored-params")
    assert [again.headers[name] for name in told] == [first.headers[name] for name in told]
    assert gateway.upstream.asked(body["prompt"]) == 1
    assert await credits(http, live) == before


async def test_links_of_a_repeated_answer_are_fresh_and_lead_to_the_same_pictures(
    http: httpx.AsyncClient, live: dict[str, str]
) -> None:
    body = wish(n=2, response_format="url")
    headers = live | {"idempotency-key": new_id("k")}
    first, again = [(await http.post(PATH, json=body, headers=headers)).json() for _ in range(2)]
    for one, same in zip(first["data"], again["data"], strict=True):
        pictures = [(await http.get(data["url"])).content for data in (one, same)]
        assert pictures[0] == pictures[1]
        assert one["sha256"] == same["sha256"]
    assert again["credits_used"] == first["credits_used"] > 0


async def test_a_stream_is_told_again_as_a_stream(
    http: httpx.AsyncClient, live: dict[str, str]
) -> None:
    body, headers = wish(stream=True), live | {"idempotency-key": new_id("k")}
    first, again = [await http.post(PATH, json=body, headers=headers) for _ in range(2)]
    assert again.text.endswith("data: [DONE]\n\n")
    last = [one.text.split("data: ")[-2] for one in (first, again)]
    assert '"type":"completed"' in last[0]
    assert last[0].split('"url"')[0] == last[1].split('"url"')[0]


async def test_while_the_first_runs_its_key_is_answered_with_the_job_that_runs(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str]
) -> None:
    body, key = wish(SLOW), {"idempotency-key": new_id("k")}
    answers = await asyncio.gather(
        *(http.post(PATH, json=body, headers=live | key) for _ in range(50))
    )
    (good,) = [one for one in answers if one.status_code == 200]
    for busy in (one for one in answers if one is not good):
        assert (busy.status_code, busy.json()["error"]["code"]) == (409, "idempotency_in_progress")
        assert busy.json()["error"]["job_id"] == good.headers["x-job-id"]
        assert busy.headers["x-should-retry"] == "false"
    assert gateway.upstream.asked(body["prompt"]) == 1


async def test_a_key_with_another_body_does_nothing(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str]
) -> None:
    body, key = wish(), {"idempotency-key": new_id("k")}
    await http.post(PATH, json=body, headers=live | key)
    before = await credits(http, live)
    for other in (body | {"n": 2}, body | {"prompt": "x"}, body | {"stream": True}):
        answer = await http.post(PATH, json=other, headers=live | key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_mismatch")
        assert "job_id" not in answer.json()["error"]
    assert await credits(http, live) == before
    assert gateway.upstream.asked("x") == 0


async def test_how_a_body_is_written_and_how_long_one_waits_do_not_matter(
    http: httpx.AsyncClient, live: dict[str, str]
) -> None:
    body, key = wish(), {"idempotency-key": new_id("k")}
    first = await http.post(PATH, json=body, headers=live | key)
    turned = dict(reversed(body.items())) | {"seed": None}
    again = await http.post(PATH, json=turned, headers=live | key | {"prefer": "wait=5"})
    assert again.json() == first.json()


async def test_keys_of_other_workspaces_modes_and_refused_requests_are_free(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str], test_key: dict[str, str]
) -> None:
    key = {"idempotency-key": new_id("k")}
    bad = await http.post(PATH, json=wish(n=99), headers=live | key)
    assert bad.status_code == 400
    stranger = {"authorization": f"Bearer {gateway.keys.stranger}"}
    jobs = set()
    for caller in (live, test_key, stranger):
        answer = await http.post(PATH, json=wish(), headers=caller | key)
        assert answer.status_code == 200, answer.text
        jobs.add(answer.headers["x-job-id"])
    assert len(jobs) == 3


@pytest.mark.parametrize("key", ["k" * 256, "", "a b", "ä", "a/b"])
async def test_what_is_no_key_is_refused(
    http: httpx.AsyncClient, live: dict[str, str], key: str
) -> None:
    headers = [
        (b"idempotency-key", key.encode()),
        (b"authorization", live["authorization"].encode()),
    ]
    answer = await http.post(PATH, json=wish(), headers=headers)
    error = error_of(answer, 400, "validation_failed")
    assert error["param"] == "Idempotency-Key"


async def test_a_key_may_have_255_characters(http: httpx.AsyncClient, live: dict[str, str]) -> None:
    key = new_id("k") + "." * 255
    answer = await http.post(PATH, json=wish(), headers=live | {"idempotency-key": key[:255]})
    assert answer.status_code == 200


async def test_a_failure_is_told_again_too(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str]
) -> None:
    body, key = wish("[[standin:400_policy]]"), {"idempotency-key": new_id("k")}
    first, again = [await http.post(PATH, json=body, headers=live | key) for _ in range(2)]
    error_of(first, 400, "content_policy_violation")
    error = error_of(again, 400, "content_policy_violation")
    assert error["message"] == first.json()["error"]["message"]
    assert gateway.upstream.asked(body["prompt"]) == 1


async def test_who_was_sent_away_and_asks_again_gets_the_picture_that_was_being_drawn(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str]
) -> None:
    body = wish(SLOW)
    away = await http.post(PATH, json=body, headers=live | {"prefer": "wait=0"})
    assert away.status_code == 504
    back = await http.post(PATH, json=body, headers=live)
    assert back.status_code == 200
    assert back.headers["x-job-id"] == away.json()["error"]["job_id"]
    assert back.headers["idempotent-replayed"] == "true"
    assert gateway.upstream.asked(body["prompt"]) == 1
    fresh = await http.post(PATH, json=body, headers=live)
    assert fresh.headers["x-job-id"] != back.headers["x-job-id"]
    assert gateway.upstream.asked(body["prompt"]) == 2


async def test_a_picture_finished_after_its_caller_was_sent_away_is_given_once(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str]
) -> None:
    body = wish("[[standin:delay=0.4]]")
    away = await http.post(PATH, json=body, headers=live | {"prefer": "wait=0"})
    job_id = away.json()["error"]["job_id"]
    jobs: list[Any] = []
    while not any(job["id"] == job_id for job in jobs):
        listed = await http.get("/v1/images/jobs?status=completed&limit=9", headers=live)
        jobs = listed.json()["data"]
    answers = await asyncio.gather(*(http.post(PATH, json=body, headers=live) for _ in range(2)))
    assert [answer.headers["x-job-id"] for answer in answers].count(job_id) == 1
    assert gateway.upstream.asked(body["prompt"]) == 2


async def test_who_asks_again_without_time_to_wait_is_given_what_is_there(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str]
) -> None:
    body, hasty = wish("[[standin:delay=0.2]]"), live | {"prefer": "wait=0"}
    answers = [await http.post(PATH, json=body, headers=hasty)]
    while answers[-1].status_code == 504:
        answers.append(await http.post(PATH, json=body, headers=hasty))
        assert answers[-1].headers["x-job-id"] == answers[0].headers["x-job-id"]
    assert answers[-1].status_code == 200
    assert gateway.upstream.asked(body["prompt"]) == 1


async def test_a_picture_that_is_there_when_its_caller_is_sent_away_is_given_at_once(
    http: httpx.AsyncClient, gateway: Gateway
) -> None:
    """Many drawings end just as the second of their callers' workspace does."""
    hasty = {"authorization": f"Bearer {gateway.keys.hasty}"}

    async def one(number: int) -> None:
        body = wish(f"[[standin:delay={0.96 + number / 1000}]]")
        for _ in range(5):
            answer = await http.post(PATH, json=body, headers=hasty)
            if answer.status_code == 200:
                break
        assert answer.status_code == 200
        assert gateway.upstream.asked(body["prompt"]) == 1

    await asyncio.gather(*(one(number) for number in range(50)))


async def test_a_picture_that_was_collected_is_not_given_to_the_next_request(
    http: httpx.AsyncClient, live: dict[str, str]
) -> None:
    body = wish("[[standin:delay=0.4]]")
    away = await http.post(PATH, json=body, headers=live | {"prefer": "wait=0"})
    job_id = away.json()["error"]["job_id"]
    job: dict[str, Any] = {}
    while job.get("status") != "completed":
        job = (await http.get(f"/v1/images/jobs/{job_id}", headers=live)).json()
    next_one = await http.post(PATH, json=body, headers=live)
    assert next_one.headers["x-job-id"] != job_id


async def test_requests_that_wait_side_by_side_are_each_drawn(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str]
) -> None:
    body = wish(SLOW)
    answers = await asyncio.gather(*(http.post(PATH, json=body, headers=live) for _ in range(4)))
    assert len({answer.headers["x-job-id"] for answer in answers}) == 4
    assert gateway.upstream.asked(body["prompt"]) == 4


@pytest.mark.parametrize("how", ["fin", "reset"])
async def test_who_hung_up_and_asks_again_gets_the_picture_that_was_being_drawn(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str], how: Any
) -> None:
    caller = Caller(gateway.server.url, gateway.keys.test, f"[[limner:delay=1.5s]] {new_id('p')}")
    await caller.connect()
    await caller.send(caller.head + caller.body)
    mine = {"authorization": f"Bearer {gateway.keys.test}", "content-type": "application/json"}
    jobs: list[Any] = []
    while not any(job["status"] == "processing" for job in jobs):
        jobs = (await http.get("/v1/images/jobs?limit=5", headers=mine)).json()["data"]
    await caller.leave(how)
    await asyncio.sleep(0.3)
    back = await http.post(PATH, content=caller.body, headers=mine)
    assert back.headers["x-job-id"] == jobs[0]["id"]
    assert back.json()["data"][0]["b64_json"]


async def test_a_resend_of_the_openai_client_gets_the_answer_that_was_lost(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str]
) -> None:
    body = wish()
    first = await http.post(PATH, json=body, headers=live | {"x-stainless-retry-count": "0"})
    resent = await http.post(PATH, json=body, headers=live | {"x-stainless-retry-count": "1"})
    assert resent.headers["x-job-id"] == first.headers["x-job-id"]
    assert resent.json()["data"] == first.json()["data"]
    assert gateway.upstream.asked(body["prompt"]) == 1
    other = {"authorization": f"Bearer {gateway.keys.test}", "x-stainless-retry-count": "1"}
    theirs = await http.post(PATH, json=body, headers=other)
    assert theirs.headers["x-job-id"] != first.headers["x-job-id"]


async def test_an_unknown_end_is_not_drawn_again_by_a_client_that_resends_at_once(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str]
) -> None:
    body = wish("[[standin:504]]")
    answers = [await http.post(PATH, json=body, headers=live) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {504}
    assert len({answer.json()["error"]["job_id"] for answer in answers}) == 1
    assert gateway.upstream.asked(body["prompt"]) == 1


async def test_pictures_that_have_expired_since_are_not_drawn_again(
    http: httpx.AsyncClient, gateway: Gateway, live: dict[str, str]
) -> None:
    body, key = wish(), {"idempotency-key": new_id("k")}
    first = await http.post(PATH, json=body, headers=live | key)
    await gateway.expire(first.headers["x-job-id"])
    again = await http.post(PATH, json=body, headers=live | key)
    error = again.json()["error"]
    assert (again.status_code, error["code"]) == (500, "artifact_unreadable")
    assert error["job_id"] == first.headers["x-job-id"]
    assert again.headers["x-should-retry"] == "false"
    job = (await http.get(f"/v1/images/jobs/{error['job_id']}", headers=live)).json()
    assert (job["status"], job["artifacts_expired"], job["data"]) == ("completed", True, [])
    assert gateway.upstream.asked(body["prompt"]) == 1
