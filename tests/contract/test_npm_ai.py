"""The AI SDK of npm posts a failed request two more times, unmarked: still only one is drawn."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from tests.api.edits import PICTURE, mask
from tests.contract.gateway import Gateway
from tests.contract.node import WAYS, Node, NpmAi
from tests.contract.pictures import in_base64
from tests.standins.proxy import Script, proxied

from limner.ids import new_id

FLARE = "gpt-image-2.5-flare"
SQUARE = "1024x1024"
CALL, RETRIED = "AI_APICallError", "AI_RetryError"


def wanted(what: str = "a wren", **more: Any) -> dict[str, Any]:
    """A request like no other."""
    return {"prompt": f"{what} {new_id('p')}", "size": SQUARE} | more


def edit(what: str) -> dict[str, Any]:
    """The same of two pictures and a mask."""
    images, over = [base64.b64encode(one).decode() for one in (PICTURE, mask())]
    body = wanted(what)
    return body | {"prompt": {"text": body["prompt"], "images": [images] * 2, "mask": over}}


async def test_pictures_come_in_their_kind_with_their_price(npm_ai: NpmAi) -> None:
    for model in (FLARE, "sketch-1"):
        answer = await npm_ai.draw(model, **wanted(n=2))
        assert [in_base64(image).size for image in answer.data["images"]] == [SQUARE, SQUARE]
        assert {image["mediaType"] for image in answer.data["images"]} == {"image/png"}
        assert float(answer.headers["x-credits-used"]) == (
            0 if model == "sketch-1" else pytest.approx(2 * 21.322, rel=1)
        )
        assert answer.data["warnings"] == []


async def test_a_revised_prompt_and_the_usage_are_told(npm_ai: NpmAi) -> None:
    answer = await npm_ai.draw("dall-e-3", **wanted("an otter"))
    assert len(answer.data["images"]) == 1
    if npm_ai.provider == "openai":
        (about,) = answer.data["metadata"]["openai"]["images"]
        assert about["revisedPrompt"].startswith("A finer picture: an otter")
        usage = (await npm_ai.draw(FLARE, **wanted())).data["usage"]
        assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"] > 0


async def test_pictures_are_edited(npm_ai: NpmAi, gateway: Gateway) -> None:
    answer = await npm_ai.draw(FLARE, **edit("a hat"))
    assert in_base64(answer.data["images"][0]).size == SQUARE
    sent = gateway.upstream.standin.requests[-1].body
    assert sent.count(PICTURE) == 2
    assert mask() in sent
    refused = await npm_ai.draw("impatient", **edit("a hat"))
    assert refused.thrown["body"]["error"]["code"] == "image_not_supported_by_model"
    assert len(refused.sent) == 1


async def test_refusals_are_told_and_not_sent_again(npm_ai: NpmAi, gateway: Gateway) -> None:
    keys = gateway.keys
    cases: list[tuple[str, dict[str, Any], str, int, str]] = [
        (keys.live, {"prompt": " "}, FLARE, 400, "validation_failed"),
        (keys.live, {"size": "1025x1024"}, FLARE, 400, "validation_failed"),
        (keys.live, {"prompt": "[[standin:400_policy]]"}, FLARE, 400, "content_policy_violation"),
        (keys.live, {}, "no-such", 404, "model_not_found"),
        (keys.live, {}, "gpt-image-1", 410, "model_retired"),
        (keys.revoked, {}, FLARE, 401, "invalid_api_key"),
        (keys.poor, {}, FLARE, 402, "insufficient_credits"),
        (keys.bound, {}, FLARE, 403, "forbidden"),
    ]
    for key, fields, model, status, code in cases:
        answer = await npm_ai.draw(model, key=key, **(wanted() | fields))
        error = answer.thrown
        assert (error["name"], error["status"]) == (CALL, status)
        assert error["body"]["error"]["code"] == code
        assert error["message"] == error["body"]["error"]["message"]
        assert len(answer.sent) == 1


Scenario: TypeAlias = Callable[[NpmAi, Gateway], Awaitable[None]]


async def left_open(ai: NpmAi, gateway: Gateway, fault: str = "504") -> None:
    """Nobody knows whether the provider drew: the resends are told the same, and are no orders."""
    body = wanted(f"[[standin:{fault}]]")
    answer = await ai.draw(FLARE, **body)
    assert answer.thrown["name"] == RETRIED
    assert [one["status"] for one in answer.sent] == [504] * 3
    assert len(answer.jobs) == 1
    assert gateway.upstream.asked(body["prompt"]) == 1


async def cut_upstream(ai: NpmAi, gateway: Gateway) -> None:
    """The same, for a connection to the provider that broke."""
    await left_open(ai, gateway, "rst_after_body")


async def edit_left_open(ai: NpmAi, gateway: Gateway) -> None:
    """A form is written anew for each try."""
    request = edit("[[standin:504]]")
    answer = await ai.draw(FLARE, **request)
    assert [one["status"] for one in answer.sent] == [504] * 3
    assert len(answer.jobs) == 1
    assert gateway.upstream.asked(request["prompt"]["text"]) == 1


async def sent_away(ai: NpmAi, gateway: Gateway, drawing_s: float = 3.5) -> None:
    """The wait of its workspace is over before the picture is there: a resend waits on."""
    body = wanted(f"[[standin:delay={drawing_s}]]")
    answer = await ai.draw(FLARE, key=gateway.keys.hasty, **body)
    assert in_base64(answer.data["images"][0]).size == SQUARE
    statuses = [one["status"] for one in answer.sent]
    assert (statuses[0], statuses[-1]) == (504, 200)
    assert len(answer.jobs) == 1
    assert gateway.upstream.asked(body["prompt"]) == 1


async def drawn_meanwhile(ai: NpmAi, gateway: Gateway) -> None:
    """The picture is there before the resend is."""
    await sent_away(ai, gateway, 1.5)


async def cut_off(ai: NpmAi, gateway: Gateway) -> None:
    """The connection breaks while the picture is drawn."""
    body = wanted("[[standin:delay=1]]")

    async def asked() -> None:
        await gateway.upstream.until_asked(body["prompt"])

    async with proxied(gateway.api, Script(at=asked)) as line:
        answer = await replace(ai, api=line.url).draw(FLARE, **body)
    assert in_base64(answer.data["images"][0]).size == SQUARE
    assert [one["status"] for one in answer.sent] == [0, 200]
    assert gateway.upstream.asked(body["prompt"]) == 1


async def test_what_it_posts_again_is_drawn_once(nodejs: Node, gateway: Gateway) -> None:
    before = await gateway.holdings()
    clients = [NpmAi(nodejs, *way, gateway.api, gateway.keys.live) for way in WAYS]
    scenarios: list[Scenario] = [
        left_open,
        cut_upstream,
        edit_left_open,
        sent_away,
        drawn_meanwhile,
        cut_off,
    ]
    await asyncio.gather(*(act(ai, gateway) for act in scenarios for ai in clients))
    after = await gateway.holdings()
    assert after.jobs - before.jobs == len(scenarios) * len(clients)
    assert after.pictures - before.pictures == 3 * len(clients)
    paid = await gateway.charged(after.jobs - before.jobs)
    assert sorted(paid)[: 3 * len(clients)] == [0] * 3 * len(clients)
    assert len(set(sorted(paid)[3 * len(clients) :])) == 1
