"""Failures after acceptance: told without the provider's words, free, and never sent again."""

import httpx
import pytest
from tests.contract.envelope import FLARE, PATH, error_of, wanting
from tests.contract.gateway import Gateway

pytestmark = pytest.mark.parametrize("gateway", ["sqlite"], indirect=True)

FAILURES = [
    ("400_policy", 400, "content_policy_violation", "prompt"),
    ("400", 400, "validation_failed", None),
    ("400_billing", 502, "provider_error", None),
    ("401", 502, "provider_error", None),
    ("403", 502, "provider_error", None),
    ("404", 502, "provider_error", None),
    ("429_quota", 502, "provider_error", None),
    ("429_retry_after=77", 503, "service_unavailable", None),
    ("500", 502, "provider_error", None),
    ("html", 502, "provider_error", None),
    ("empty", 502, "provider_error", None),
    ("images=0", 400, "content_policy_violation", "prompt"),
]


@pytest.mark.parametrize(("fault", "status", "code", "param"), FAILURES)
async def test_a_providers_failure_is_told_without_its_words_and_is_free(
    gateway: Gateway,
    http: httpx.AsyncClient,
    fault: str,
    status: int,
    code: str,
    param: str | None,
) -> None:
    before = await gateway.holdings()
    answer = await http.post(
        PATH,
        content=wanting(prompt=f"secret-word [[standin:{fault}]]", n=2, size="1024x1024"),
        headers={"authorization": f"Bearer {gateway.keys.live}"},
    )
    error = error_of(answer, status, code)
    assert error["param"] == param
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["x-model-used"] == FLARE
    assert answer.headers.get("retry-after") == ("77" if status == 503 else None)
    for leak in ("sk-", "standin", gateway.upstream.standin.url, "secret-word", "help.openai.com"):
        assert leak not in answer.text
    after = await gateway.holdings()
    assert (after.pictures, after.wallets) == (before.pictures, before.wallets)
    job = await http.get(
        f"/v1/images/jobs/{answer.headers['x-job-id']}",
        headers={"authorization": f"Bearer {gateway.keys.live}"},
    )
    assert (job.json()["status"], job.json()["error_code"]) == ("failed", code)
    assert job.json()["error"] == error["message"]


@pytest.mark.parametrize(
    ("model", "fault"),
    [(FLARE, "524"), (FLARE, "fin_after_body"), (FLARE, "fin_mid_answer"), ("impatient", "hang=9")],
)
async def test_an_open_outcome_is_a_504_with_the_job_and_is_free(
    gateway: Gateway, http: httpx.AsyncClient, model: str, fault: str
) -> None:
    before = await gateway.holdings()
    headers = {"authorization": f"Bearer {gateway.keys.live}"}
    prompt = f"open [[standin:{fault}]]"
    answer = await http.post(
        PATH, content=wanting(model=model, prompt=prompt, size="1024x1024"), headers=headers
    )
    error = error_of(answer, 504, "job_timeout")
    assert error["job_id"] == answer.headers["x-job-id"]
    assert gateway.upstream.asked(prompt) == 1
    job = (await http.get(f"/v1/images/jobs/{error['job_id']}", headers=headers)).json()
    assert (job["status"], job["credits_used"]) == ("failed", 0)
    assert (await gateway.holdings()).wallets == before.wallets


async def test_play_refusals_of_test_mode_are_like_the_real_ones(
    gateway: Gateway, http: httpx.AsyncClient
) -> None:
    before = await gateway.holdings()
    headers = {"authorization": f"Bearer {gateway.keys.test}"}
    for trigger, status, code in [
        ("refuse", 400, "content_policy_violation"),
        ("fail=500", 502, "provider_error"),
        ("timeout", 504, "job_timeout"),
        ("partial=0/2", 502, "provider_error"),
    ]:
        body = wanting(model="sketch-1", prompt=f"[[limner:{trigger}]]", size="64x64", n=2)
        answer = await http.post(PATH, content=body, headers=headers)
        error_of(answer, status, code)
        assert answer.headers["x-limner-mode"] == "test"
    assert (await gateway.holdings()).wallets == before.wallets
