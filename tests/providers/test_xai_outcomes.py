"""xAI: what each failure means, judged against the stand-in's own log of what it did."""

import json
from collections.abc import AsyncIterator
from typing import Any, Literal

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
from tests.standins.faults import FAULTS, fault
from tests.standins.xai import XaiStandIn

from limner.providers.base import ProviderError
from limner.providers.http import Reply
from limner.providers.http_clients import open_client
from limner.providers.xai import XaiImages
from limner.providers.xai_errors import ANY, OUTCOMES, refusal

ROWS: list[tuple[int, str | None, Verdict]] = [
    (301, None, NOT_TAKEN),
    (307, None, NOT_TAKEN),
    (308, None, NOT_TAKEN),
    (400, "api_key", ACCOUNT),
    (400, "moderation", POLICY),
    (400, ANY, PARAMETER),
    (401, ANY, ACCOUNT),
    (401, None, ACCOUNT),
    (403, "moderation", POLICY),
    (403, ANY, ACCOUNT),
    (403, None, ACCOUNT),
    (404, ANY, NO_MODEL),
    (404, None, NOT_TAKEN),
    (415, ANY, PARAMETER),
    (422, ANY, PARAMETER),
    (429, "spending_limit", ACCOUNT),
    (429, ANY, BUSY),
    (429, None, BUSY),
    (500, ANY, RAN),
    (503, ANY, BUSY),
]
SAYS = {
    "api_key": f"Incorrect API key provided: {KEY}",
    "moderation": "Generated image rejected by content moderation.",
    "spending_limit": "Your team has used all available credits or reached its monthly spending "
    "limit",
    ANY: f"{UPSTREAM_TEXT} {KEY}",
}


def envelopes(text: str) -> list[dict[str, Any]]:
    """The three forms in which xAI refuses."""
    nested = {"message": text, "type": None, "param": None, "code": None}
    return [{"code": "400", "error": text}, {"error": nested}, {"error": text}]


def refused(status: int, body: bytes, **headers: str) -> ProviderError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = refusal(Reply(status, named, body), now=60.0)
    for secret in (KEY, UPSTREAM_TEXT):
        assert secret not in everything_told(error)
    return error


def test_every_row_of_the_table_is_tested() -> None:
    assert {(status, word) for status, word, _ in ROWS} == OUTCOMES.keys()


@pytest.mark.parametrize(("status", "word", "verdict"), ROWS)
def test_a_refusal_means_what_its_row_says_in_every_envelope(
    status: int, word: str | None, verdict: Verdict
) -> None:
    if word is None:
        assert judged(refused(status, b"<html>no</html>")) == verdict
        return
    for envelope in envelopes(SAYS[word]):
        assert judged(refused(status, json.dumps(envelope).encode())) == verdict


@pytest.mark.parametrize("status", [202, 302, 408, 409, 502, 504, 520, 524])
def test_what_nobody_wrote_down_is_unknown(status: int) -> None:
    for body in (b"", b"<html>", json.dumps(envelopes("no")[0]).encode()):
        assert judged(refused(status, body)) == OPEN


@pytest.mark.parametrize("status", [400, 415, 422, 500, 503])
def test_a_status_that_may_be_a_proxy_s_is_unknown(status: int) -> None:
    assert judged(refused(status, b"<html>no</html>")) == OPEN


def test_operators_get_what_was_recognised_and_the_request_s_id() -> None:
    body = json.dumps(envelopes(SAYS["spending_limit"])[1]).encode()
    error = refused(429, body, x_request_id="5f1c-1", retry_after="7")
    assert error.detail == "HTTP 429 spending_limit 5f1c-1"
    assert error.retry_after is None
    busy = refused(429, json.dumps(envelopes("slow down")[2]).encode(), retry_after="7")
    assert (busy.detail, busy.retry_after) == ("HTTP 429", 7)
    assert refused(502, b"<html>").detail == "HTTP 502 no error envelope"


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
    "429_quota": ACCOUNT,
    "500": RAN,
    "502": OPEN,
    "503": BUSY,
    "504": OPEN,
    "524": OPEN,
    "empty": RAN,
    "no_data": POLICY,
    "bad_json": RAN,
    "html": RAN,
    "redirect": NOT_TAKEN,
    "delay": "delivered",
    "images": "delivered",
    "huge": RAN,
    "fin_mid_answer": OPEN,
    "rst_mid_answer": OPEN,
    "wrong_length": OPEN,
    "drip": OPEN,
    "close_idle": "delivered",
}
"""What becomes of an order that meets a fault; whatever else there is strikes streams alone."""
LIMIT = 400_000


@pytest.fixture
async def standin() -> AsyncIterator[XaiStandIn]:
    async with XaiStandIn() as running:
        yield running


def test_every_fault_that_is_not_a_stream_s_is_met() -> None:
    assert {kind for kind in FAULTS if not kind.startswith("stream_")} <= MET.keys()


@pytest.mark.parametrize("client", ["pyreqwest", "aiohttp"])
@pytest.mark.parametrize("kind", MET)
async def test_a_fault_has_its_outcome_and_the_stand_in_agrees(
    standin: XaiStandIn, kind: str, client: Literal["pyreqwest", "aiohttp"]
) -> None:
    xai = XaiImages(open_client(client, max_answer=LIMIT), base_url=standin.base_url, api_key=KEY)
    standin.script(fault(kind, LIMIT * 2.0 if kind == "huge" else None))
    order = an_order("grok-imagine-image-2.0", timeout_s=0.3 if kind in ("hang", "drip") else 5.0)
    met = await outcome_of(xai, order)
    await xai.aclose()
    if isinstance(met, ProviderError):
        assert judged(met) == MET[kind]
        assert met.retry_after == (1.0 if kind == "429_retry_after" else None)
        assert met.outcome != "known_not_run" or not standin.completed
        assert KEY not in everything_told(met)
    else:
        assert MET[kind] == "delivered"
        assert len(standin.completed) == 1
    assert [entry.what for entry in standin.log].count("arrived") == 1


async def test_nobody_listening_is_known_not_to_have_run(standin: XaiStandIn) -> None:
    xai = XaiImages(open_client(), base_url=standin.base_url, api_key=KEY)
    async with standin.refusing():
        with pytest.raises(ProviderError) as caught:
            await drained(xai.run(an_order("grok-imagine-image")))
    await xai.aclose()
    assert judged(caught.value) == NOT_TAKEN
