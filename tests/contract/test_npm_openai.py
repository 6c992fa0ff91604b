"""npm's `openai`, unmodified, in Node.js gets all it asks for and sends nothing twice."""

import asyncio
import base64
from dataclasses import replace
from typing import Any

import pytest
from tests.api.edits import PICTURE, mask
from tests.contract.gateway import Gateway, limited_key
from tests.contract.node import NpmOpenAI
from tests.contract.pictures import behind, in_base64
from tests.files.pictures import encoded
from tests.standins.proxy import Moment, Script, Way, proxied

from limner.ids import new_id

FLARE = "gpt-image-2.5-flare"
SQUARE = "1024x1024"
GENERATE, EVENT = "images.generate", "image_generation"
PNG = encoded()


def wanted(what: str = "a wren", **more: Any) -> dict[str, Any]:
    """A request like no other."""
    return {"model": FLARE, "prompt": f"{what} {new_id('p')}", "size": SQUARE} | more


def a_file(data: bytes) -> dict[str, str]:
    return {"file": base64.b64encode(data).decode(), "name": "a b.png", "type": "image/png"}


async def test_a_picture_comes_as_base64_with_its_price(npm_openai: NpmOpenAI) -> None:
    answer = await npm_openai.call(GENERATE, wanted(n=2))
    data, usage = answer.data["data"], answer.data["usage"]
    assert [in_base64(item).size for item in data] == [SQUARE, SQUARE]
    assert float(answer.headers["x-credits-used"]) == answer.data["credits_used"] > 0
    assert answer.headers["x-model-used"] == answer.data["model"]
    assert answer.headers["x-request-id"].startswith("req_")
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert isinstance(answer.data["created"], int)


async def test_links_are_given_when_asked_for(npm_openai: NpmOpenAI) -> None:
    answer = await npm_openai.call(GENERATE, wanted(response_format="url"))
    (item,) = answer.data["data"]
    assert (await behind(item["url"])).size == SQUARE
    assert "b64_json" not in item


async def test_what_is_null_was_not_sent(npm_openai: NpmOpenAI) -> None:
    answer = await npm_openai.call(
        GENERATE, wanted(n=None, quality=None, background=None, stream=None, user=None)
    )
    assert len(answer.data["data"]) == 1


async def test_a_stream_shows_previews_and_the_picture(npm_openai: NpmOpenAI) -> None:
    answer = await npm_openai.call(GENERATE, wanted(stream=True, partial_images=2))
    events = [event for event in answer.data if event["type"] != "progress"]
    assert [event["type"] for event in events] == [
        *[f"{EVENT}.partial_image"] * 2,
        f"{EVENT}.completed",
        "completed",
    ]
    assert {in_base64(event).size for event in events[:3]} == {SQUARE}
    assert events[-1]["credits_used"] > 0


async def test_a_stream_that_fails_throws_what_happened(npm_openai: NpmOpenAI) -> None:
    answer = await npm_openai.call(GENERATE, wanted("[[standin:400_policy]]", stream=True))
    assert answer.thrown["kind"] == "APIError"
    assert answer.thrown["code"] == "content_policy_violation"
    assert "nothing was charged" in answer.thrown["message"]
    assert len(answer.sent) == 1


async def test_a_stream_is_refused_as_ever_before_it_begins(npm_openai: NpmOpenAI) -> None:
    answer = await npm_openai.call(GENERATE, wanted(stream=True, partial_images=4))
    assert (answer.thrown["kind"], answer.thrown["param"]) == ("BadRequestError", "partial_images")


ERRORS: list[tuple[dict[str, Any], str, int, str]] = [
    ({"prompt": " "}, "BadRequestError", 400, "validation_failed"),
    ({"n": 99}, "BadRequestError", 400, "validation_failed"),
    ({"model": "suno-v6"}, "BadRequestError", 400, "model_not_supported"),
    ({"model": "no-such"}, "NotFoundError", 404, "model_not_found"),
    ({"model": "gpt-image-1"}, "APIError", 410, "model_retired"),
    ({"prompt": "[[standin:400_policy]]"}, "BadRequestError", 400, "content_policy_violation"),
    ({"prompt": "[[standin:500]]"}, "InternalServerError", 502, "provider_error"),
    (
        {"prompt": "[[standin:429_retry_after=30]]"},
        "InternalServerError",
        503,
        "service_unavailable",
    ),
    ({"prompt": "[[standin:524]]"}, "InternalServerError", 504, "job_timeout"),
    ({"prompt": "[[standin:rst_after_body]]"}, "InternalServerError", 504, "job_timeout"),
]


@pytest.mark.parametrize(("fields", "kind", "status", "code"), ERRORS)
async def test_refusals_are_of_the_right_class_and_are_sent_once(
    npm_openai: NpmOpenAI, fields: dict[str, Any], kind: str, status: int, code: str
) -> None:
    answer = await npm_openai.call(GENERATE, wanted() | fields)
    error = answer.thrown
    assert (error["kind"], error["status"], error["code"]) == (kind, status, code)
    assert error["request_id"] == error["body"]["request_id"]
    assert len(answer.sent) == 1


async def test_keys_that_may_not_are_told_so(npm_openai: NpmOpenAI, gateway: Gateway) -> None:
    keys = gateway.keys
    for key, kind, status, code in [
        (keys.revoked, "AuthenticationError", 401, "invalid_api_key"),
        (keys.poor, "APIError", 402, "insufficient_credits"),
        (keys.bound, "PermissionDeniedError", 403, "forbidden"),
    ]:
        answer = await npm_openai.call(GENERATE, wanted(), key=key)
        error = answer.thrown
        assert (error["kind"], error["status"], error["code"]) == (kind, status, code)
        assert len(answer.sent) == 1


async def test_a_deferral_is_not_sent_again_and_names_its_job(
    npm_openai: NpmOpenAI, gateway: Gateway
) -> None:
    body = wanted("[[standin:delay=0.3]]")
    away = await npm_openai.call(GENERATE, body, Prefer="wait=0")
    assert (away.thrown["kind"], away.thrown["code"]) == ("InternalServerError", "job_timeout")
    assert len(away.sent) == 1
    job: dict[str, Any] = {"status": "processing"}
    while job["status"] == "processing":
        job = (await npm_openai.call("get", f"/images/jobs/{away.thrown['body']['job_id']}")).data
    assert (job["status"], len(job["data"])) == ("completed", 1)
    assert gateway.upstream.asked(body["prompt"]) == 1


async def test_files_live_from_create_to_delete(npm_openai: NpmOpenAI) -> None:
    upload = {"file": a_file(PNG), "purpose": "vision"}
    file = (await npm_openai.call("files.create", upload)).data
    assert (file["object"], file["filename"], file["bytes"]) == ("file", "a b.png", len(PNG))
    assert (await npm_openai.call("files.retrieve", file["id"])).data == file
    content = await npm_openai.call("files.content", file["id"])
    assert base64.b64decode(content.data) == PNG
    listed = (await npm_openai.call("files.list", {"limit": 1})).data
    assert file["id"] in [one["id"] for one in listed]
    gone = (await npm_openai.call("files.delete", file["id"])).data
    assert gone == {"id": file["id"], "object": "file", "deleted": True}
    assert (await npm_openai.call("files.retrieve", file["id"])).thrown["kind"] == "NotFoundError"


async def test_models_are_listed_and_retrieved_and_stay(npm_openai: NpmOpenAI) -> None:
    listed = (await npm_openai.call("models.list")).data
    assert {"sketch-1", "gpt-image-2-5-flare"} <= {model["id"] for model in listed}
    model = (await npm_openai.call("models.retrieve", FLARE)).data
    assert (model["id"], model["object"]) == ("gpt-image-2-5-flare", "model")
    assert model["allowedParams"] == model["_infery"]["allowed_params"]
    assert (await npm_openai.call("models.delete", FLARE)).thrown["status"] == 405


async def test_pictures_are_edited(npm_openai: NpmOpenAI, gateway: Gateway) -> None:
    body = wanted("a hat") | {"image": a_file(PICTURE), "mask": a_file(mask())}
    one = await npm_openai.call("images.edit", body)
    assert in_base64(one.data["data"][0]).size == SQUARE
    assert float(one.headers["x-credits-used"]) == one.data["credits_used"] > 0
    sent = gateway.upstream.standin.requests[-1].body
    assert PICTURE in sent
    assert mask() in sent
    two = await npm_openai.call("images.edit", wanted("two") | {"image": [a_file(PICTURE)] * 2})
    assert len(two.data["data"]) == 1


async def test_an_edit_is_followed_as_it_is_made(npm_openai: NpmOpenAI) -> None:
    body = wanted("a hat", stream=True, partial_images=1) | {"image": a_file(PICTURE)}
    events = (await npm_openai.call("images.edit", body)).data
    kinds = [event["type"] for event in events if event["type"] != "progress"]
    assert kinds == ["image_edit.partial_image", "image_edit.completed", "completed"]


async def test_what_cannot_be_edited_is_refused(npm_openai: NpmOpenAI) -> None:
    body = wanted(model="impatient") | {"image": a_file(PICTURE)}
    answer = await npm_openai.call("images.edit", body)
    assert answer.thrown["kind"] == "BadRequestError"
    assert answer.thrown["code"] == "image_not_supported_by_model"
    varied = await npm_openai.call("images.createVariation", {"image": a_file(PICTURE)})
    assert (varied.thrown["kind"], varied.thrown["code"]) == ("NotFoundError", "not_found")


async def test_a_rate_limit_is_a_refusal_of_its_own_code(
    npm_openai: NpmOpenAI, gateway: Gateway
) -> None:
    key = await limited_key(gateway, requests_per_minute=1)
    small = {"model": "sketch-1", "prompt": "x", "size": "64x64"}
    assert (await npm_openai.call(GENERATE, small, key=key)).error is None
    refused = await npm_openai.call(GENERATE, small, {"maxRetries": 0}, key=key)
    assert refused.thrown["kind"] == "PermissionDeniedError"
    assert refused.thrown["code"] == "rate_limit_exceeded"
    assert "job_id" not in refused.thrown["body"]


async def test_what_it_sends_again_by_itself_gets_the_job_of_its_first_try(
    npm_openai: NpmOpenAI, gateway: Gateway
) -> None:
    """Cut off while it is drawn, while a picture is edited, and within the answer."""
    running, edited, ready = [wanted(f"[[standin:delay={delay}]]") for delay in (1, 1, 0)]

    def asked(body: dict[str, Any]) -> Moment:
        return lambda: gateway.upstream.until_asked(body["prompt"])

    async with (
        proxied(gateway.api, Script(at=asked(running))) as before,
        proxied(gateway.api, Script(at=asked(edited))) as beside,
        proxied(gateway.api, Script(back=Way(most=40))) as within,
    ):
        answers = await asyncio.gather(
            replace(npm_openai, api=before.url).call(GENERATE, running),
            replace(npm_openai, api=beside.url).call(
                "images.edit", edited | {"image": a_file(PICTURE)}
            ),
            replace(npm_openai, api=within.url).call(GENERATE, ready),
        )
    for answer, body in zip(answers, (running, edited, ready), strict=True):
        assert len(answer.sent) == 2
        assert in_base64(answer.data["data"][0]).size == SQUARE
        assert answer.headers["idempotent-replayed"] == "true"
        assert gateway.upstream.asked(body["prompt"]) == 1
