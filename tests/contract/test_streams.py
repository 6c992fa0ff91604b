"""Streams as the public clients read them: OpenAI's by its own method, Infery's by its parser."""

from collections.abc import Iterator
from typing import Any

import httpx
import openai as sdk
import pytest
from infery._core.sse import parse_json_lines
from tests.contract.clients import Client
from tests.contract.gateway import Gateway
from tests.contract.pictures import behind, in_base64

FLARE = "gpt-image-2-5-flare"
SQUARE = "1024x1024"
PREVIEW, PICTURE = "image_generation.partial_image", "image_generation.completed"
WANTED = {"model": FLARE, "prompt": "a wren", "size": SQUARE, "quality": "low", "stream": True}


async def read(stream: Any, client: Client) -> list[Any]:
    """All events of the client's stream, in either of its manners."""
    return list(stream) if client.manner == "sync" else [event async for event in stream]


async def balance(gateway: Gateway) -> float:
    headers = {"authorization": f"Bearer {gateway.keys.live}"}
    async with httpx.AsyncClient(headers=headers) as http:
        credits: dict[str, Any] = (await http.get(f"{gateway.api}/credits")).json()
    assert credits["held"] == 0
    return float(credits["balance"])


async def test_the_openai_client_sees_previews_and_the_picture(
    openai: Client, gateway: Gateway
) -> None:
    before = await balance(gateway)
    stream = await openai.call("images.generate", **WANTED, partial_images=2)
    events = await read(stream, openai)
    kinds = [event.type for event in events if event.type != "progress"]
    assert kinds == [PREVIEW, PREVIEW, PICTURE, "completed"]
    previews = [event for event in events if event.type == PREVIEW]
    assert [event.partial_image_index for event in previews] == [0, 1]
    assert [in_base64(event).size for event in previews] == [SQUARE, SQUARE]
    (picture,) = (event for event in events if event.type == PICTURE)
    assert in_base64(picture).size == picture.size == SQUARE
    assert (picture.quality, picture.background) == ("low", "opaque")
    assert picture.usage.total_tokens == picture.usage.input_tokens + picture.usage.output_tokens
    last = events[-1]
    assert (await behind(last.data[0]["url"])) == in_base64(picture)
    assert before - await balance(gateway) == pytest.approx(last.credits_used)
    assert last.credits_used > 0


async def test_the_openai_client_raises_what_ends_a_stream_badly(
    openai: Client, gateway: Gateway
) -> None:
    before = await balance(gateway)
    wanted = WANTED | {"prompt": "[[standin:400_policy]]"}
    stream = await openai.call("images.generate", **wanted)
    with pytest.raises(sdk.APIError, match="nothing was charged") as caught:
        await read(stream, openai)
    assert caught.value.code == "content_policy_violation"
    assert await balance(gateway) == before


async def test_the_openai_client_is_refused_before_the_stream_as_ever(openai: Client) -> None:
    for fields, param in (({"n": 99}, "n"), ({"partial_images": 4}, "partial_images")):
        with pytest.raises(sdk.BadRequestError) as caught:
            await openai.call("images.generate", **(WANTED | fields))
        assert caught.value.param == param


def lines(gateway: Gateway, **wanted: Any) -> Iterator[str]:
    headers = {"authorization": f"Bearer {gateway.keys.live}", "accept": "text/event-stream"}
    body = {name: value for name, value in (WANTED | wanted).items() if name != "stream"}
    with (
        httpx.Client(headers=headers, timeout=60) as http,
        http.stream("POST", f"{gateway.api}/images/generations?stream=true", json=body) as answer,
    ):
        assert answer.status_code == 200
        yield from answer.iter_lines()


def test_the_infery_parser_reads_a_stream_to_its_end(gateway: Gateway) -> None:
    first, *_, last = parse_json_lines(lines(gateway, partial_images=1))
    assert (first["type"], first["status"], first["progress"]) == ("progress", "queued", 0)
    assert last["type"] == "completed"
    assert {"created", "data", "credits_used", "model"} <= last.keys()
    assert last["credits_used"] > 0


def test_the_infery_parser_reads_a_failure_to_its_end(gateway: Gateway) -> None:
    *before, last = parse_json_lines(lines(gateway, prompt="[[standin:500]]"))
    assert not any(event.get("error") for event in before)
    assert last["type"] == "error"
    assert (last["error"]["status"], last["error"]["code"]) == (502, "provider_error")
