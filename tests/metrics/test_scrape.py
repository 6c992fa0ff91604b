"""A scrape of a real server moves by exactly what happened there, and tells nobody's secrets."""

import re

import pytest
from tests.metrics.conftest import PROVIDERS_KEY, TOKEN, House
from tests.standins.faults import fault

from limner import money
from limner.generation.breaker import IN_A_ROW

ROUTE = "/v1/images/generations"
CANARY = "canary-prompt-of-a-caller"
LIVE = {"ledger": "live", "task": "generate", "model": "gpt-image-2"}
PLACE = {"provider": "openai", "model": "gpt-image-2"}
SECRET = re.compile(r"inf_|sk-|ws_|key_|imgjob_|req_|canary|Bearer|http://|sig=")


async def test_a_picture_moves_every_number_it_should_and_no_other(house: House) -> None:
    await house.draws()
    before = await house.scrape()
    answer = await house.draws(n=2, quality="low", size="1024x1024")
    assert answer.status_code == 200
    charged = round(money.MICRO * float(answer.headers["x-credits-used"]))
    after = await house.scrape()

    def moved(name: str, **labels: str) -> float:
        return after.sum(name, **labels) - before.sum(name, **labels)

    assert moved("limner_http_requests_total", route=ROUTE, status="200", code="") == 1
    assert moved("limner_http_requests_total", route=ROUTE) == 1
    assert moved("limner_http_request_seconds_count", route=ROUTE) == 1
    assert moved("limner_http_response_bytes_total", route=ROUTE) == len(answer.content)
    assert moved("limner_jobs_accepted_total", **LIVE) == 1
    assert moved("limner_jobs_ended_total", state="completed", **LIVE) == 1
    assert moved("limner_jobs_ended_total", state="failed") == 0
    assert moved("limner_pictures_total", **LIVE) == 2
    assert moved("limner_job_seconds_count", **LIVE) == 1
    assert moved("limner_line_wait_seconds_bucket", model="gpt-image-2", le="0") == 1
    assert moved("limner_provider_calls_total", outcome="ok", reason="", **PLACE) == 1
    assert moved("limner_provider_seconds_count", **PLACE) == 1
    assert moved("limner_charged_microcredits_total", **LIVE) == charged > 0
    held = moved("limner_held_microcredits_total", **LIVE)
    assert held - charged == moved("limner_released_microcredits_total", **LIVE) >= 0
    assert moved("limner_lost_microcredits_total") == 0
    assert moved("limner_database_writes_total", write="admit", result="done") == 1
    assert moved("limner_database_writes_total", write="finish", result="done") == 1
    assert after.sum("limner_jobs_running") == after.sum("limner_line_drawing") == 0


async def test_pictures_by_link_are_bytes_delivered(house: House) -> None:
    picture = (await house.draws(response_format="url")).json()["data"][0]["url"]
    sent = await house.client.get(picture)
    told = await house.scrape()
    assert told.sum("limner_http_response_bytes_total", route="/v1/assets/") == len(sent.content)
    assert (await house.client.head(picture)).status_code == 200
    again = await house.scrape()
    assert again.sum("limner_http_response_bytes_total", route="/v1/assets/") == len(sent.content)


async def test_refusals_and_failures_are_told_by_their_codes(house: House) -> None:
    house.standin.script(fault("400_policy"))
    assert (await house.draws()).status_code == 400
    house.standin.script(fault("fin_after_body"))
    assert (await house.draws()).status_code == 504
    assert (await house.draws(n=99)).status_code == 400
    assert (await house.draws(key="inf_" + "x" * 36)).status_code == 401
    assert (await house.client.get(f"/{CANARY}")).status_code == 404
    assert (await house.client.request("PROPFIND", "/v1/models")).status_code == 405
    told = await house.scrape()
    answered = "limner_http_requests_total"
    for wanted in (
        {"code": "content_policy_violation", "status": "400"},
        {"code": "validation_failed", "status": "400"},
        {"code": "job_timeout", "status": "504"},
        {"code": "invalid_api_key", "status": "401"},
    ):
        assert told.sum(answered, route=ROUTE, method="POST", **wanted) == 1
    assert told.sum(answered, route="other", status="404", code="not_found") == 1
    assert told.sum(answered, route="/v1/models", status="405", method="other") == 1
    assert told.sum("limner_jobs_ended_total", code="content_policy_violation", **LIVE) == 1
    assert told.sum("limner_jobs_ended_total", code="provider_error", **LIVE) == 1
    assert told.sum("limner_jobs_ended_total") == told.sum("limner_jobs_accepted_total") == 2
    calls = "limner_provider_calls_total"
    assert told.sum(calls, outcome="ran", reason="content_policy_violation", **PLACE) == 1
    assert told.sum(calls, outcome="unknown", **PLACE) == 1
    assert told.sum("limner_provider_seconds_count") == 0
    assert told.sum("limner_lost_microcredits_total", **LIVE) > 0


async def test_what_test_keys_do_is_told_apart(house: House) -> None:
    assert (await house.draws(key=house.test)).status_code == 200
    told = await house.scrape()
    assert told.sum("limner_jobs_ended_total", ledger="test") == 1
    assert told.sum("limner_jobs_ended_total", ledger="live") == 0
    assert told.sum("limner_provider_calls_total", provider="simulated", outcome="ok") == 1


async def test_a_further_try_is_an_order_of_its_own(house: House) -> None:
    house.standin.script(fault("429_retry_after"))
    assert (await house.draws()).status_code == 200
    told = await house.scrape()
    assert told.sum("limner_provider_calls_total", reason="capacity", **PLACE) == 1
    assert told.sum("limner_provider_calls_total", outcome="ok", **PLACE) == 1
    assert told.sum("limner_further_tries_total", provider="openai") == 1
    assert told.sum("limner_jobs_accepted_total") == 1


async def test_providers_are_as_their_health_says(house: House) -> None:
    async def agree() -> dict[str, str]:
        answer = await house.asks("/v1/providers/health", house.admin)
        states = {one["provider"]: one["state"] for one in answer.json()["data"]}
        told = await house.scrape()
        for provider, state in states.items():
            assert told.sum("limner_provider_state", provider=provider, state=state) == 1
            assert told.sum("limner_provider_state", provider=provider) == 1
            up = state not in ("failing", "account_in_trouble", "not_ready")
            assert told.sum("limner_provider_up", provider=provider) == up
        return states

    assert await agree() == {"openai": "unused", "xai": "not_ready"}
    await house.draws()
    assert (await agree())["openai"] == "ok"
    house.standin.script(fault("429_quota"))
    await house.draws()
    assert (await agree())["openai"] == "account_in_trouble"
    house.standin.script(fault("500"), times=IN_A_ROW)
    for _ in range(IN_A_ROW):
        await house.draws()
    assert (await agree())["openai"] == "failing"
    place = {"provider": "openai", "upstream_model": "gpt-image-2"}
    assert (await house.scrape()).sum("limner_provider_breaker_open", **place) == 1


async def test_nothing_of_a_caller_or_a_key_is_in_it(house: House) -> None:
    model = "canary-model-that-is-none"
    for answer in (
        await house.draws(CANARY),
        await house.draws(CANARY, user="canary-user"),
        await house.draws(CANARY, house.test, stream=True),
        await house.asks(f"/v1/images/jobs/{CANARY}"),
        await house.asks(f"/{CANARY}?key={house.live}"),
        await house.asks("/v1/models", f"inf_test_{'canary' * 6}"),
        await house.client.post(ROUTE, json={"model": model, "prompt": CANARY}),
        await house.draws(CANARY, model=model),
    ):
        assert answer.status_code in (200, 401, 404)
    text = (await house.scrape()).text
    assert SECRET.findall(text) == []
    for secret in (house.live, house.test, house.admin, TOKEN, PROVIDERS_KEY, CANARY, model):
        assert secret not in text


@pytest.mark.parametrize("scheme", ["Bearer ", ""])
async def test_an_admin_key_or_the_token_lets_in_and_nothing_else(
    house: House, scheme: str
) -> None:
    async def status(secret: str | None) -> int:
        given = f"{scheme}{secret}".encode("latin-1")
        headers = {} if secret is None else {b"authorization": given}
        return (await house.client.get("/metrics", headers=headers)).status_code

    assert [await status(one) for one in (house.admin, TOKEN)] == [200, 200]
    wrong = (None, "x", TOKEN[:-1], TOKEN + "x", "é", f"inf_admin_{'a' * 36}")
    assert [await status(one) for one in wrong] == [401] * len(wrong)
    assert [await status(one) for one in (house.live, house.test)] == [403, 403]


async def test_the_token_opens_nothing_else(house: House) -> None:
    for path in ("/v1/providers/health", "/v1/admin/keys", "/v1/credits"):
        assert (await house.asks(path, TOKEN)).status_code == 401


async def test_openmetrics_is_told_to_who_wants_it(house: House) -> None:
    headers = {
        "authorization": f"Bearer {TOKEN}",
        "accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
    }
    answer = await house.client.get("/metrics", headers=headers)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
