"""The official Infery client, sync and async, gets what it needs from a running server."""

import time
from typing import Any

import pytest
from infery import (
    APIError,
    AuthenticationError,
    InsufficientCreditsError,
    JobDeferredError,
    JobFailedError,
    NotFoundError,
    RateLimitError,
)
from tests.contract.clients import Client, infery_client
from tests.contract.gateway import Gateway, limited_key
from tests.contract.pictures import behind, in_base64

FLARE = "gpt-image-2-5-flare"
SMALL = {"model": "sketch-1", "size": "256x256"}
SOON = 0.05


async def test_a_picture_comes_as_a_link_that_opens_without_a_key(infery: Client) -> None:
    answer = await infery.call(
        "images.generate", model=FLARE, prompt="a heron", size="1024x1024", response_format="url"
    )
    assert abs(answer.created - time.time()) < 60
    assert answer.credits_used > 0
    assert answer.data[0]["url"].startswith("http")
    picture = await behind(answer.data[0]["url"])
    assert picture.size == "1024x1024"
    assert answer.data[0]["sha256"] == picture.sha256


async def test_several_pictures_come_as_base64(infery: Client) -> None:
    answer = await infery.call(
        "images.generate",
        model=FLARE,
        prompt="herons",
        n=3,
        size="1024x1024",
        output_format="webp",
        response_format="b64_json",
    )
    pictures = [in_base64(item) for item in answer.data]
    assert [picture.content_type for picture in pictures] == ["image/webp"] * 3
    assert len({picture.sha256 for picture in pictures}) == 3
    assert not any("url" in item for item in answer.data)


async def test_the_models_habit_decides_the_form_when_nobody_asks(infery: Client) -> None:
    gpt = await infery.call("images.generate", model=FLARE, prompt="a habit", size="1024x1024")
    sketch = await infery.call("images.generate", prompt="a habit", **SMALL)
    assert gpt.data[0].keys() >= {"b64_json"}
    assert sketch.data[0].keys() >= {"url"}


async def test_a_revised_prompt_is_told(infery: Client) -> None:
    answer = await infery.call("images.generate", model="dall-e-3", prompt="an otter")
    assert answer.data[0]["revised_prompt"] == "A finer picture: an otter"


async def test_parameters_reach_the_provider_and_the_backdrop_has_a_second_name(
    infery: Client, gateway: Gateway
) -> None:
    answer = await infery.call(
        "images.generate",
        model=FLARE,
        prompt="a glass bell",
        size="1024x1024",
        quality="low",
        image_background="transparent",
    )
    assert answer.raw["parameters"]["applied"] == {
        "size": "1024x1024",
        "quality": "low",
        "background": "transparent",
    }
    sent = gateway.upstream.standin.requests[-1].body
    assert b'"background":"transparent"' in sent
    assert b'"quality":"low"' in sent


async def test_a_caller_who_is_sent_away_collects_the_picture(gateway: Gateway) -> None:
    for manner in ("sync", "async"):
        async with infery_client(manner, gateway.api, gateway.keys.test, Prefer="wait=0") as away:
            job = await away.call(
                "images.generate", prompt="later [[limner:delay=0.2s]]", interval=SOON, **SMALL
            )
        assert (job.status, job.progress) == ("completed", 100)
        assert (await behind(job.data[0]["url"])).size == "256x256"
        assert job.credits_used == 0


async def test_background_gives_the_job_id_that_is_waited_for(gateway: Gateway) -> None:
    for manner in ("sync", "async"):
        async with infery_client(manner, gateway.api, gateway.keys.live, Prefer="wait=0") as away:
            with pytest.raises(JobDeferredError) as caught:
                await away.call(
                    "images.generate",
                    model=FLARE,
                    prompt="in time [[standin:delay=0.3]]",
                    size="1024x1024",
                    n=2,
                    background=True,
                )
            assert (caught.value.status, caught.value.code) == (504, "job_timeout")
            told: list[Any] = []
            job = await away.call(
                "jobs.wait", caught.value.job_id, interval=SOON, on_progress=told.append
            )
        assert job.id == caught.value.job_id
        assert len(job.data) == 2
        assert job.credits_used > 0
        assert job.raw["model"] == FLARE
        progress = [one.progress for one in told]
        assert progress == sorted(progress)
        assert {one.status for one in told[:-1]} == {"processing"}


async def test_a_failed_job_is_told_with_its_reason(gateway: Gateway) -> None:
    for manner in ("sync", "async"):
        async with infery_client(manner, gateway.api, gateway.keys.test, Prefer="wait=0") as away:
            with pytest.raises(JobDeferredError) as caught:
                await away.call(
                    "images.generate",
                    prompt=f"never [[limner:delay=0.1s]] [[limner:fail=500]] {manner}",
                    background=True,
                    **SMALL,
                )
            with pytest.raises(JobFailedError) as failed:
                await away.call("jobs.wait", caught.value.job_id, interval=SOON)
            job = await away.call("jobs.retrieve", caught.value.job_id)
        assert isinstance(job.error, str)
        assert failed.value.reason == job.error
        assert (job.status, job.data, job.credits_used) == ("failed", [], 0)
        assert job.raw["error_code"] == "provider_error"


async def test_without_background_a_failed_job_raises_what_went_wrong(gateway: Gateway) -> None:
    async with infery_client("sync", gateway.api, gateway.keys.test, Prefer="wait=0") as away:
        with pytest.raises(JobFailedError, match="content"):
            await away.call(
                "images.generate", prompt="no [[limner:refuse]]", interval=SOON, **SMALL
            )


async def test_media_generate_understands_the_answer(infery: Client) -> None:
    result = await infery.call(
        "media.generate", modality="image", model=FLARE, prompt="a kite", response_format="url"
    )
    (artifact,) = result.artifacts
    assert artifact.mime_type == "image/png"
    assert (await behind(artifact.url)).content_type == "image/png"


async def test_media_wait_tells_progress_and_gives_the_picture(gateway: Gateway) -> None:
    for manner in ("sync", "async"):
        async with infery_client(manner, gateway.api, gateway.keys.test, Prefer="wait=0") as away:
            slow = SMALL | {"prompt": f"[[limner:delay=0.2s]] {manner}", "modality": "image"}
            begun = await away.call("media.generate", background=True, **slow)
            told: list[Any] = []
            result = await away.call(
                "media.wait",
                modality="image",
                job_id=begun.job_id,
                interval=SOON,
                on_progress=told.append,
            )
        assert (await behind(result.artifacts[0].url)).size == "256x256"
        assert told


async def test_what_is_none_was_not_sent(infery: Client) -> None:
    answer = await infery.call(
        "images.generate", model=FLARE, prompt="a wren", size=None, quality=None, seed=None, n=None
    )
    assert len(answer.data) == 1
    assert answer.raw["parameters"]["ignored"] == []


async def test_a_rate_limit_is_an_error_of_its_own(gateway: Gateway) -> None:
    for manner in ("sync", "async"):
        key = await limited_key(gateway, requests_per_minute=1)
        async with infery_client(manner, gateway.api, key) as client:
            await client.call("images.generate", prompt="a kite", **SMALL)
            with pytest.raises(RateLimitError) as caught:
                await client.call("images.generate", prompt="a kite", **SMALL)
        assert (caught.value.status, caught.value.code) == (403, "rate_limit_exceeded")


async def test_models_are_listed_and_filtered(infery: Client) -> None:
    every = await infery.call("models.list")
    assert {model["_infery"]["modality"] for model in every.data} == {"image", "music", "upscale"}
    assert all(model["_infery"]["allowed_params"] for model in every.data)
    pictures = await infery.call("models.list", modality="image", include_tools=True)
    assert 0 < len(pictures.data) < len(every.data)
    mine = await infery.call("models.list", provider="sketch", q="PROCEDURAL")
    assert [model["id"] for model in mine.data] == ["sketch-1"]


async def test_an_estimate_is_what_the_call_then_costs(infery: Client) -> None:
    asked = {"n": 1, "size": "1792x1024", "quality": "hd"}
    estimate = await infery.call("models.estimate", "dall-e-3", **asked)
    answer = await infery.call("images.generate", model="dall-e-3", prompt="a fjord", **asked)
    assert estimate.credits == answer.credits_used == 12


async def test_an_estimate_needs_nothing_and_null_means_no_price(infery: Client) -> None:
    assert (await infery.call("models.estimate", "sketch-1")).credits == 0
    assert (await infery.call("models.estimate", "gpt-image-1")).credits is None


async def test_there_are_no_tools(infery: Client) -> None:
    assert (await infery.call("tools.list")).data == []


@pytest.mark.parametrize(
    ("fields", "kind", "status", "code"),
    [
        ({"model": FLARE, "prompt": " "}, APIError, 400, "validation_failed"),
        ({"model": "no-such", "prompt": "x"}, NotFoundError, 404, "model_not_found"),
        ({"model": "gpt-image-1", "prompt": "x"}, APIError, 410, "model_retired"),
        ({"model": "suno-v6", "prompt": "x"}, APIError, 400, "model_not_supported"),
        (
            {"model": FLARE, "prompt": "[[standin:400_policy]]"},
            APIError,
            400,
            "content_policy_violation",
        ),
        ({"model": FLARE, "prompt": "[[standin:500]]"}, APIError, 502, "provider_error"),
        ({"model": "flux-2-pro", "prompt": "x"}, APIError, 503, "service_unavailable"),
    ],
)
async def test_refusals_are_of_the_right_class(
    infery: Client, fields: dict[str, Any], kind: type[APIError], status: int, code: str
) -> None:
    with pytest.raises(APIError) as caught:
        await infery.call("images.generate", **fields)
    error = caught.value
    assert (type(error), error.status, error.code) == (kind, status, code)
    assert error.request_id
    assert error.request_id == error.body["error"]["request_id"]


async def test_keys_that_may_not_are_told_so(gateway: Gateway) -> None:
    keys = gateway.keys
    for key, kind, status in [
        ("inf_" + "x" * 36, AuthenticationError, 401),
        (keys.bound, AuthenticationError, 403),
        (keys.poor, InsufficientCreditsError, 402),
    ]:
        for manner in ("sync", "async"):
            async with infery_client(manner, gateway.api, key) as client:
                with pytest.raises(kind) as caught:
                    await client.call("images.generate", model=FLARE, prompt="x")
            assert caught.value.status == status
