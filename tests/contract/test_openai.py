"""The official OpenAI client, sync and async, works unmodified and never resends what is billed."""

from typing import Any

import openai as sdk
import pytest
from tests.contract.clients import Client, openai_client
from tests.contract.gateway import Gateway, limited_key
from tests.contract.pictures import behind, in_base64

FLARE = "gpt-image-2.5-flare"
SQUARE = "1024x1024"


async def test_a_picture_comes_as_base64_as_from_openai(openai: Client) -> None:
    answer = await openai.call("images.generate", model=FLARE, prompt="a wren", size=SQUARE)
    assert in_base64(answer.data[0]).size == SQUARE
    assert answer.credits_used > 0
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert answer.usage.input_tokens_details.text_tokens > 0
    assert (answer.output_format, answer.quality, answer.size) == ("png", "medium", SQUARE)
    assert answer.background == "opaque"


async def test_links_are_given_when_asked_for(openai: Client) -> None:
    answer = await openai.call(
        "images.generate", model=FLARE, prompt="wrens", n=2, size=SQUARE, response_format="url"
    )
    assert [(await behind(item.url)).size for item in answer.data] == [SQUARE, SQUARE]
    assert [item.b64_json for item in answer.data] == [None, None]


async def test_parameters_of_other_models_pass_through_extra_body(openai: Client) -> None:
    answer = await openai.call(
        "images.generate",
        model="sketch-1",
        prompt="a blue square",
        size="256x256",
        style="vivid",
        extra_body={"seed": 7, "negative_prompt": "people"},
    )
    assert answer.data[0].seed == 7
    ignored = {item["name"] for item in answer.parameters["ignored"]}
    assert ignored == {"style", "negative_prompt"}


async def test_headers_tell_cost_model_and_request(openai: Client) -> None:
    raw = await openai.call(
        "images.with_raw_response.generate", model=FLARE, prompt="a lynx", size=SQUARE
    )
    answer = raw.parse()
    assert float(raw.headers["x-credits-used"]) == answer.credits_used
    assert raw.headers["x-model-used"] == answer.model == "gpt-image-2-5-flare"
    assert answer._request_id == raw.headers["x-request-id"]


async def test_models_are_listed_and_retrieved_by_any_of_their_names(openai: Client) -> None:
    listed = await openai.call("models.list")
    assert {"sketch-1", "gpt-image-2-5-flare"} <= {model.id for model in listed.data}
    model = await openai.call("models.retrieve", FLARE)
    assert (model.id, model.object, model.owned_by) == ("gpt-image-2-5-flare", "model", "openai")
    assert model.allowedParams == model._infery["allowed_params"]
    assert model.capabilities["imageEdit"] is True
    assert model.modality == "image"


async def test_an_unknown_model_is_not_found(openai: Client) -> None:
    for slug in ("sketch-2", "a/b", "ä"):
        with pytest.raises(sdk.NotFoundError):
            await openai.call("models.retrieve", slug)


async def test_a_model_cannot_be_deleted(openai: Client) -> None:
    with pytest.raises(sdk.APIStatusError) as caught:
        await openai.call("models.delete", FLARE)
    assert (caught.value.status_code, caught.value.code) == (405, "method_not_allowed")


async def test_what_is_not_served_is_not_found(openai: Client) -> None:
    with pytest.raises(sdk.NotFoundError) as caught:
        await openai.call("batches.list")
    assert caught.value.code == "not_found"


BAD, GONE, OURS = sdk.BadRequestError, sdk.APIStatusError, sdk.InternalServerError


@pytest.mark.parametrize(
    ("fault", "kind", "status", "code", "asked"),
    [
        ("400_policy", BAD, 400, "content_policy_violation", 1),
        ("401", OURS, 502, "provider_error", 1),
        ("429_retry_after=30", OURS, 503, "service_unavailable", 1),
        ("500", OURS, 502, "provider_error", 1),
        ("bad_json", OURS, 502, "provider_error", 1),
        ("no_data", BAD, 400, "content_policy_violation", 1),
        ("524", OURS, 504, "job_timeout", 1),
        ("rst_after_body", OURS, 504, "job_timeout", 1),
    ],
)
async def test_nothing_that_may_be_billed_is_ever_sent_again(
    openai: Client,
    gateway: Gateway,
    fault: str,
    kind: type[sdk.APIStatusError],
    status: int,
    code: str,
    asked: int,
) -> None:
    prompt = f"[[standin:{fault}]] {openai.manner} {gateway.server.url}"
    before = await gateway.holdings()
    with pytest.raises(sdk.APIStatusError) as caught:
        await openai.call("images.generate", model=FLARE, prompt=prompt, size=SQUARE)
    assert (type(caught.value), caught.value.status_code, caught.value.code) == (kind, status, code)
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert gateway.upstream.asked(prompt) == asked
    after = await gateway.holdings()
    assert after.jobs == before.jobs + 1
    assert (after.pictures, after.wallets) == (before.pictures, before.wallets)


async def test_a_deferral_is_not_sent_again_and_names_its_job(gateway: Gateway) -> None:
    for manner in ("sync", "async"):
        prompt = f"[[standin:delay=0.2]] {manner} {gateway.server.url}"
        async with openai_client(manner, gateway.api, gateway.keys.live, Prefer="wait=0") as away:
            with pytest.raises(sdk.InternalServerError) as caught:
                await away.call("images.generate", model=FLARE, prompt=prompt, size=SQUARE)
            body: Any = caught.value.body
            job: Any = None
            while job is None or job["status"] == "processing":
                job = await away.call("get", f"/images/jobs/{body['job_id']}", cast_to=object)
        assert job["status"] == "completed"
        assert gateway.upstream.asked(prompt) == 1


async def test_keys_that_may_not_are_told_so(gateway: Gateway) -> None:
    keys = gateway.keys
    for key, kind, status in [
        (keys.revoked, sdk.AuthenticationError, 401),
        (keys.bound, sdk.PermissionDeniedError, 403),
        (keys.poor, sdk.APIStatusError, 402),
    ]:
        for manner in ("sync", "async"):
            async with openai_client(manner, gateway.api, key) as client:
                with pytest.raises(kind) as caught:
                    await client.call("images.generate", model=FLARE, prompt="x")
            assert (type(caught.value), caught.value.status_code) == (kind, status)


async def test_a_rate_limit_is_a_permission_error_that_may_be_tried_again(gateway: Gateway) -> None:
    small: dict[str, Any] = {"model": "sketch-1", "prompt": "a kite", "size": "64x64"}
    for manner in ("sync", "async"):
        key = await limited_key(gateway, requests_per_minute=1)
        async with openai_client(manner, gateway.api, key) as patient:
            client = Client(patient.inner.with_options(max_retries=0), manner)  # type: ignore[attr-defined]  # of either class
            await client.call("images.generate", **small)
            with pytest.raises(sdk.PermissionDeniedError) as caught:
                await client.call("images.generate", **small)
        assert caught.value.code == "rate_limit_exceeded"
        assert caught.value.response.headers["x-should-retry"] == "true"


async def test_what_is_none_was_not_sent(openai: Client) -> None:
    nothing = dict.fromkeys(("n", "size", "quality", "background", "output_format", "stream"))
    answer = await openai.call("images.generate", model=FLARE, prompt="a wren", **nothing)
    assert len(answer.data) == 1
