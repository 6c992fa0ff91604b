"""Black Forest Labs: what each failure means, told in limner's own words; and the free question."""

import json
from collections.abc import AsyncIterator

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
)
from tests.standins.bfl import BflStandIn, End
from tests.standins.faults import fault

from limner.providers.base import ProviderError
from limner.providers.bfl import BlackForestLabs
from limner.providers.bfl_errors import ANY, OUTCOMES, refusal
from limner.providers.http import Reply
from limner.providers.http_clients import open_client

ROWS: list[tuple[int, str | None, Verdict]] = [
    (301, None, NOT_TAKEN),
    (307, None, NOT_TAKEN),
    (308, None, NOT_TAKEN),
    (400, ANY, PARAMETER),
    (401, ANY, ACCOUNT),
    (401, None, ACCOUNT),
    (402, ANY, ACCOUNT),
    (402, None, ACCOUNT),
    (403, ANY, ACCOUNT),
    (403, None, ACCOUNT),
    (404, ANY, NO_MODEL),
    (404, None, NOT_TAKEN),
    (422, ANY, PARAMETER),
    (429, ANY, BUSY),
    (429, None, BUSY),
    (500, ANY, RAN),
    (503, ANY, BUSY),
]
PAGE = f"<html>{UPSTREAM_TEXT} {KEY}</html>".encode()
WORDS = f"{UPSTREAM_TEXT} {KEY}"
ENVELOPES = [
    {"detail": WORDS},
    {"detail": [{"type": "value_error", "loc": ["body", "other"], "msg": WORDS}]},
    {"detail": {"reason": WORDS}},
    {"message": WORDS},
    {"error": "bad_request", "message": WORDS, "details": {}},
]


def refused(status: int, body: bytes, **headers: str) -> ProviderError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = refusal(Reply(status, named, body), now=60.0)
    assert KEY not in everything_told(error)
    assert UPSTREAM_TEXT not in everything_told(error)
    return error


def test_every_row_of_the_table_is_tested() -> None:
    assert {(status, word) for status, word, _ in ROWS} == OUTCOMES.keys()


@pytest.mark.parametrize(("status", "word", "verdict"), ROWS)
def test_a_documented_refusal_means_what_its_row_says(
    status: int, word: str | None, verdict: Verdict
) -> None:
    bodies = [PAGE, b"", b"[]", b'{"detail":null}']
    if word == ANY:
        bodies = [json.dumps(envelope).encode() for envelope in ENVELOPES]
    assert {judged(refused(status, body)) for body in bodies} == {verdict}


@pytest.mark.parametrize("body", [PAGE, b"", json.dumps(ENVELOPES[0]).encode()])
@pytest.mark.parametrize("status", [202, 302, 408, 409, 418, 502, 504, 520, 524])
def test_what_nobody_wrote_down_is_unknown(status: int, body: bytes) -> None:
    assert judged(refused(status, body)) == OPEN


@pytest.mark.parametrize("status", [400, 422, 500, 503])
def test_a_status_that_may_be_a_proxy_s_is_unknown(status: int) -> None:
    assert judged(refused(status, PAGE)) == OPEN


def test_a_refused_parameter_is_named_if_limner_sent_it() -> None:
    def told(name: str) -> str:
        return refused(422, json.dumps({"detail": [{"loc": ["body", name]}]}).encode()).message

    assert told("width") == "bfl refused a parameter of this order: width"
    assert told("input_image_2").endswith(": input_image_2")
    assert told(KEY) == told("secret") == "bfl refused a parameter of this order"


def test_only_a_busy_upstream_says_when_to_come_back() -> None:
    assert refused(429, b"", retry_after="7").retry_after == 7
    assert refused(402, b"", retry_after="7").retry_after is None


@pytest.fixture
async def standin() -> AsyncIterator[BflStandIn]:
    async with BflStandIn() as running:
        yield running


async def failed(standin: BflStandIn, timeout_s: float = 5.0) -> ProviderError:
    provider = BlackForestLabs(open_client(), base_url=standin.base_url, api_key=KEY)
    try:
        with pytest.raises(ProviderError) as caught:
            await drained(provider.run(an_order("flux-2-pro", timeout_s=timeout_s)))
    finally:
        await provider.aclose()
    assert KEY not in everything_told(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("rst_before_body", OPEN),
        ("rst_after_body", OPEN),
        ("fin_after_body", OPEN),
        ("fin_mid_answer", OPEN),
        ("502", OPEN),
        ("504", OPEN),
        ("524", OPEN),
        ("empty", RAN),
        ("bad_json", RAN),
        ("html", RAN),
        ("no_data", RAN),
        ("redirect", NOT_TAKEN),
        ("400_billing", ACCOUNT),
        ("429_quota", ACCOUNT),
        ("429_retry_after", BUSY),
    ],
)
async def test_an_order_that_fails_as_it_is_given_is_given_once(
    standin: BflStandIn, kind: str, verdict: Verdict
) -> None:
    standin.script(fault(kind))
    assert judged(await failed(standin)) == verdict
    assert len(standin.asked) <= 1
    assert standin.questions() == []


@pytest.mark.parametrize(
    ("end", "verdict"),
    [("Request Moderated", POLICY), ("Content Moderated", POLICY), ("Error", RAN)],
)
async def test_a_task_that_ends_without_a_picture_says_why(
    standin: BflStandIn, end: End, verdict: Verdict
) -> None:
    standin.ends.append(end)
    error = await failed(standin)
    assert judged(error) == verdict
    assert "Safety Filter" not in everything_told(error)
    assert len(standin.asked) == 1


async def test_nobody_listening_took_nothing(standin: BflStandIn) -> None:
    async with standin.refusing():
        assert judged(await failed(standin)) == NOT_TAKEN


async def checked(standin: BflStandIn, key: str = KEY) -> str:
    provider = BlackForestLabs(open_client(), base_url=standin.base_url, api_key=key)
    try:
        return await provider.check()
    finally:
        await provider.aclose()


async def test_a_good_key_is_confirmed_with_what_is_left(standin: BflStandIn) -> None:
    told = await checked(standin)
    assert told == "bfl accepts the key; 250.5 credits are left on its account"
    assert [(one.method, one.path) for one in standin.requests] == [("GET", "/v1/credits")]


async def test_an_empty_account_is_trouble_before_an_order_meets_it(standin: BflStandIn) -> None:
    standin.credits = 0
    with pytest.raises(ProviderError, match="no credits left") as caught:
        await checked(standin)
    assert judged(caught.value) == ACCOUNT


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("403", "does not accept this key"),
        ("404", "as in .../v1"),
        ("429", "turning requests away"),
        ("502", "HTTP 502"),
        ("html", "not as bfl does"),
        ("rst_after_body", "cannot be reached"),
    ],
)
async def test_everything_else_is_said_in_plain_words(
    standin: BflStandIn, kind: str, words: str
) -> None:
    standin.script(fault(kind))
    with pytest.raises(ProviderError, match=words) as caught:
        await checked(standin)
    assert caught.value.outcome == "known_not_run"


async def test_a_bad_key_is_called_one(standin: BflStandIn) -> None:
    with pytest.raises(ProviderError, match="does not accept this key"):
        await checked(standin, "wrong-key-5521")
