"""Alibaba: what each failure means, judged against the stand-in's own log of what it did."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

import pytest
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY, UPSTREAM_TEXT, everything_told
from tests.providers.verdicts import (
    ACCOUNT,
    BUSY,
    NO_MODEL,
    NOT_TAKEN,
    OPEN,
    PARAMETER,
    POLICY,
    RAN,
    Verdict,
    judged,
    outcome_of,
)
from tests.standins.alibaba import AlibabaStandIn
from tests.standins.faults import FAULTS, fault

from limner.providers.alibaba import AlibabaImages
from limner.providers.alibaba_errors import ANY, OUTCOMES, failed_with, refusal
from limner.providers.base import ProviderError, Reason
from limner.providers.http import Reply
from limner.providers.http_clients import open_client

ROWS: list[tuple[int, str | None, Verdict]] = [
    (301, None, NOT_TAKEN),
    (307, None, NOT_TAKEN),
    (308, None, NOT_TAKEN),
    (400, "DataInspectionFailed", POLICY),
    (400, "Arrearage", ACCOUNT),
    (400, "InvalidParameter", PARAMETER),
    (400, "InvalidURL", PARAMETER),
    (400, ANY, PARAMETER),
    (401, "InvalidApiKey", ACCOUNT),
    (401, ANY, ACCOUNT),
    (401, None, ACCOUNT),
    (403, "Arrearage", ACCOUNT),
    (403, "AccessDenied", ACCOUNT),
    (403, "Model.AccessDenied", ACCOUNT),
    (403, ANY, ACCOUNT),
    (403, None, ACCOUNT),
    (404, "ModelNotFound", NO_MODEL),
    (404, "Model.NotExist", NO_MODEL),
    (404, "NotFound", NO_MODEL),
    (404, ANY, NOT_TAKEN),
    (404, None, NOT_TAKEN),
    (429, "Throttling", BUSY),
    (429, "Throttling.AllocationQuota", BUSY),
    (429, "insufficient_quota", BUSY),
    (429, ANY, BUSY),
    (429, None, BUSY),
    (500, "InternalError", RAN),
    (500, ANY, RAN),
    (503, "ServiceUnavailable", BUSY),
    (503, ANY, BUSY),
]


def envelope(code: str) -> bytes:
    said = {"code": code, "message": f"{UPSTREAM_TEXT} {KEY}", "request_id": "0f1e-1"}
    return json.dumps(said).encode()


def refused(status: int, body: bytes, **headers: str) -> ProviderError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = refusal(Reply(status, named, body), now=60.0)
    for secret in (KEY, UPSTREAM_TEXT):
        assert secret not in everything_told(error)
    return error


def test_every_row_of_the_table_is_tested() -> None:
    assert {(status, word) for status, word, _ in ROWS} == OUTCOMES.keys()


@pytest.mark.parametrize(("status", "word", "verdict"), ROWS)
def test_a_refusal_means_what_its_row_says(status: int, word: str | None, verdict: Verdict) -> None:
    if word is None:
        assert judged(refused(status, b"<html>no</html>")) == verdict
    elif word == ANY:
        for code in ("Nobody.Knows", UPSTREAM_TEXT, KEY):
            assert judged(refused(status, envelope(code))) == verdict
    else:
        assert judged(refused(status, envelope(word))) == verdict


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (400, "InvalidParameter.DataInspection", PARAMETER),
        (403, "AccessDenied.Unpurchased", ACCOUNT),
        (429, "Throttling.RateQuota", BUSY),
        (404, "NotFound.Model", NO_MODEL),
    ],
)
def test_a_code_of_several_parts_is_known_by_its_first(
    status: int, code: str, verdict: Verdict
) -> None:
    assert judged(refused(status, envelope(code))) == verdict


@pytest.mark.parametrize("status", [202, 302, 408, 409, 413, 502, 504, 520, 524])
def test_what_nobody_wrote_down_is_unknown(status: int) -> None:
    for body in (b"", b"<html>", envelope("GatewayTimeout"), envelope("Throttling")):
        assert judged(refused(status, body)) == OPEN


@pytest.mark.parametrize("status", [400, 500, 503])
def test_a_status_that_may_be_a_proxy_s_is_unknown(status: int) -> None:
    assert judged(refused(status, b"<html>no</html>")) == OPEN


def test_operators_get_the_code_and_the_request_s_id() -> None:
    error = refused(429, envelope("Throttling.RateQuota"), retry_after="7")
    assert (error.detail, error.retry_after) == ("HTTP 429 Throttling.RateQuota", 7)
    assert error.provider_request_id == "0f1e-1"
    assert refused(429, envelope(KEY)).detail == "HTTP 429 another code"
    assert refused(502, b"<html>").detail == "HTTP 502 no error envelope"


@pytest.mark.parametrize("code", ["Throttling.AllocationQuota", "insufficient_quota"])
def test_a_quota_that_is_used_up_is_left_alone_for_a_minute(code: str) -> None:
    assert refused(429, envelope(code)).retry_after == 60
    assert refused(429, envelope(code), retry_after="7").retry_after == 7
    assert refused(429, envelope("Throttling")).retry_after is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("DataInspectionFailed", "content_policy_violation"),
        ("Throttling.RateQuota", "capacity"),
        ("InvalidParameter.Size", "bad_parameter"),
        ("Nobody.Knows", "provider_error"),
        (ANY, "provider_error"),
        (None, "provider_error"),
    ],
)
def test_a_refusal_within_a_success_has_run_whatever_its_code(
    code: str | None, reason: Reason
) -> None:
    error = failed_with(code, "without a picture", "0f1e-1")
    assert judged(error) == ("ran", reason)
    assert error.detail.startswith("HTTP 200, without a picture")


MET: dict[str, Verdict | Literal["delivered"]] = {
    "rst_before_body": OPEN,
    "rst_after_body": OPEN,
    "fin_after_body": OPEN,
    "hang": OPEN,
    "400": PARAMETER,
    "400_policy": POLICY,
    "400_billing": ACCOUNT,
    "401": ACCOUNT,
    "403": ACCOUNT,
    "404": NO_MODEL,
    "429": BUSY,
    "429_retry_after": BUSY,
    "429_quota": BUSY,
    "500": RAN,
    "502": OPEN,
    "503": BUSY,
    "504": OPEN,
    "524": OPEN,
    "empty": RAN,
    "no_data": RAN,
    "bad_json": RAN,
    "html": RAN,
    "redirect": NOT_TAKEN,
    "delay": "delivered",
    "images": "delivered",
    "huge": "delivered",
    "fin_mid_answer": OPEN,
    "rst_mid_answer": OPEN,
    "wrong_length": OPEN,
    "drip": OPEN,
    "close_idle": "delivered",
}
"""What becomes of an order that meets a fault; `huge` is nothing where answers are links."""
WAITS = {"429_retry_after": 1.0, "429_quota": 60.0}
ORDERS = {
    "at once": an_order("qwen-image-3.0"),
    "as a task": replace(an_order("wan2.5-t2i-preview"), protocol="async_text2image"),
}


@pytest.fixture
async def standin() -> AsyncIterator[AlibabaStandIn]:
    async with AlibabaStandIn() as running:
        yield running


def test_every_fault_that_is_not_a_stream_s_is_met() -> None:
    assert {kind for kind in FAULTS if not kind.startswith("stream_")} == MET.keys()


@pytest.mark.parametrize("wire", ORDERS)
@pytest.mark.parametrize("client", ["pyreqwest", "aiohttp"])
@pytest.mark.parametrize("kind", MET)
async def test_a_fault_has_its_outcome_and_the_stand_in_agrees(
    standin: AlibabaStandIn, kind: str, client: Literal["pyreqwest", "aiohttp"], wire: str
) -> None:
    alibaba = AlibabaImages(open_client(client), base_url=standin.base_url, api_key=KEY)
    standin.script(fault(kind))
    slow = kind in ("hang", "drip")
    met = await outcome_of(alibaba, replace(ORDERS[wire], timeout_s=0.3 if slow else 5.0))
    await alibaba.aclose()
    if isinstance(met, ProviderError):
        assert judged(met) == MET[kind]
        assert met.retry_after == WAITS.get(kind)
        assert met.outcome != "known_not_run" or not standin.completed
        assert KEY not in everything_told(met)
    else:
        assert MET[kind] == "delivered"
        assert len(standin.completed) == 1
    assert len(standin.asked) <= 1


async def test_nobody_listening_is_known_not_to_have_run(standin: AlibabaStandIn) -> None:
    alibaba = AlibabaImages(open_client(), base_url=standin.base_url, api_key=KEY)
    async with standin.refusing():
        with pytest.raises(ProviderError) as caught:
            await drained(alibaba.run(ORDERS["at once"]))
    await alibaba.aclose()
    assert judged(caught.value) == NOT_TAKEN
