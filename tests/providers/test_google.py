"""Google's picture models on both hosts: what is sent, what is read, and what a refusal means."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.providers.given import given
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY, everything_told
from tests.providers.test_every_provider import opened
from tests.sketch.files import flat
from tests.standins.faults import fault
from tests.standins.google import GoogleStandIn

from limner.errors import ConfigError
from limner.providers.base import (
    Generated,
    ImageProvider,
    Order,
    Outcome,
    ProviderError,
    Reason,
    Scalar,
    Usage,
)
from limner.providers.google_errors import OUTCOMES, ErrorBody, error_body, verdict
from limner.providers.registry import build

HOSTS = ("google", "vertex")
GEMINI, PRO, IMAGEN = "gemini-nano-banana-2.1", "gemini-3-pro-image", "imagen-4.0-generate-001"


@dataclass(frozen=True, slots=True)
class Google:
    host: str
    standin: GoogleStandIn
    provider: ImageProvider

    async def drawn(self, order: Order) -> Generated:
        last = (await drained(self.provider.run(order)))[-1]
        assert isinstance(last, Generated)
        return last

    async def refused(self, order: Order) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            await drained(self.provider.run(order))
        return caught.value

    def body(self) -> dict[str, Any]:
        sent = [one for one in self.standin.requests if ":" in one.path]
        read: dict[str, Any] = json.loads(sent[-1].body)
        return read


def opened_at(host: str, standin: GoogleStandIn) -> ImageProvider:
    key = KEY if host == "google" else standin.account()
    return build(host, standin.url, key, "pyreqwest")


@pytest.fixture(params=HOSTS)
async def google(request: pytest.FixtureRequest) -> AsyncIterator[Google]:
    async with GoogleStandIn() as standin:
        provider = opened_at(request.param, standin)
        yield Google(request.param, standin, provider)
        await provider.aclose()


def gemini(model: str = GEMINI, **changes: Any) -> Order:
    return replace(an_order(model, **changes), protocol="gemini_generate", per_call=1)


def imagen(**changes: Any) -> Order:
    return replace(an_order(IMAGEN, **changes), protocol="imagen_predict", per_call=4)


async def test_gemini_is_told_words_and_shape_and_nothing_else(google: Google) -> None:
    params: Mapping[str, Scalar] = {
        "size": "2752x1536",
        "aspect_ratio": "16:9",
        "image_size": "2K",
        "output_format": "jpeg",
    }
    generated = await google.drawn(gemini(params=params))
    assert google.body() == {
        "contents": [{"role": "user", "parts": [{"text": "a paper lantern on a wet street"}]}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"},
        },
    }
    assert opened(generated.images[0]).size == (2752, 1536)
    path = google.standin.requests[-1].path
    assert (
        path
        == {
            "google": f"/v1/models/{GEMINI}:generateContent",
            "vertex": f"/v1/projects/a-project/locations/global/publishers/google/models/{GEMINI}"
            ":generateContent",
        }[google.host]
    )


async def test_without_a_shape_none_is_told(google: Google) -> None:
    await google.drawn(gemini(params={"size": "auto"}))
    assert google.body()["generationConfig"] == {"responseModalities": ["IMAGE"]}


async def test_what_gemini_shall_leave_out_is_said_behind_the_prompt(google: Google) -> None:
    await google.drawn(gemini(prompt="a harbour", params={"negative_prompt": "fog"}))
    (content,) = google.body()["contents"]
    assert content["parts"] == [{"text": "a harbour. Leave out: fog"}]


async def test_a_seed_goes_to_the_models_that_take_one(google: Google) -> None:
    await google.drawn(gemini("gemini-2.5-flash-image", params={"seed": 7}))
    assert google.body()["generationConfig"]["seed"] == 7


async def test_pictures_stand_before_the_words_in_their_order(google: Google) -> None:
    images = tuple(given(flat(colour=(shade, 0, 0))) for shade in (10, 200))
    generated = await google.drawn(replace(gemini(), task="edit", images=images))
    parts = google.body()["contents"][0]["parts"]
    assert [list(part) for part in parts] == [["inlineData"], ["inlineData"], ["text"]]
    assert google.standin.asked[0].generation.pictures == tuple(one.sha256 for one in images)
    assert generated.usage is not None
    assert generated.usage.image_in == 2240


async def test_tokens_are_counted_by_what_they_are_billed_as(google: Google) -> None:
    generated = await google.drawn(gemini())
    assert generated.usage == Usage(text_in=11, image_in=0, text_out=18 + 212, image_out=1120)
    assert generated.provider_request_id == "resp-gen_1"


async def test_a_draft_is_never_delivered(google: Google) -> None:
    generated = await google.drawn(gemini(PRO))
    assert [opened(image).size for image in generated.images] == [(1024, 1024)]


async def test_several_pictures_are_several_calls(google: Google) -> None:
    generated = await google.drawn(gemini(n=3))
    assert len(generated.images) == len(google.standin.asked) == 3
    assert generated.usage is not None
    assert generated.usage.image_out == 3 * 1120


PEOPLE = {"dont_allow": "ALLOW_NONE", "allow_adult": "ALLOW_ADULT", "allow_all": "ALLOW_ALL"}


@pytest.mark.parametrize(("asked", "told"), PEOPLE.items())
async def test_who_may_be_in_a_picture_is_said_on_vertex_and_never_lost(
    google: Google, asked: str, told: str
) -> None:
    params = {"person_generation": asked}
    order = replace(gemini(params=params), given=("person_generation",))
    if google.host == "google" and asked == "dont_allow":
        error = await google.refused(order)
        assert (error.outcome, error.reason) == ("known_not_run", "bad_parameter")
        assert google.standin.asked == []
        return
    generated = await google.drawn(order)
    config = google.body()["generationConfig"].get("imageConfig", {})
    if google.host == "vertex":
        assert config == {"personGeneration": told}
        assert generated.warnings == ()
    else:
        assert config == {}
        assert generated.warnings == (
            "person_generation was not sent: only Vertex has such a field",
        )


NO_PICTURE: list[tuple[dict[str, Any], Reason]] = [
    ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, "content_policy_violation"),
    ({"promptFeedback": {"blockReason": "SOMETHING_NEW"}}, "content_policy_violation"),
    ({"candidates": [{"finishReason": "IMAGE_SAFETY"}]}, "content_policy_violation"),
    ({"candidates": [{"finishReason": "SPII", "content": {}}]}, "content_policy_violation"),
    ({"candidates": [{"finishReason": "MODEL_ARMOR"}]}, "content_policy_violation"),
    (
        {"candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": "I cannot"}]}}]},
        "content_policy_violation",
    ),
    ({"candidates": [{"finishReason": "NO_IMAGE"}]}, "provider_error"),
    ({"candidates": [{"finishReason": "SOMETHING_NEW"}]}, "provider_error"),
    ({"candidates": [{"finishReason": "PUP_LIMITED_DISABLED"}]}, "provider_account"),
    ({"candidates": []}, "provider_error"),
    (
        {"candidates": [{"content": {"parts": [
            {"inlineData": {"mimeType": "image/png", "data": "aaaa"}, "thought": True}]}}]},
        "provider_error",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reason"), NO_PICTURE)
async def test_a_success_without_a_picture_is_a_refusal(
    google: Google, answer: dict[str, Any], reason: Reason
) -> None:
    google.standin.ends = [answer]
    error = await google.refused(gemini())
    assert (error.outcome, error.reason) == ("ran", reason)


async def test_one_of_three_that_is_blocked_costs_the_others_nothing(google: Google) -> None:
    google.standin.ends = [{"candidates": [{"finishReason": "IMAGE_SAFETY"}]}]
    generated = await google.drawn(gemini(n=3))
    assert len(generated.images) == 2
    assert generated.lost == 0
    assert "for its content" in generated.warnings[0]


async def test_names_in_the_other_style_are_read_too(google: Google) -> None:
    data = {"mime_type": "image/png", "data": "aGVsbG8="}
    google.standin.ends = [{"candidates": [{"content": {"parts": [{"inline_data": data}]}}]}]
    generated = await google.drawn(gemini())
    assert bytes(generated.images[0].data) == b"aGVsbG8="
    assert generated.usage is None


async def test_imagen_is_told_all_its_fields_by_host(google: Google) -> None:
    params: dict[str, Scalar] = {
        "aspect_ratio": "3:4",
        "image_size": "2K",
        "person_generation": "allow_adult",
        "negative_prompt": "fog",
        "output_compression": 80,
    }
    if google.host == "vertex":
        params["seed"] = 42
    generated = await google.drawn(imagen(n=2, output_format="jpeg", params=params))
    told: dict[str, Any] = {
        "sampleCount": 2,
        "includeRaiReason": True,
        "aspectRatio": "3:4",
        "sampleImageSize": "2K",
        "personGeneration": "allow_adult",
        "outputOptions": {"mimeType": "image/jpeg", "compressionQuality": 80},
    }
    if google.host == "vertex":
        told |= {"seed": 42, "addWatermark": False, "enhancePrompt": False}
    assert google.body() == {
        "instances": [{"prompt": "a paper lantern on a wet street. Leave out: fog"}],
        "parameters": told,
    }
    assert [opened(image).format for image in generated.images] == ["JPEG", "JPEG"]
    revised = generated.images[0].revised_prompt
    assert (revised is not None) == (google.host == "vertex")


async def test_imagen_draws_as_many_as_are_asked_for(google: Google) -> None:
    generated = await google.drawn(imagen(n=4))
    assert len(generated.images) == 4
    assert len(google.standin.asked) == 1


async def test_pictures_that_were_filtered_are_said_and_the_others_delivered(
    google: Google,
) -> None:
    generated = await google.drawn(imagen(n=3, prompt="a crowd [[filter=2]]"))
    assert len(generated.images) == 1
    assert generated.warnings == ("google left a picture out: people",)
    error = await google.refused(imagen(n=2, prompt="a crowd [[filter=2]]"))
    assert (error.outcome, error.reason) == ("ran", "content_policy_violation")


@pytest.mark.parametrize(
    "params", [{"seed": 3}, {"person_generation": "allow_all"}], ids=["seed", "people"]
)
async def test_what_the_developer_api_refuses_is_not_sent_there(params: dict[str, Scalar]) -> None:
    async with GoogleStandIn() as standin:
        provider = opened_at("google", standin)
        with pytest.raises(ProviderError) as caught:
            await drained(provider.run(imagen(params=params)))
        await provider.aclose()
        assert (caught.value.outcome, standin.requests) == ("known_not_run", [])


FAULTS: list[tuple[str, Outcome, Reason]] = [
    ("400", "known_not_run", "bad_parameter"),
    ("400_policy", "ran", "content_policy_violation"),
    ("400_billing", "known_not_run", "provider_account"),
    ("401", "known_not_run", "provider_account"),
    ("403", "known_not_run", "provider_account"),
    ("404", "known_not_run", "model_unavailable"),
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
    ("rst_after_body", "unknown", "provider_error"),
    ("fin_mid_answer", "unknown", "provider_error"),
]


@pytest.mark.parametrize(("kind", "outcome", "reason"), FAULTS)
@pytest.mark.parametrize("order", [gemini(), imagen()], ids=["gemini", "imagen"])
async def test_what_a_failure_means(
    google: Google, order: Order, kind: str, outcome: Outcome, reason: Reason
) -> None:
    google.standin.script(fault(kind))
    error = await google.refused(order)
    assert (error.outcome, error.reason) == (outcome, reason)
    assert error.retry_after == (1.0 if kind == "429_retry_after" else None)
    assert "sensitive words" not in error.message


@pytest.mark.parametrize(("status", "about"), OUTCOMES)
async def test_every_row_of_the_table_holds(status: int, about: str | None) -> None:
    says = {"key": "API key expired", "billing": "billing is off", "content": "Responsible AI"}
    body = None
    if about is not None:
        message = "limit: 0" if about == "no quota" else says.get(about, "x")
        body = ErrorBody(message=message, status="X")
    assert verdict(status, body) == OUTCOMES[status, about]


async def test_an_envelope_inside_a_list_is_read(google: Google) -> None:
    wrapped = error_body(b'[{"error":{"message":"m","status":"NOT_FOUND"}}]')
    assert wrapped is not None
    assert wrapped.status == "NOT_FOUND"
    assert error_body(b"[]") is None


async def test_a_check_says_whether_an_order_would_be_taken(google: Google) -> None:
    said = await google.provider.check()
    assert (
        said
        == {
            "google": "google accepts the key and lists 1 models",
            "vertex": "google gave a token to this service account",
        }[google.host]
    )
    assert google.standin.asked == []


async def test_one_token_serves_many_orders_and_is_renewed_before_it_ends() -> None:
    async with GoogleStandIn() as standin:
        provider = opened_at("vertex", standin)
        for _ in range(3):
            await drained(provider.run(gemini()))
        assert len(standin.tokens) == 1
        await provider.aclose()
    async with GoogleStandIn(tokens_last_s=200.0) as standin:
        provider = opened_at("vertex", standin)
        for _ in range(2):
            await drained(provider.run(gemini()))
        assert len(standin.tokens) == 2
        await provider.aclose()


async def test_a_stale_token_is_renewed_once_and_the_order_drawn_once() -> None:
    async with GoogleStandIn() as standin:
        provider = opened_at("vertex", standin)
        await drained(provider.run(gemini()))
        standin.tokens = dict.fromkeys(standin.tokens, 0.0)
        await drained(provider.run(gemini()))
        assert len(standin.tokens) == 2
        assert len(standin.completed) == 2
        await provider.aclose()


async def test_a_service_account_nobody_knows_is_the_operator_s_trouble() -> None:
    async with GoogleStandIn() as standin:
        account = standin.account().replace("limner@", "stranger@")
        provider = build("vertex", standin.url, account, "pyreqwest")
        with pytest.raises(ProviderError) as caught:
            await drained(provider.run(gemini()))
        assert (caught.value.outcome, caught.value.reason) == ("known_not_run", "provider_account")
        assert standin.asked == []
        await provider.aclose()


@pytest.mark.parametrize("key", ["no-such-file.json", '{"client_email": "x"}', "{}", "{"])
def test_what_is_no_service_account_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ConfigError, match="Vertex needs a service account") as caught:
        build("vertex", "", key, "pyreqwest")
    assert key not in str(caught.value)


async def test_no_secret_of_a_service_account_is_told_or_sent_with_an_order() -> None:
    async with GoogleStandIn() as standin:
        provider = opened_at("vertex", standin)
        drawn = await drained(provider.run(gemini()))
        standin.script(fault("500"))
        with pytest.raises(ProviderError) as caught:
            await drained(provider.run(gemini()))
        await provider.aclose()
        secret = json.loads(standin.account())["private_key"].split("\n")[3]
        assert secret not in f"{provider!r}{drawn}" + everything_told(caught.value)
        assert all(secret.encode() not in one.body for one in standin.requests)
        bodies = [one.body for one in standin.requests if ":" in one.path]
        assert all(b"ya29" not in body for body in bodies)
