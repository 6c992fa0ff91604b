"""OpenAI: what each failure means, judged against the stand-in's own log of what it did."""

import json
from collections.abc import AsyncIterator
from typing import Literal, TypeAlias

import pytest
from tests.providers.orders import an_order
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
    safe,
)
from tests.standins.faults import FAULTS, fault
from tests.standins.openai import OpenAIStandIn

from limner.providers.base import Generated, Outcome, ProviderError, Reason
from limner.providers.http import Broken, NotSent, Reply, TooLarge
from limner.providers.http_clients import open_client
from limner.providers.openai import OpenAIImages
from limner.providers.openai_errors import (
    ANY,
    OUTCOMES,
    SENTENCES,
    ErrorBody,
    failed_call,
    refusal,
    refused_within,
)

ROWS: list[tuple[int, str | None, Verdict]] = [
    (301, None, NOT_TAKEN),
    (307, None, NOT_TAKEN),
    (308, None, NOT_TAKEN),
    (400, "moderation_blocked", POLICY),
    (400, "content_policy_violation", POLICY),
    (400, "image_generation_user_error", POLICY),
    (400, "billing_hard_limit_reached", ACCOUNT),
    (400, ANY, PARAMETER),
    (401, ANY, ACCOUNT),
    (401, None, ACCOUNT),
    (403, ANY, ACCOUNT),
    (403, None, ACCOUNT),
    (404, "model_not_found", NO_MODEL),
    (404, ANY, NOT_TAKEN),
    (404, None, NOT_TAKEN),
    (429, "insufficient_quota", ACCOUNT),
    (429, ANY, BUSY),
    (429, None, BUSY),
    (500, ANY, RAN),
    (503, ANY, BUSY),
]
PAGE = f"<html>{UPSTREAM_TEXT} {KEY}</html>".encode()


def envelope(code: str | int | None = None, **fields: str | None) -> bytes:
    error = {"message": f"{UPSTREAM_TEXT} {KEY}", "type": None, "param": None, "code": code}
    return json.dumps({"error": error | fields}).encode()


def refused(status: int, body: bytes, **headers: str) -> ProviderError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = refusal(Reply(status, named, body), now=60.0)
    return safe(error)


def test_every_row_of_the_table_is_tested() -> None:
    assert {(status, word) for status, word, _ in ROWS} == OUTCOMES.keys()


@pytest.mark.parametrize(("status", "word", "verdict"), ROWS)
def test_a_documented_refusal_means_what_its_row_says(
    status: int, word: str | None, verdict: Verdict
) -> None:
    if word is None:
        assert judged(refused(status, PAGE)) == verdict
        assert judged(refused(status, b"")) == verdict
        return
    code = "of_later" if word == ANY else word
    assert judged(refused(status, envelope(code))) == verdict
    assert judged(refused(status, envelope(None, type=code))) == verdict
    assert judged(refused(status, envelope("of_later", type=code))) == verdict


@pytest.mark.parametrize("body", [PAGE, b"", b"[]", b'{"error":"no"}', envelope("server_error")])
@pytest.mark.parametrize("status", [202, 302, 408, 409, 418, 422, 502, 504, 520, 524, 599])
def test_what_nobody_wrote_down_is_unknown(status: int, body: bytes) -> None:
    assert judged(refused(status, body)) == OPEN


@pytest.mark.parametrize("status", [400, 500, 503])
def test_a_status_that_may_be_a_proxy_s_is_unknown(status: int) -> None:
    assert judged(refused(status, PAGE)) == OPEN


def test_only_a_busy_upstream_says_when_to_come_back() -> None:
    assert refused(429, envelope("rate_limit_exceeded"), retry_after="7").retry_after == 7
    assert refused(503, envelope(), retry_after="Thu, 01 Jan 1970 00:01:40 GMT").retry_after == 40
    assert refused(429, envelope("rate_limit_exceeded")).retry_after is None
    assert refused(429, envelope("insufficient_quota"), retry_after="7").retry_after is None
    assert refused(500, envelope(), retry_after="7").retry_after is None


def test_a_refused_parameter_is_named_if_limner_sent_it() -> None:
    assert refused(400, envelope(param="size")).message.endswith("parameter of this order: size")
    for param in ("secret", "size; DROP", f"size {KEY}", None):
        assert refused(400, envelope(param=param)).message == SENTENCES["bad_parameter"]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("rejected. safety_violations=[violence].", " (safety_violations: violence)"),
        (
            "safety_violations=[self-harm, sexual/minors]",
            " (safety_violations: self-harm, sexual/minors)",
        ),
        ("safety_violations=[]", ""),
        ("safety_violations=[Upstream-Words]", ""),
        (f"safety_violations=[{KEY}]", ""),
        ("rejected", ""),
    ],
)
def test_of_a_content_refusal_only_the_categories_are_told(message: str, told: str) -> None:
    error = refused(400, envelope("moderation_blocked", message=message))
    assert error.message == SENTENCES["content_policy_violation"] + told


def test_operators_get_status_code_and_request_id() -> None:
    error = refused(429, envelope("rate_limit_exceeded", type="requests"), x_request_id="req_8")
    assert error.detail == "HTTP 429 rate_limit_exceeded requests req_8"
    assert error.provider_request_id == "req_8"
    assert refused(502, PAGE, x_request_id=KEY * 9).provider_request_id is None
    assert (
        refused(502, PAGE, x_request_id=f"{KEY} {'x' * 90}").detail == "HTTP 502 no error envelope"
    )


@pytest.mark.parametrize("code", [KEY, "Upstream-Words", 17, "x" * 65, ""])
def test_a_code_that_is_no_word_is_not_passed_on(code: str | int) -> None:
    assert refused(500, envelope(code)).detail == "HTTP 500"


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [(NotSent("x"), "known_not_run"), (Broken("x"), "unknown"), (TooLarge("x"), "ran")],
)
def test_a_call_without_an_answer(failure: NotSent | Broken | TooLarge, outcome: Outcome) -> None:
    error = failed_call(failure)
    assert (error.outcome, error.reason, error.detail) == (outcome, "provider_error", "x")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (ErrorBody(UPSTREAM_TEXT, code="moderation_blocked"), "content_policy_violation"),
        (ErrorBody(UPSTREAM_TEXT, type="image_generation_user_error"), "content_policy_violation"),
        (ErrorBody(UPSTREAM_TEXT, code="insufficient_quota"), "provider_account"),
        (ErrorBody(UPSTREAM_TEXT, type="server_error"), "provider_error"),
        (ErrorBody(), "provider_error"),
    ],
)
def test_an_error_inside_a_stream_has_run_whatever_it_says(body: ErrorBody, reason: Reason) -> None:
    error = refused_within(body, {})
    assert judged(error) == ("ran", reason)
    assert UPSTREAM_TEXT not in everything_told(error)


Expected: TypeAlias = Verdict | Literal["delivered"]

MET: dict[str, tuple[Expected, Expected]] = {
    "rst_before_body": (OPEN, OPEN),
    "rst_after_body": (OPEN, OPEN),
    "fin_after_body": (OPEN, OPEN),
    "hang": (OPEN, OPEN),
    "400": (PARAMETER, PARAMETER),
    "400_policy": (POLICY, POLICY),
    "400_billing": (ACCOUNT, ACCOUNT),
    "401": (ACCOUNT, ACCOUNT),
    "403": (ACCOUNT, ACCOUNT),
    "404": (NO_MODEL, NO_MODEL),
    "429": (BUSY, BUSY),
    "429_retry_after": (BUSY, BUSY),
    "429_quota": (ACCOUNT, ACCOUNT),
    "500": (RAN, RAN),
    "502": (OPEN, OPEN),
    "503": (BUSY, BUSY),
    "504": (OPEN, OPEN),
    "524": (OPEN, OPEN),
    "empty": (RAN, RAN),
    "no_data": (POLICY, POLICY),
    "bad_json": (RAN, RAN),
    "html": (RAN, OPEN),
    "redirect": (NOT_TAKEN, NOT_TAKEN),
    "delay": ("delivered", "delivered"),
    "images": ("delivered", "delivered"),
    "huge": (RAN, "delivered"),
    "fin_mid_answer": (OPEN, OPEN),
    "rst_mid_answer": (OPEN, OPEN),
    "wrong_length": (OPEN, "delivered"),
    "drip": (OPEN, OPEN),
    "close_idle": ("delivered", "delivered"),
    "stream_error": ("delivered", RAN),
    "stream_policy": ("delivered", POLICY),
    "stream_end": ("delivered", OPEN),
}
"""What becomes of an order that meets a fault: answered whole, and as a stream.

A page instead of a stream holds no event, which looks like a stream that ended too early. A stream
is over with its picture, so a wrong length behind it is not met. The limit for whole answers does
not bind a stream, whose events have one of their own.
"""

LIMIT = 200_000
SLOW = {"hang", "drip"}


def test_every_fault_of_the_stand_in_is_met() -> None:
    assert MET.keys() == FAULTS.keys()


@pytest.fixture
async def standin() -> AsyncIterator[OpenAIStandIn]:
    async with OpenAIStandIn() as running:
        yield running


@pytest.fixture(params=["pyreqwest", "aiohttp"])
async def openai(
    request: pytest.FixtureRequest, standin: OpenAIStandIn
) -> AsyncIterator[OpenAIImages]:
    http = open_client(request.param, max_answer=LIMIT)
    provider = OpenAIImages(http, base_url=standin.base_url, api_key=KEY)
    yield provider
    await provider.aclose()


@pytest.mark.parametrize("partial_images", [0, 2])
@pytest.mark.parametrize("kind", FAULTS)
async def test_a_fault_has_its_outcome_and_the_stand_in_agrees(
    standin: OpenAIStandIn,
    openai: OpenAIImages,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    partial_images: int,
) -> None:
    caplog.set_level("DEBUG")
    standin.script(fault(kind, LIMIT * 2.0 if kind == "huge" else None))
    order = an_order(partial_images=partial_images, timeout_s=0.3 if kind in SLOW else 5.0)
    met = await outcome_of(openai, order)
    expected = MET[kind][1 if partial_images else 0]
    if isinstance(met, ProviderError):
        assert judged(met) == expected
        assert met.retry_after == (1.0 if kind == "429_retry_after" else None)
        assert met.outcome != "known_not_run" or not standin.completed
    else:
        assert expected == "delivered"
        assert len(standin.completed) == 1
    assert [entry.what for entry in standin.log].count("arrived") == 1
    assert len(standin.asked) == (0 if kind == "rst_before_body" else 1)
    assert KEY not in caplog.text


async def test_fewer_pictures_than_ordered_are_what_they_are(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    for count in range(1, 6):
        standin.script(fault("images", count))
        generated = await outcome_of(openai, an_order(n=4))
        assert isinstance(generated, Generated)
        assert len(generated.images) == min(4, count)
    standin.script(fault("images", 0))
    nothing = await outcome_of(openai, an_order(n=4))
    assert isinstance(nothing, ProviderError)
    assert judged(nothing) == POLICY


async def test_nobody_listening_is_known_not_to_have_run(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    async with standin.refusing():
        for partial_images in (0, 1):
            error = await outcome_of(openai, an_order(partial_images=partial_images))
            assert isinstance(error, ProviderError)
            assert judged(error) == NOT_TAKEN
            assert error.detail.startswith("no connection: Connection refused")
    assert standin.log == []


async def test_a_prompt_and_its_picture_are_in_no_failure(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    for kind in ("400", "bad_json", "rst_mid_answer", "502"):
        standin.script(fault(kind))
        error = await outcome_of(openai, an_order(prompt="Xanadu's pleasure dome"))
        assert isinstance(error, ProviderError)
        assert "Xanadu" not in everything_told(error)
        assert "iVBOR" not in everything_told(error)
