"""fal: what each failure means, told in limner's own words; and the free question."""

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
from tests.standins.fal import FalStandIn
from tests.standins.fal_words import STATUSES, body_of
from tests.standins.faults import fault

from limner.providers.base import ProviderError
from limner.providers.fal import FalQueue
from limner.providers.fal_ends import ENDS, end
from limner.providers.fal_errors import ANY, OUTCOMES, refusal
from limner.providers.http import Reply
from limner.providers.http_clients import open_client

WRONG: Verdict = ("ran", "bad_parameter")

ROWS: list[tuple[int, str | None, Verdict]] = [
    (301, None, NOT_TAKEN),
    (307, None, NOT_TAKEN),
    (308, None, NOT_TAKEN),
    (400, ANY, PARAMETER),
    (401, ANY, ACCOUNT),
    (401, None, ACCOUNT),
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
END_ROWS: list[tuple[str, Verdict]] = [
    ("bad_request", PARAMETER),
    ("client_cancelled", RAN),
    ("client_disconnected", RAN),
    ("content_policy_violation", POLICY),
    ("downstream_service_error", RAN),
    ("downstream_service_unavailable", RAN),
    ("face_detection_error", WRONG),
    ("feature_not_supported", WRONG),
    ("file_download_error", WRONG),
    ("file_too_large", WRONG),
    ("generation_timeout", RAN),
    ("image_load_error", WRONG),
    ("image_too_large", WRONG),
    ("image_too_small", WRONG),
    ("internal_error", RAN),
    ("internal_server_error", RAN),
    ("no_media_generated", RAN),
    ("request_timeout", RAN),
    ("runner_connection_error", RAN),
    ("runner_connection_refused", BUSY),
    ("runner_connection_timeout", RAN),
    ("runner_disconnected", RAN),
    ("runner_incomplete_response", RAN),
    ("runner_scheduling_failure", BUSY),
    ("runner_server_error", RAN),
    ("startup_timeout", BUSY),
    ("unsupported_image_format", WRONG),
]
PAGE = f"<html>{UPSTREAM_TEXT} {KEY}</html>".encode()
WORDS = f"{UPSTREAM_TEXT} {KEY}"
ENVELOPES = [
    {"detail": WORDS},
    {"detail": [{"loc": ["body", "other"], "msg": WORDS, "type": WORDS}]},
    {"detail": {"reason": WORDS}},
    {"detail": WORDS, "error_type": WORDS},
]


def told_nothing(error: ProviderError) -> ProviderError:
    assert KEY not in everything_told(error)
    assert UPSTREAM_TEXT not in everything_told(error)
    return error


def refused(status: int, body: bytes, **headers: str) -> ProviderError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return told_nothing(refusal(Reply(status, named, body), now=60.0))


def test_every_row_of_the_tables_is_tested() -> None:
    assert {(status, word) for status, word, _ in ROWS} == OUTCOMES.keys()
    assert {kind for kind, _ in END_ROWS} == ENDS.keys() == STATUSES.keys()


@pytest.mark.parametrize(("status", "word", "verdict"), ROWS)
def test_a_documented_refusal_means_what_its_row_says(
    status: int, word: str | None, verdict: Verdict
) -> None:
    bodies = [PAGE, b"", b"[]", b'{"detail":null}']
    if word == ANY:
        bodies = [json.dumps(envelope).encode() for envelope in ENVELOPES]
    assert {judged(refused(status, body)) for body in bodies} == {verdict}


@pytest.mark.parametrize("body", [PAGE, b"", json.dumps(ENVELOPES[0]).encode()])
@pytest.mark.parametrize("status", [302, 402, 408, 409, 418, 502, 504, 520, 524])
def test_what_nobody_wrote_down_is_unknown(status: int, body: bytes) -> None:
    assert judged(refused(status, body)) == OPEN


@pytest.mark.parametrize("status", [400, 422, 500, 503])
def test_a_status_that_may_be_a_proxy_s_is_unknown(status: int) -> None:
    assert judged(refused(status, PAGE)) == OPEN


def wrong(*loc: str | int) -> bytes:
    return json.dumps({"detail": [{"loc": loc, "msg": WORDS, "type": "value_error"}]}).encode()


def test_a_refused_parameter_is_named_if_limner_sent_it() -> None:
    said = "fal refused a parameter of this order"
    assert refused(422, wrong("body", "image_size", "width")).message == f"{said}: image_size"
    assert refused(422, wrong("body", "image_urls", 2)).message.endswith(": image_urls")
    assert refused(422, wrong("body", KEY)).message == said
    assert refused(422, wrong("body")).message == said
    error = end(Reply(422, {}, wrong("body", "upscale_factor")), None, None)
    assert error is not None
    assert told_nothing(error).message == f"{said}: upscale_factor"


def test_only_a_busy_upstream_says_when_to_come_back() -> None:
    assert refused(429, b"", retry_after="7").retry_after == 7
    assert refused(403, b"", retry_after="7").retry_after is None


@pytest.mark.parametrize(("kind", "verdict"), END_ROWS)
def test_an_end_is_told_by_its_type_wherever_that_stands(kind: str, verdict: Verdict) -> None:
    body, status = json.dumps(body_of(kind)).encode(), STATUSES[kind]
    for reply, told in (
        (Reply(status, {}, body), None),
        (Reply(status, {"x-fal-error-type": kind}, PAGE), None),
        (Reply(200, {}, b"{}"), kind),
        (Reply(status, {}, PAGE), kind),
    ):
        error = end(reply, told, "rq-1")
        assert error is not None
        assert judged(told_nothing(error)) == verdict
        assert error.provider_request_id == "rq-1"
        assert error.retry_after is None


@pytest.mark.parametrize(
    ("status", "verdict"), [(400, WRONG), (422, WRONG), (500, RAN), (503, RAN), (504, RAN)]
)
def test_an_end_of_another_type_is_told_by_its_status(status: int, verdict: Verdict) -> None:
    for envelope in ENVELOPES:
        error = end(Reply(status, {}, json.dumps(envelope).encode()), None, None)
        assert error is not None
        assert judged(told_nothing(error)) == verdict


@pytest.mark.parametrize("body", [b"", PAGE, b"[]"])
@pytest.mark.parametrize("status", [401, 404, 429, 500, 502, 503, 504])
def test_an_answer_of_somebody_else_is_no_end(status: int, body: bytes) -> None:
    assert end(Reply(status, {}, body), None, None) is None


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429])
def test_a_refusal_of_the_question_is_no_end(status: int) -> None:
    assert end(Reply(status, {}, json.dumps(ENVELOPES[0]).encode()), None, None) is None


def test_an_order_that_had_not_begun_when_limner_wanted_it_to_did_not_run() -> None:
    headers = {"x-fal-request-timeout-type": "user"}
    error = end(Reply(504, headers, json.dumps(body_of("request_timeout")).encode()), None, None)
    assert error is not None
    assert (judged(error), error.retry_after) == (BUSY, 30)


@pytest.fixture
async def standin() -> AsyncIterator[FalStandIn]:
    async with FalStandIn() as running:
        yield running


async def failed(standin: FalStandIn, timeout_s: float = 5.0) -> ProviderError:
    provider = FalQueue(open_client(), base_url=standin.base_url, api_key=KEY)
    try:
        with pytest.raises(ProviderError) as caught:
            await drained(provider.run(an_order("fal-ai/flux/dev", timeout_s=timeout_s)))
    finally:
        await provider.aclose()
    return told_nothing(caught.value)


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("rst_before_body", OPEN),
        ("rst_after_body", OPEN),
        ("fin_after_body", OPEN),
        ("fin_mid_answer", OPEN),
        ("500", RAN),
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
    standin: FalStandIn, kind: str, verdict: Verdict
) -> None:
    standin.script(fault(kind))
    assert judged(await failed(standin)) == verdict
    assert len(standin.asked) <= 1
    assert standin.questions() == []


@pytest.mark.parametrize("says_why", [True, False])
@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("content_policy_violation", POLICY),
        ("image_too_large", WRONG),
        ("internal_server_error", RAN),
        ("runner_disconnected", RAN),
        ("runner_scheduling_failure", BUSY),
    ],
)
async def test_an_order_that_ends_without_a_picture_says_why(
    standin: FalStandIn, kind: str, verdict: Verdict, says_why: bool
) -> None:
    standin.ends.append(kind)
    standin.says_why = says_why
    error = await failed(standin)
    assert judged(error) == verdict
    assert error.provider_request_id == "rq-1"
    assert len(standin.asked) == 1


async def test_what_a_model_does_not_know_it_says_when_it_is_to_draw(standin: FalStandIn) -> None:
    provider = FalQueue(open_client(), base_url=standin.base_url, api_key=KEY)
    order = an_order("fal-ai/flux/schnell", params={"steps": 13})
    try:
        with pytest.raises(ProviderError, match="num_inference_steps") as caught:
            await drained(provider.run(order))
    finally:
        await provider.aclose()
    assert judged(caught.value) == WRONG


async def test_nobody_listening_took_nothing(standin: FalStandIn) -> None:
    async with standin.refusing():
        assert judged(await failed(standin)) == NOT_TAKEN


async def checked(standin: FalStandIn, key: str = KEY) -> str:
    provider = FalQueue(open_client(), base_url=standin.base_url, api_key=key)
    try:
        return await provider.check()
    finally:
        await provider.aclose()


async def test_a_key_that_is_not_turned_away_is_called_that(standin: FalStandIn) -> None:
    told = await checked(standin)
    assert (
        told == "fal answers and does not turn the key away; orders alone tell what is left of it"
    )
    nobody = "00000000-0000-0000-0000-000000000000"
    assert [(one.method, one.path) for one in standin.requests] == [
        ("GET", f"/fal-ai/flux/requests/{nobody}/status")
    ]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("401", "does not accept this key"),
        ("403", "look at its account"),
        ("429", "turning requests away"),
        ("502", "HTTP 502"),
        ("html", "not as fal does"),
        ("rst_after_body", "cannot be reached"),
    ],
)
async def test_everything_else_is_said_in_plain_words(
    standin: FalStandIn, kind: str, words: str
) -> None:
    standin.script(fault(kind))
    with pytest.raises(ProviderError, match=words) as caught:
        await checked(standin)
    assert caught.value.outcome == "known_not_run"


async def test_a_bad_key_is_called_one(standin: FalStandIn) -> None:
    with pytest.raises(ProviderError, match="does not accept this key"):
        await checked(standin, "wrong-key-5521")
