"""Validating says what the call would come to, in the call's own words, and spends nothing."""

from typing import Any

import httpx
import msgspec
import pytest
from tests.contract.envelope import FLARE
from tests.contract.gateway import Gateway

from limner.api.wire.models import Validation

PATH = "/v1/images/generations"
STRICT = {"x-strict-params": "true"}


async def validated(
    client: httpx.AsyncClient, slug: str, body: object, **more: Any
) -> dict[str, Any]:
    answer = await client.post(f"/v1/models/{slug}/validate", json=body, **more)
    assert answer.status_code == 200, answer.text
    msgspec.json.decode(answer.content, type=Validation, strict=True)
    told: dict[str, Any] = answer.json()
    assert ("error" in told) is not told["valid"]
    assert ("parameters" in told) is told["valid"]
    return told


@pytest.mark.parametrize(
    ("slug", "fields"),
    [
        ("sketch-1", {"size": "64x64"}),
        ("dall-e-3", {"size": "1792x1024", "quality": "high", "style": "vivid"}),
        ("imagen-4", {"size": "1792x1024", "quality": "hd", "mood": 7, "n": 2}),
        (FLARE, {"size": "1024x1024", "quality": "low", "n": 2, "partial_images": 2}),
        ("qwen-image", {"size": "1104x1472"}),
    ],
)
async def test_a_good_request_is_told_as_the_call_then_tells_it(
    play: httpx.AsyncClient, slug: str, fields: dict[str, Any]
) -> None:
    body = {"prompt": "a red square"} | fields
    told = await validated(play, slug, body)
    away = await play.post(PATH, json={"model": slug} | body, headers={"prefer": "wait=0"})
    job_id = away.headers["x-job-id"]
    job: dict[str, Any] = {"status": "processing"}
    while job["status"] == "processing":
        job = (await play.get(f"/v1/images/jobs/{job_id}")).json()
        if job["status"] == "processing":
            assert job["credits_held"] == told["credits"]
    assert job["credits_used"] <= told["credits"]
    whole = (await play.post(PATH, json={"model": slug} | body)).json()
    assert (told["model"], told["parameters"]) == (whole["model"], whole["parameters"])
    assert told.get("warnings", []) == whole.get("warnings", [])
    assert sum(line["credits"] for line in told["breakdown"]) == pytest.approx(told["credits"])
    assert told["currency"] == "credits"


BAD: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("sketch-1", {}, {}),
    ("sketch-1", {"prompt": " "}, {}),
    ("sketch-1", {"prompt": "x", "n": 99}, {}),
    ("sketch-1", {"prompt": "x", "size": "1x1"}, {}),
    ("sketch-1", {"prompt": "x", "response_format": "png"}, {}),
    ("sketch-1", {"prompt": "x", "stream": "yes"}, {}),
    ("sketch-1", {"promt": "x"}, {}),
    ("sketch-1", {"prompt": "x", "style": "vivid"}, STRICT),
    ("dall-e-3", {"prompt": "x", "quality": "high"}, STRICT),
]


@pytest.mark.parametrize(("slug", "body", "headers"), BAD)
async def test_a_bad_request_is_told_with_the_error_of_the_call(
    play: httpx.AsyncClient, slug: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    told = await validated(play, slug, body, headers=headers)
    call = await play.post(PATH, json=body | {"model": slug}, headers=headers)
    error = call.json()["error"]
    assert call.status_code == 400
    assert told["error"] | {"request_id": ""} == error | {"request_id": ""}
    assert told["model"] == slug


async def test_nothing_is_written_for_it(live: httpx.AsyncClient, gateway: Gateway) -> None:
    before = await gateway.holdings()
    asked = len(gateway.upstream.standin.requests)
    told = await validated(live, FLARE, {"prompt": "only to know", "size": "1024x1024"})
    assert told["credits"] > 0
    assert await gateway.holdings() == before
    assert len(gateway.upstream.standin.requests) == asked


async def test_lifecycle_and_leave_are_judged_for_the_key_that_asks(
    live: httpx.AsyncClient, play: httpx.AsyncClient, gateway: Gateway
) -> None:
    body = {"prompt": "x"}
    gone = await validated(live, "gpt-image-1", body)
    assert (gone["error"]["code"], gone["availability"]) == ("model_retired", "retired")
    simulated = await validated(play, "gpt-image-1", body)
    assert (simulated["valid"], simulated["availability"]) == (True, "retired")
    aliased = await validated(live, "dall-e-2", body)
    assert (aliased["valid"], aliased["model"]) == (True, FLARE)
    assert aliased["availability"] == "aliased"
    bound = {"authorization": f"Bearer {gateway.keys.bound}"}
    assert (await validated(live, FLARE, body, headers=bound))["error"]["code"] == "forbidden"
    nowhere = await validated(live, "flux-2-pro", body)
    assert (nowhere["valid"], nowhere["availability"]) == (True, "test_only")


async def test_the_path_names_the_model_and_what_cannot_be_read_is_refused_itself(
    play: httpx.AsyncClient,
) -> None:
    told = await validated(play, "gpt-image-2.5-flare", {"prompt": "x", "model": "no-such-model"})
    assert told["model"] == FLARE
    for slug, content, status in [
        ("no-such-model", b"{}", 404),
        ("sketch-1", b"{", 400),
        ("sketch-1", b"[]", 400),
    ]:
        answer = await play.post(f"/v1/models/{slug}/validate", content=content)
        assert answer.status_code == status
    empty = await play.post("/v1/models/sketch-1/validate")
    assert empty.json()["error"]["param"] == "prompt"
