"""OpenAI: the exact body that is sent, and what is read from each form of answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pybase64
import pytest
from tests.providers.orders import an_order, drained
from tests.standins.faults import fault
from tests.standins.messages import Answer, Request
from tests.standins.openai import OpenAIStandIn
from tests.standins.openai_rules import MODELS
from tests.standins.pictures import drawn
from tests.standins.server import Connection, StandIn

from limner.catalog.load import load
from limner.providers.base import (
    Generated,
    Order,
    PartialImage,
    Progress,
    ProviderError,
    Scalar,
    Usage,
)
from limner.providers.http import Reply
from limner.providers.http_clients import open_client
from limner.providers.openai import OpenAIImages
from limner.providers.openai_answers import read_reply
from limner.providers.openai_fields import request_body

REPLIES = Path(__file__).parent / "replies"
PROMPT = "a paper lantern on a wet street"
GPT_IMAGES = [model for model in MODELS if not model.startswith("dall-e-")]
EVERYTHING: Mapping[str, Scalar] = {
    "quality": "high",
    "style": "natural",
    "background": "transparent",
    "output_format": "webp",
    "output_compression": 80,
    "moderation": "low",
    "user": "ada@example.org",
    "response_format": "url",
    "negative_prompt": "rain",
    "seed": 7,
    "aspect_ratio": "1:1",
    "image_size": "2K",
    "person_generation": "dont_allow",
    "input_fidelity": "high",
    "store": True,
}
"""More than any model of OpenAI's declares."""


def body(order: Order) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(request_body(order))
    return value


@pytest.mark.parametrize("model", GPT_IMAGES)
def test_a_plain_order_to_gpt_image_says_only_what_was_ordered(model: str) -> None:
    assert body(an_order(model, prompt=PROMPT)) == {
        "model": model,
        "prompt": PROMPT,
        "n": 1,
        "size": "1024x1024",
        "output_format": "png",
    }


@pytest.mark.parametrize("model", ["dall-e-2", "dall-e-3"])
def test_a_plain_order_to_dall_e_asks_for_base64(model: str) -> None:
    assert body(an_order(model, prompt=PROMPT)) == {
        "model": model,
        "prompt": PROMPT,
        "n": 1,
        "size": "1024x1024",
        "response_format": "b64_json",
    }


@pytest.mark.parametrize("model", GPT_IMAGES)
def test_gpt_image_gets_its_own_parameters_and_no_others(model: str) -> None:
    order = an_order(model, n=2, size="1536x1024", output_format="webp", params=EVERYTHING)
    assert body(order) == {
        "model": model,
        "prompt": PROMPT,
        "n": 2,
        "size": "1536x1024",
        "quality": "high",
        "background": "transparent",
        "output_format": "webp",
        "output_compression": 80,
        "moderation": "low",
        "safety_identifier": "cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d",
    }


def test_dall_e_3_gets_its_own_parameters_and_no_others() -> None:
    assert body(an_order("dall-e-3", size="1792x1024", params=EVERYTHING)) == {
        "model": "dall-e-3",
        "prompt": PROMPT,
        "n": 1,
        "size": "1792x1024",
        "quality": "high",
        "style": "natural",
        "user": "ada@example.org",
        "response_format": "b64_json",
    }


def test_dall_e_2_gets_its_own_parameters_and_no_others() -> None:
    assert body(an_order("dall-e-2", n=3, size="512x512", params=EVERYTHING)) == {
        "model": "dall-e-2",
        "prompt": PROMPT,
        "n": 3,
        "size": "512x512",
        "quality": "high",
        "user": "ada@example.org",
        "response_format": "b64_json",
    }


def test_a_size_left_open_is_sent_as_it_was_ordered() -> None:
    assert body(an_order(params={"size": "auto"}))["size"] == "auto"


def test_an_identifier_of_the_caller_s_own_wins_over_a_hashed_user() -> None:
    told = body(an_order(params={"user": "ada", "safety_identifier": "u-17"}))
    assert told["safety_identifier"] == "u-17"
    assert "user" not in told
    assert "safety_identifier" not in body(an_order(params={"user": ""}))


@pytest.mark.parametrize("model", GPT_IMAGES)
def test_previews_of_one_picture_are_streamed(model: str) -> None:
    told = body(an_order(model, partial_images=2))
    assert (told["stream"], told["partial_images"]) == (True, 2)


@pytest.mark.parametrize(("model", "n"), [("gpt-image-2", 2), ("dall-e-3", 1), ("dall-e-2", 2)])
def test_what_cannot_be_streamed_is_ordered_whole(model: str, n: int) -> None:
    told = body(an_order(model, n=n, partial_images=2))
    assert not told.keys() & {"stream", "partial_images"}


def test_every_openai_model_of_the_catalog_speaks_a_wire_the_upstream_takes() -> None:
    ours = {
        deployment.upstream_model
        for model in load().models.values()
        for deployment in model.deployments
        if deployment.provider == "openai"
    }
    assert ours <= MODELS.keys()


def reply(case: str) -> Reply:
    return Reply(200, {"x-request-id": "req_1"}, (REPLIES / f"openai_{case}.json").read_bytes())


def kinds(generated: Generated) -> list[bytes]:
    """The first bytes of each picture, by which formats are known."""
    return [pybase64.b64decode(image.data)[:4] for image in generated.images]


def test_an_answer_of_gpt_image_2_5() -> None:
    generated = read_reply(reply("gpt_image_2_5"), an_order())
    assert kinds(generated) == [b"RIFF"]
    assert generated.images[0].encoding == "base64"
    assert generated.usage == Usage(text_in=15, image_out=439)
    assert generated.provider_request_id == "req_1"
    assert generated.resolved == {"size": "1024x1024", "quality": "medium", "background": "opaque"}


def test_tokens_are_read_into_the_buckets_they_are_billed_in() -> None:
    generated = read_reply(reply("gpt_image_1_5"), an_order(n=2))
    assert generated.usage == Usage(text_in=17, image_in=323, text_out=64, image_out=12416)
    assert generated.usage.total == 12820


def test_tokens_without_a_split_are_prompt_and_picture() -> None:
    generated = read_reply(reply("gpt_image_1"), an_order())
    assert generated.usage == Usage(text_in=12, image_out=272)
    assert generated.resolved == {}


@pytest.mark.parametrize(
    ("read", "usage"),
    [
        ({"cached_tokens": 12}, Usage(text_in=5, image_in=323, text_in_cached=12)),
        (
            {"cached_tokens": 120},
            Usage(image_in=220, text_in_cached=17, image_in_cached=103),
        ),
        (
            {"cached_tokens": 80, "cached_tokens_details": {"text_tokens": 10, "image_tokens": 70}},
            Usage(text_in=7, image_in=253, text_in_cached=10, image_in_cached=70),
        ),
        ({"cached_tokens": 10**9}, Usage(text_in_cached=17, image_in_cached=323)),
        ({"cached_tokens": -5}, Usage(text_in=17, image_in=323)),
        ({"cached_tokens": None}, Usage(text_in=17, image_in=323)),
    ],
)
def test_tokens_that_had_been_read_before_have_buckets_of_their_own(
    read: dict[str, Any], usage: Usage
) -> None:
    answer = json.loads(reply("gpt_image_1_5").body)
    answer["usage"]["input_tokens_details"] |= read
    generated = read_reply(Reply(200, {}, json.dumps(answer).encode()), an_order(n=2))
    assert generated.usage == replace(usage, text_out=64, image_out=12416)
    assert generated.usage.total == 12820


def test_tokens_read_before_are_of_the_prompt_where_nothing_is_split() -> None:
    answer = json.loads(reply("gpt_image_1").body)
    answer["usage"]["input_tokens_details"] = {"cached_tokens": 8}
    generated = read_reply(Reply(200, {}, json.dumps(answer).encode()), an_order())
    assert generated.usage == Usage(text_in=4, image_out=272, text_in_cached=8)


def test_dall_e_3_tells_the_prompt_it_drew() -> None:
    generated = read_reply(reply("dall_e_3"), an_order("dall-e-3"))
    assert kinds(generated) == [b"\x89PNG"]
    assert generated.images[0].revised_prompt == (
        "A quiet street after rain, a paper lantern glowing “like honey” above the wet stones."
    )
    assert generated.usage is None


def test_pictures_keep_their_order() -> None:
    generated = read_reply(reply("dall_e_2"), an_order("dall-e-2", n=2))
    listed = json.loads((REPLIES / "openai_dall_e_2.json").read_bytes())["data"]
    assert [bytes(image.data).decode() for image in generated.images] == [
        item["b64_json"] for item in listed
    ]
    assert [image.revised_prompt for image in generated.images] == [None, None]


def test_more_pictures_than_ordered_are_left_out() -> None:
    assert len(read_reply(reply("gpt_image_1_5"), an_order(n=1)).images) == 1


def test_a_missing_picture_makes_the_answer_shorter() -> None:
    assert len(read_reply(reply("one_missing"), an_order(n=3)).images) == 2


def test_a_link_is_no_picture_and_is_not_shown() -> None:
    with pytest.raises(ProviderError) as caught:
        read_reply(reply("links_only"), an_order("dall-e-3"))
    assert caught.value.outcome == "ran"
    assert "pictures.example" not in f"{caught.value} {caught.value.detail}"


def test_a_request_id_that_is_none_is_left_out() -> None:
    told = Reply(200, {"x-request-id": "<script>"}, reply("dall_e_2").body)
    assert read_reply(told, an_order(n=2)).provider_request_id is None


@pytest.fixture
async def standin() -> AsyncIterator[OpenAIStandIn]:
    async with OpenAIStandIn() as running:
        yield running


@pytest.fixture
async def openai(standin: OpenAIStandIn) -> AsyncIterator[OpenAIImages]:
    provider = OpenAIImages(
        open_client(), base_url=f"{standin.base_url}/", api_key="sk-canary-1f7e"
    )
    yield provider
    await provider.aclose()


async def generated_by(provider: OpenAIImages, order: Order) -> Generated:
    last = (await drained(provider.run(order)))[-1]
    assert isinstance(last, Generated)
    return last


async def test_the_key_travels_in_its_header_only(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    await generated_by(openai, an_order())
    sent = standin.requests[0]
    assert (sent.method, sent.path) == ("POST", "/v1/images/generations")
    assert sent.headers.pop("authorization") == "Bearer sk-canary-1f7e"
    assert sent.headers["content-type"] == "application/json"
    assert "sk-canary" not in f"{sent.headers} {sent.path} {sent.body!r}"


@pytest.mark.parametrize("model", list(MODELS))
async def test_every_model_draws(standin: OpenAIStandIn, openai: OpenAIImages, model: str) -> None:
    generated = await generated_by(openai, an_order(model))
    picture = pybase64.b64decode(generated.images[0].data, validate=True)
    assert picture == drawn(1024, 1024, "png", 0)
    assert generated.provider_request_id == "req_gen_1"
    assert json.loads(standin.requests[0].body) == body(an_order(model))


async def test_a_large_picture_is_read_as_it_was_sent(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    standin.least = 3_000_000
    generated = await generated_by(openai, an_order(n=2))
    pictures = [pybase64.b64decode(image.data, validate=True) for image in generated.images]
    assert pictures == [drawn(1024, 1024, "png", number, 3_000_000) for number in range(2)]


@pytest.mark.parametrize("previews", [1, 2, 3])
async def test_previews_come_in_order_and_then_the_picture(
    standin: OpenAIStandIn, openai: OpenAIImages, previews: int
) -> None:
    events = await drained(openai.run(an_order(partial_images=previews, output_format="webp")))
    partials = [event for event in events if isinstance(event, PartialImage)]
    done = [event.done for event in events if isinstance(event, Progress)]
    last = events[-1]
    assert isinstance(last, Generated)
    assert [partial.index for partial in partials] == list(range(previews))
    assert {partial.content_type for partial in partials} == {"image/webp"}
    assert done == [(index + 1) / (previews + 1) for index in range(previews)]
    images = [*(partial.image for partial in partials), *last.images]
    pictures = [pybase64.b64decode(image.data) for image in images]
    assert pictures == [drawn(1024, 1024, "webp", number) for number in range(previews + 1)]
    assert last.usage == Usage(text_in=13, image_out=439 + 100 * previews)
    assert last.resolved["quality"] == "medium"
    assert len(standin.asked) == 1


async def test_several_pictures_with_previews_are_a_call_each_and_say_which_one_they_show(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    events = await drained(openai.run(an_order(n=3, partial_images=2)))
    partials = [event for event in events if isinstance(event, PartialImage)]
    shown = sorted((partial.picture, partial.index) for partial in partials)
    assert shown == [(picture, index) for picture in range(3) for index in range(2)]
    last = events[-1]
    assert isinstance(last, Generated)
    assert len(last.images) == 3
    assert last.usage == Usage(text_in=3 * 13, image_out=3 * (439 + 200))
    for sent in standin.requests:
        told = json.loads(sent.body)
        assert (told["n"], told["stream"], told["partial_images"]) == (1, True, 2)


async def test_one_of_several_previewed_pictures_may_fail_alone(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    standin.script(fault("stream_policy"))
    events = await drained(openai.run(an_order(n=3, partial_images=1)))
    last = events[-1]
    assert isinstance(last, Generated)
    assert (len(last.images), last.lost) == (2, 0)
    assert "refused the prompt" in last.warnings[0]


class Streaming(StandIn):
    """Answers every order with the same stream."""

    def __init__(self, *chunks: bytes, content_type: str = "text/event-stream") -> None:
        super().__init__()
        self.chunks, self.content_type = chunks, content_type

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        return Answer(200, b"", {"content-type": self.content_type}, self._events())

    async def _events(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk


PARTIAL = (
    b'data: {"type":"image_generation.partial_image","b64_json":"QUJD","partial_image_index":0}\n\n'
)
COMPLETED = b'data: {"type":"image_generation.completed","b64_json":"REVG"}\n\n'
DONE = b"data: [DONE]\n\n"


async def streamed(*chunks: bytes, content_type: str = "text/event-stream") -> list[Any]:
    async with Streaming(*chunks, content_type=content_type) as standin:
        provider = OpenAIImages(open_client(), base_url=standin.url, api_key="sk-canary-1f7e")
        try:
            return await drained(provider.run(an_order(partial_images=1)))
        finally:
            await provider.aclose()


@pytest.mark.parametrize(
    "chunks",
    [
        (COMPLETED,),
        (COMPLETED, DONE),
        (PARTIAL, COMPLETED, DONE),
        (b": keep-alive\n\n", PARTIAL, b"event: image_generation.completed\n", COMPLETED),
        (PARTIAL, b'data: {"type":"image_generation.of_later"}\n\n', COMPLETED),
        (COMPLETED.replace(b"\n", b"\r\n"),),
        (COMPLETED[:-2],),
        (COMPLETED[:20], COMPLETED[20:]),
    ],
)
async def test_a_stream_ends_with_its_picture(chunks: tuple[bytes, ...]) -> None:
    events = await streamed(*chunks)
    assert bytes(events[-1].images[0].data) == b"REVG"
    assert sum(isinstance(event, Generated) for event in events) == 1


@pytest.mark.parametrize("chunks", [(), (PARTIAL,), (PARTIAL, DONE), (DONE, COMPLETED)])
async def test_a_stream_without_its_picture_leaves_the_outcome_open(
    chunks: tuple[bytes, ...],
) -> None:
    with pytest.raises(ProviderError) as caught:
        await streamed(*chunks)
    assert caught.value.outcome == "unknown"


@pytest.mark.parametrize(
    "chunk",
    [
        b'data: {"type":"image_generation.completed"}\n\n',
        b'data: {"type":"image_generation.completed","b64_json":""}\n\n',
    ],
)
async def test_a_stream_that_is_complete_without_its_picture_was_refused(chunk: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        await streamed(PARTIAL, chunk)
    assert (caught.value.outcome, caught.value.reason) == ("ran", "content_policy_violation")


@pytest.mark.parametrize("chunk", [b'data: {"type":"image_gene\n\n', b"data: <html>\n\n"])
async def test_an_event_that_should_hold_a_picture_and_does_not_has_run(chunk: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        await streamed(PARTIAL, chunk)
    assert (caught.value.outcome, caught.value.reason) == ("ran", "provider_error")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"data":[]}', "content_policy_violation"),
        (b'{"data":[{},{"b64_json":""}]}', "content_policy_violation"),
        (b'{"data":[{"url":"https://x"}]}', "provider_error"),
        (b'{"created":1}', "provider_error"),
        (b'{"error":{"message":"no","code":"moderation_blocked"}}', "content_policy_violation"),
        (b'{"error":{"message":"no","code":"server_error"}}', "provider_error"),
    ],
)
def test_a_success_without_any_picture_is_a_refusal(body: bytes, reason: str) -> None:
    with pytest.raises(ProviderError) as caught:
        read_reply(Reply(200, {}, body), an_order(n=2))
    assert (caught.value.outcome, caught.value.reason) == ("ran", reason)


async def test_a_json_answer_to_a_wanted_stream_is_read_as_one() -> None:
    whole = (REPLIES / "openai_gpt_image_2_5.json").read_bytes()
    events = await streamed(whole[:50], whole[50:], content_type="application/json")
    assert [type(event) for event in events] == [Generated]
    assert kinds(events[0]) == [b"RIFF"]


async def test_a_preview_of_a_format_nobody_can_order_is_named_as_ordered() -> None:
    odd = PARTIAL.replace(b'"b64_json"', b'"output_format":"svg+xml","b64_json"')
    partial = (await streamed(odd, COMPLETED))[0]
    assert partial.content_type == "image/png"


async def test_whoever_leaves_a_stream_closes_its_connection(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    standin.latency_s = 0.3
    async with aclosing(openai.run(an_order(partial_images=2))) as events:
        assert isinstance(await anext(events), PartialImage)
    async with asyncio.timeout(5):
        await standin.until_left()
