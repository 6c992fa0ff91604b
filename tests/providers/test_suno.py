"""Suno by its resellers: what they are told, how tasks end, and what comes of each code."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.files.sounds import mp3
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY, everything_told
from tests.providers.test_every_provider import opened
from tests.standins.faults import fault
from tests.standins.suno import COVER, SunoStandIn

from limner.providers.base import (
    Accepted,
    Generated,
    ImageProvider,
    Order,
    Outcome,
    Progress,
    ProviderError,
    Reason,
    ResumingProvider,
    Scalar,
    TaskGone,
)
from limner.providers.http import Reply
from limner.providers.registry import build
from limner.providers.suno_answers import OUTCOMES, Envelope, refusal


@pytest.fixture
async def standin() -> AsyncIterator[SunoStandIn]:
    async with SunoStandIn() as standin:
        yield standin


@pytest.fixture
async def provider(standin: SunoStandIn) -> AsyncIterator[ImageProvider]:
    provider = build("suno", standin.url, KEY, "pyreqwest")
    yield provider
    await provider.aclose()


def a_song(**params: Scalar) -> Order:
    order = an_order("V5", prompt="calm piano for rain", output_format="mp3", params=params)
    return replace(order, task="music", timeout_s=30)


def artwork(n: int = 1, **params: Scalar) -> Order:
    return an_order("V5", prompt="calm piano for rain", n=n, output_format="jpeg", params=params)


async def made(provider: ImageProvider, order: Order) -> Generated:
    last = (await drained(provider.run(order)))[-1]
    assert isinstance(last, Generated)
    return last


async def refused(provider: ImageProvider, order: Order) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await drained(provider.run(order))
    return caught.value


PLAIN = {"prompt": "calm piano for rain", "model": "V5"}
CUSTOM = {"model": "V5", "customMode": True, "instrumental": False}
TOLD: list[tuple[Mapping[str, Scalar], str, dict[str, Any]]] = [
    ({}, "generate", {**PLAIN, "customMode": False, "instrumental": False}),
    ({"instrumental": True}, "generate", {**PLAIN, "customMode": False, "instrumental": True}),
    (
        {"lyrics": "la la", "negative_tags": "drums", "vocal_gender": "f"},
        "generate",
        {
            **CUSTOM,
            "prompt": "la la",
            "style": "calm piano for rain",
            "title": "calm piano for rain",
            "negativeTags": "drums",
            "vocalGender": "f",
        },
    ),
    (
        {"tags": "jazz", "title": "Rain", "style_weight": 0.333333, "instrumental": True},
        "generate",
        {
            **CUSTOM,
            "instrumental": True,
            "prompt": "",
            "style": "jazz",
            "title": "Rain",
            "styleWeight": 0.33,
        },
    ),
    (
        {"operation": "extend", "audio_id": "8551", "continue_at": 60, "default_param_flag": False},
        "generate/extend",
        {
            **PLAIN,
            "customMode": False,
            "instrumental": False,
            "audioId": "8551",
            "continueAt": 60,
            "defaultParamFlag": False,
        },
    ),
    (
        {"operation": "sounds", "sound_loop": True, "sound_tempo": 90, "sound_key": "Am"},
        "generate/sounds",
        {**PLAIN, "soundLoop": True, "soundTempo": 90, "soundKey": "Am"},
    ),
]


@pytest.mark.parametrize(("params", "path", "body"), TOLD)
async def test_a_song_is_told_in_the_fields_of_its_call_and_no_others(
    standin: SunoStandIn,
    provider: ImageProvider,
    params: Mapping[str, Scalar],
    path: str,
    body: dict[str, Any],
) -> None:
    await made(provider, a_song(**params))
    sent = standin.requests[0]
    assert sent.path == f"/api/v1/{path}"
    assert json.loads(sent.body) == {**body, "callBackUrl": f"{standin.url}/limner-asks-instead"}


@pytest.mark.parametrize("as_text", [False, True])
async def test_both_tracks_come_with_title_and_words(
    standin: SunoStandIn, provider: ImageProvider, as_text: bool
) -> None:
    standin.as_text = as_text
    song = await made(provider, a_song())
    assert [bytes(one.data) for one in song.images] == [mp3(100)] * 2
    assert [(one.title, one.lyrics) for one in song.images] == [
        ("Rain Study", "la la"),
        ("Rain Study", None),
    ]
    assert song.provider_request_id == "task-1"


async def test_a_track_whose_link_is_empty_is_missing_and_the_other_is_delivered(
    standin: SunoStandIn, provider: ImageProvider
) -> None:
    standin.silent = {"1.mp3"}
    song = await made(provider, a_song())
    assert len(song.images) == 1
    assert song.warnings == ("1 of the tracks could not be fetched",)
    standin.silent = {"1.mp3", "2.mp3"}
    error = await refused(provider, a_song())
    assert error.outcome == "ran"


@pytest.mark.parametrize("n", [1, 2])
async def test_artwork_is_that_of_an_instrumental_song(
    standin: SunoStandIn, provider: ImageProvider, n: int
) -> None:
    art = await made(provider, artwork(n))
    body = json.loads(standin.requests[0].body)
    assert (body["customMode"], body["instrumental"]) == (False, True)
    assert [opened(one).format for one in art.images] == ["JPEG"] * n
    assert art.images[0].revised_prompt == "Rain Study, piano, calm"
    assert len(standin.asked) == 1


async def test_covers_are_drawn_for_a_song_that_is_finished(
    standin: SunoStandIn, provider: ImageProvider
) -> None:
    art = await made(provider, artwork(2, task_id="5c79"))
    assert standin.requests[0].path == COVER
    assert json.loads(standin.requests[0].body)["taskId"] == "5c79"
    assert [opened(one).format for one in art.images] == ["PNG", "PNG"]


async def test_a_task_is_told_before_it_is_asked_for_and_progress_by_its_stages(
    standin: SunoStandIn, provider: ImageProvider
) -> None:
    standin.latency_s = 3.0
    events = await drained(provider.run(a_song()))
    assert isinstance(events[0], Accepted)
    assert json.loads(events[0].task or "")["id"] == "task-1"
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done)
    assert {0.1, 0.7} & set(done)


async def test_somebody_else_goes_on_with_a_task(
    standin: SunoStandIn, provider: ImageProvider
) -> None:
    events = await drained(provider.run(a_song()))
    assert isinstance(events[0], Accepted)
    assert isinstance(provider, ResumingProvider)
    again = (await drained(provider.resume(a_song(), str(events[0].task))))[-1]
    assert isinstance(again, Generated)
    assert len(standin.asked) == 1
    with pytest.raises(TaskGone):
        await drained(provider.resume(a_song(), "nonsense"))


ENDS: list[tuple[str, Reason]] = [
    ("CREATE_TASK_FAILED", "provider_error"),
    ("GENERATE_AUDIO_FAILED", "provider_error"),
    ("SENSITIVE_WORD_ERROR", "content_policy_violation"),
]


@pytest.mark.parametrize(("status", "reason"), ENDS)
async def test_how_a_task_can_end_badly(
    standin: SunoStandIn, provider: ImageProvider, status: str, reason: Reason
) -> None:
    standin.ends.append(status)
    error = await refused(provider, a_song())
    assert (error.outcome, error.reason, error.detail.split(" ")[-1]) == ("ran", reason, status)


async def test_a_failed_callback_is_no_end_where_there_are_tracks(
    standin: SunoStandIn, provider: ImageProvider
) -> None:
    standin.ends.append("CALLBACK_EXCEPTION")
    assert len((await made(provider, a_song())).images) == 2


async def test_a_task_that_tells_nothing_any_more_is_left_open(
    standin: SunoStandIn, provider: ImageProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limner.providers.suno.GRACE", 1)
    standin.latency_s = 60

    async def forgotten() -> None:
        async for event in provider.run(a_song()):
            if isinstance(event, Accepted):
                standin.tasks.clear()

    with pytest.raises(ProviderError) as caught:
        await forgotten()
    assert caught.value.outcome == "unknown"


FAULTS: list[tuple[str, Outcome, Reason]] = [
    ("400", "known_not_run", "bad_parameter"),
    ("400_billing", "known_not_run", "provider_account"),
    ("401", "known_not_run", "provider_account"),
    ("429", "known_not_run", "capacity"),
    ("429_retry_after", "known_not_run", "capacity"),
    ("429_quota", "known_not_run", "provider_account"),
    ("500", "ran", "provider_error"),
    ("502", "unknown", "provider_error"),
    ("503", "known_not_run", "capacity"),
    ("504", "unknown", "provider_error"),
    ("html", "ran", "provider_error"),
    ("empty", "ran", "provider_error"),
    ("bad_json", "ran", "provider_error"),
    ("no_data", "ran", "provider_error"),
    ("rst_after_body", "unknown", "provider_error"),
]


@pytest.mark.parametrize(("kind", "outcome", "reason"), FAULTS)
async def test_what_a_failure_means(
    standin: SunoStandIn, provider: ImageProvider, kind: str, outcome: Outcome, reason: Reason
) -> None:
    standin.script(fault(kind))
    error = await refused(provider, a_song())
    assert (error.outcome, error.reason) == (outcome, reason)
    assert KEY not in everything_told(error)


ROWS: list[tuple[int, Outcome, Reason]] = [
    (400, "known_not_run", "bad_parameter"),
    (401, "known_not_run", "provider_account"),
    (402, "known_not_run", "provider_account"),
    (403, "known_not_run", "provider_account"),
    (404, "known_not_run", "provider_error"),
    (405, "known_not_run", "capacity"),
    (408, "unknown", "provider_error"),
    (409, "known_not_run", "bad_parameter"),
    (413, "known_not_run", "bad_parameter"),
    (422, "known_not_run", "bad_parameter"),
    (429, "known_not_run", "provider_account"),
    (430, "known_not_run", "capacity"),
    (451, "known_not_run", "capacity"),
    (455, "known_not_run", "capacity"),
    (500, "ran", "provider_error"),
    (501, "ran", "provider_error"),
    (531, "ran", "provider_error"),
    (999, "unknown", "provider_error"),
]
"""Codes of an envelope: all that resellers write down, and one that they do not."""


def test_every_code_of_the_table_is_tested() -> None:
    assert {code for code, _, _ in ROWS} - {408, 999} == OUTCOMES.keys()


@pytest.mark.parametrize(("code", "outcome", "reason"), ROWS)
@pytest.mark.parametrize("status", [200, 400, 503])
def test_a_code_means_what_its_row_says_whatever_the_status_is(
    code: int, outcome: Outcome, reason: Reason, status: int
) -> None:
    error = refusal(Reply(status, {}, b""), Envelope(code))
    assert (error.outcome, error.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("statuses", "outcome", "reason"),
    [
        ((301, 307, 308, 404, 405), "known_not_run", "provider_error"),
        ((401, 402, 403), "known_not_run", "provider_account"),
        ((429,), "known_not_run", "capacity"),
        ((200,), "ran", "provider_error"),
        ((302, 400, 408, 413, 422, 500, 502, 503, 504, 524), "unknown", "provider_error"),
    ],
)
def test_an_answer_without_an_envelope_may_be_a_proxy_s(
    statuses: tuple[int, ...], outcome: Outcome, reason: Reason
) -> None:
    for status in statuses:
        error = refusal(Reply(status, {}, b"<html>"), None)
        assert (status, error.outcome, error.reason) == (status, outcome, reason)


async def test_a_check_says_whether_the_key_is_accepted(
    standin: SunoStandIn, provider: ImageProvider
) -> None:
    assert await provider.check() == "the reseller of suno accepts the key"
    standin.script(fault("401"))
    with pytest.raises(ProviderError, match="does not accept this key"):
        await provider.check()
