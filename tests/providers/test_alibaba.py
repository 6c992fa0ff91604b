"""Alibaba: the exact body on each wire, what is read from each form of answer, tasks that go on."""

import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from tests.providers.given import an_edit
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY, everything_told
from tests.sketch.files import file_of, flat
from tests.standins.alibaba import AlibabaStandIn
from tests.standins.alibaba_rules import MODELS, OLD_TASK, SYNC, TASK
from tests.standins.faults import fault

from limner.catalog.load import load
from limner.errors import ConfigError
from limner.providers.alibaba import AlibabaImages
from limner.providers.alibaba_answers import task_so_far
from limner.providers.alibaba_check import knows_no_such_task
from limner.providers.alibaba_fields import PROTOCOLS, messages_body, prompt_body
from limner.providers.alibaba_regions import SHARED, address_of
from limner.providers.base import (
    Accepted,
    Generated,
    Order,
    Progress,
    ProviderError,
    Scalar,
    TaskGone,
)
from limner.providers.http import Reply
from limner.providers.http_clients import open_client
from limner.providers.registry import KINDS, checked_options
from limner.providers.result_links import ResultLinks

PROMPT = "a paper lantern on a wet street"
EVERYTHING: Mapping[str, Scalar] = {
    "size": "1536x1024",
    "aspect_ratio": "3:2",
    "image_size": "1K",
    "negative_prompt": "rain",
    "prompt_extend": True,
    "watermark": False,
    "seed": 7,
    "enable_thinking": True,
    "prompt_extend_mode": "agent",
    "thinking_mode": False,
    "quality": "high",
    "style": "natural",
    "background": "transparent",
    "output_format": "webp",
    "output_compression": 80,
    "moderation": "low",
    "response_format": "url",
    "user": "ada@example.org",
    "person_generation": "dont_allow",
    "input_fidelity": "high",
    "store": True,
}
"""More than any model of Alibaba's declares."""


def parsed(body: bytes) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(body)
    return value


def test_the_newer_wires_say_everything_in_a_message_and_parameters() -> None:
    order = an_order("qwen-image-3.0", n=2, prompt=PROMPT, params=EVERYTHING)
    assert parsed(messages_body(order)) == {
        "model": "qwen-image-3.0",
        "input": {"messages": [{"role": "user", "content": [{"text": PROMPT}]}]},
        "parameters": {
            "size": "1536*1024",
            "n": 2,
            "negative_prompt": "rain",
            "prompt_extend": True,
            "watermark": False,
            "seed": 7,
            "enable_thinking": True,
            "prompt_extend_mode": "agent",
            "thinking_mode": False,
        },
    }


def test_the_older_wire_says_beside_the_prompt_what_is_not_wanted() -> None:
    params = {name: EVERYTHING[name] for name in ("negative_prompt", "watermark", "seed")}
    order = an_order("qwen-image-plus", size="1664x928", prompt=PROMPT, params=params)
    assert parsed(prompt_body(order)) == {
        "model": "qwen-image-plus",
        "input": {"prompt": PROMPT, "negative_prompt": "rain"},
        "parameters": {"size": "1664*928", "n": 1, "watermark": False, "seed": 7},
    }


@pytest.mark.parametrize("body", [messages_body, prompt_body])
def test_a_plain_order_says_how_many_because_wan_would_draw_four(body: Any) -> None:
    told = parsed(body(an_order("wan2.6-t2i", size="1280x1280")))
    assert told["parameters"] == {"size": "1280*1280", "n": 1}


@pytest.mark.parametrize("extend", [False, None])
def test_what_belongs_to_rewriting_is_not_sent_without_it(extend: bool | None) -> None:
    params = dict(EVERYTHING) | ({} if extend is None else {"prompt_extend": extend})
    if extend is None:
        del params["prompt_extend"]
    told = parsed(messages_body(an_order("qwen-image-3.0", params=params)))["parameters"]
    assert not told.keys() & {"enable_thinking", "prompt_extend_mode"}
    assert told.get("prompt_extend") is extend


@pytest.mark.parametrize(
    ("model", "params", "said"),
    [
        ("qwen-image-3.0", {"size": "auto"}, None),
        ("qwen-image-3.0", {"image_size": "1K"}, "1024*1024"),
        ("wan2.7-image", {"image_size": "2K"}, "2K"),
        ("wan2.7-image", {"size": "auto", "image_size": "2K"}, "2K"),
        ("wan2.7-image", {"size": "2048x2048", "image_size": "2K"}, "2048*2048"),
        ("wan2.7-image", {"aspect_ratio": "1:1", "image_size": "1K"}, "1024*1024"),
        ("wan2.7-image", {"size": "auto"}, None),
    ],
)
def test_a_size_is_pixels_a_tier_or_left_open(
    model: str, params: dict[str, Scalar], said: str | None
) -> None:
    told = parsed(messages_body(an_order(model, params=params)))
    assert told["parameters"].get("size") == said


def test_pictures_stand_before_the_words_in_their_order() -> None:
    jpeg = file_of(Image.new("RGB", (64, 48)), "JPEG")
    order = an_edit(flat(), jpeg, model="qwen-image-3.0", prompt="make it night")
    content = parsed(messages_body(order))["input"]["messages"][0]["content"]
    assert [part.get("image", "").partition(",")[0] for part in content[:2]] == [
        "data:image/png;base64",
        "data:image/jpeg;base64",
    ]
    assert content[2:] == [{"text": "make it night"}]


def test_every_alibaba_model_of_the_catalog_says_what_its_upstream_takes() -> None:
    seen = 0
    for model in load().models.values():
        for place in model.deployments:
            if place.provider != "alibaba":
                continue
            rules, seen = MODELS[place.upstream_model], seen + 1
            assert PROTOCOLS[place.protocol].path in rules.paths, model.slug
            assert model.n.upstream_max == rules.most, model.slug
            assert model.capabilities.max_reference_images == rules.sources, model.slug
            native = {name for name, param in model.params.items() if param.met == "native"}
            assert native - {"image_size"} <= rules.parameters, model.slug
            assert rules.parameters - {"size", "n"} <= native, model.slug
    assert seen == len(MODELS)


@pytest.fixture
async def standin() -> AsyncIterator[AlibabaStandIn]:
    async with AlibabaStandIn() as running:
        yield running


@pytest.fixture
async def alibaba(standin: AlibabaStandIn) -> AsyncIterator[AlibabaImages]:
    provider = AlibabaImages(open_client(), base_url=standin.base_url, api_key=KEY)
    yield provider
    await provider.aclose()


def a_task(n: int = 1, model: str = "wan2.2-t2i-plus", **params: Scalar) -> Order:
    return replace(an_order(model, n=n, params=params), protocol="async_text2image")


async def drew(provider: AlibabaImages, order: Order) -> Generated:
    last = (await drained(provider.run(order)))[-1]
    assert isinstance(last, Generated)
    return last


@pytest.mark.parametrize("in_parts", [True, False])
async def test_pictures_come_as_choices_or_as_parts_of_one(
    standin: AlibabaStandIn, alibaba: AlibabaImages, in_parts: bool
) -> None:
    standin.in_parts = in_parts
    told = await drew(alibaba, an_order("qwen-image-3.0", n=3))
    assert len({bytes(image.data) for image in told.images}) == 3
    assert {image.encoding for image in told.images} == {"raw"}
    assert told.provider_request_id == "r2-standin"
    (sent, *fetched) = standin.requests
    assert (sent.method, sent.path) == ("POST", SYNC)
    assert "x-dashscope-async" not in sent.headers
    assert all("authorization" not in one.headers for one in fetched)


async def test_z_image_tells_the_prompt_it_drew_and_not_its_thoughts(
    alibaba: AlibabaImages,
) -> None:
    (image,) = (await drew(alibaba, an_order("z-image-turbo", params={"seed": 7}))).images
    assert (image.revised_prompt, image.seed) == ("A glow", 7)


async def test_an_edit_keeps_the_shape_of_its_picture_where_the_size_is_open(
    alibaba: AlibabaImages,
) -> None:
    wide = file_of(Image.new("RGB", (200, 100)))
    told = await drew(alibaba, an_edit(wide, model="qwen-image-2.0", params={"size": "auto"}))
    with Image.open(io.BytesIO(told.images[0].data)) as image:
        assert image.width > image.height


@pytest.mark.parametrize(
    ("protocol", "model", "path"),
    [
        ("async_text2image", "wan2.2-t2i-plus", OLD_TASK),
        ("async_multimodal", "wan2.7-image", TASK),
    ],
)
async def test_a_task_is_told_before_its_pictures_and_asked_for_until_it_has_ended(
    standin: AlibabaStandIn, alibaba: AlibabaImages, protocol: str, model: str, path: str
) -> None:
    standin.latency_s = 0.6
    events = await drained(alibaba.run(replace(an_order(model, n=2), protocol=protocol)))
    assert events[0] == Accepted('["task-1"]')
    assert [event.done for event in events if isinstance(event, Progress)] == [0.5]
    last = events[-1]
    assert isinstance(last, Generated)
    assert len(last.images) == 2
    sent = standin.requests[0]
    assert (sent.path, sent.headers["x-dashscope-async"]) == (path, "enable")
    assert len(standin.asked) == len(standin.completed) == 1


async def test_pictures_refused_one_by_one_are_missing_and_said(
    standin: AlibabaStandIn, alibaba: AlibabaImages
) -> None:
    standin.refused = frozenset({1})
    told = await drew(alibaba, a_task(n=3))
    assert [image.revised_prompt for image in told.images] == ["A glow"] * 2
    assert told.lost == 0
    assert told.warnings == (
        "a picture was not made: alibaba refused the prompt or its picture for its content",
    )
    standin.refused = frozenset({0, 1, 2})
    with pytest.raises(ProviderError) as caught:
        await drew(alibaba, a_task(n=3))
    assert (caught.value.outcome, caught.value.reason) == ("ran", "content_policy_violation")


async def test_a_link_that_brings_nothing_is_a_picture_lost(
    standin: AlibabaStandIn, alibaba: AlibabaImages
) -> None:
    standin.gone = frozenset({1})
    told = await drew(alibaba, an_order("qwen-image-3.0", n=3))
    assert (len(told.images), told.lost) == (2, 1)
    standin.gone = frozenset({0})
    with pytest.raises(ProviderError) as caught:
        await drew(alibaba, an_order("qwen-image-3.0"))
    assert caught.value.outcome == "ran"


async def test_what_was_accepted_is_asked_for_again_and_never_ordered_anew(
    standin: AlibabaStandIn, alibaba: AlibabaImages
) -> None:
    order = replace(a_task(n=3, seed=5), per_call=2)
    events = await drained(alibaba.run(order))
    tasks = [event.task for event in events if isinstance(event, Accepted)][-1]
    assert tasks is not None
    again = await drained(alibaba.resume(replace(order, prompt=""), tasks))
    assert isinstance(again[-1], Generated)
    assert isinstance(events[-1], Generated)
    pictures = [bytes(image.data) for image in again[-1].images]
    assert pictures == [bytes(image.data) for image in events[-1].images]
    assert len(standin.asked) == 2


@pytest.mark.parametrize(
    "kind", ["429", "500", "502", "403", "rst_after_body", "html", "bad_json", "fin_mid_answer"]
)
async def test_a_question_without_an_answer_is_asked_again_while_there_is_time(
    standin: AlibabaStandIn, alibaba: AlibabaImages, kind: str
) -> None:
    standin.trouble("asked", fault(kind))
    told = await drew(alibaba, a_task(n=2))
    assert len(told.images) == 2
    assert len(standin.questions()) == 2
    assert len(standin.asked) == 1


async def test_a_task_that_cannot_be_asked_for_in_time_stays_open(
    standin: AlibabaStandIn, alibaba: AlibabaImages
) -> None:
    standin.trouble("asked", fault("502"), times=20)
    with pytest.raises(ProviderError) as caught:
        await drained(alibaba.run(replace(a_task(), timeout_s=0.8)))
    assert caught.value.outcome == "unknown"
    assert not isinstance(caught.value, TaskGone)
    standin.quiet()
    assert isinstance((await drained(alibaba.resume(a_task(), '["task-1"]')))[-1], Generated)
    assert len(standin.asked) == 1


async def test_a_host_that_is_away_while_a_task_works_leaves_it_open(
    standin: AlibabaStandIn, alibaba: AlibabaImages
) -> None:
    events = alibaba.run(replace(a_task(), timeout_s=0.8))
    assert isinstance(await anext(events), Accepted)
    async with standin.refusing():
        with pytest.raises(ProviderError) as caught:
            await drained(events)
    assert caught.value.outcome == "unknown"


async def test_a_task_nobody_knows_any_more_is_gone(alibaba: AlibabaImages) -> None:
    with pytest.raises(TaskGone):
        await drained(alibaba.resume(a_task(), '["task-9"]'))


@pytest.mark.parametrize(
    ("ends", "code", "reason"),
    [
        ("FAILED", "DataInspectionFailed", "content_policy_violation"),
        ("FAILED", "InternalError.Algo", "provider_error"),
        ("FAILED", "InvalidParameter", "bad_parameter"),
        ("FAILED", "Arrearage", "provider_account"),
        ("FAILED", "Throttling.RateQuota", "capacity"),
        ("FAILED", "of_later", "provider_error"),
        ("CANCELED", "", "provider_error"),
    ],
)
async def test_a_task_that_failed_has_run_whatever_its_code(
    standin: AlibabaStandIn, alibaba: AlibabaImages, ends: str, code: str, reason: str
) -> None:
    standin.ends.append(ends)
    standin.code = code
    with pytest.raises(ProviderError) as caught:
        await drained(alibaba.run(a_task()))
    assert (caught.value.outcome, caught.value.reason) == ("ran", reason)


@pytest.mark.parametrize(
    ("status", "done"),
    [("PENDING", 0.05), ("SUSPENDED", 0.05), ("RUNNING", 0.5), ("OF_LATER", 0.05)],
)
async def test_a_task_that_has_not_ended_goes_on(status: str, done: float) -> None:
    reply = Reply(200, {}, json.dumps({"output": {"task_status": status}}).encode())
    told = await task_so_far(reply, a_task(), ResultLinks(open_client(), "http://127.0.0.1:9"))
    assert told == Progress(done, estimated=True)


async def test_a_picture_is_not_edited_by_a_wire_that_takes_none(
    standin: AlibabaStandIn, alibaba: AlibabaImages
) -> None:
    order = replace(an_edit(model="qwen-image-plus"), protocol="async_text2image")
    with pytest.raises(ProviderError, match="edits nothing") as caught:
        await drained(alibaba.run(order))
    assert caught.value.outcome == "known_not_run"
    with pytest.raises(ProviderError, match="no protocol named 'telex'"):
        await drained(alibaba.run(replace(order, protocol="telex")))
    assert standin.log == []


async def test_a_check_asks_for_a_task_that_never_was(
    standin: AlibabaStandIn, alibaba: AlibabaImages
) -> None:
    assert await alibaba.check() == "alibaba accepts the key"
    assert [sent.method for sent in standin.requests] == ["GET"]
    assert standin.asked == []


@pytest.mark.parametrize(
    ("kind", "said", "reason"),
    [
        ("401", "belongs to one region", "provider_account"),
        ("403", "lets it do nothing", "provider_account"),
        ("400_billing", "no money or no quota left", "provider_account"),
        ("429", "turning requests away", "capacity"),
        ("500", "HTTP 500", "provider_error"),
        ("html", "not as alibaba does", "provider_error"),
        ("no_data", "not as alibaba does", "provider_error"),
        ("rst_after_body", "cannot be reached", "provider_error"),
    ],
)
async def test_a_check_that_fails_says_why_in_plain_words(
    standin: AlibabaStandIn, alibaba: AlibabaImages, kind: str, said: str, reason: str
) -> None:
    standin.script(fault(kind))
    with pytest.raises(ProviderError, match=said) as caught:
        await alibaba.check()
    assert (caught.value.outcome, caught.value.reason) == ("known_not_run", reason)
    assert KEY not in everything_told(caught.value)


def test_a_refusal_of_the_task_alone_is_a_good_key_too() -> None:
    for status, code, good in [
        (404, "NotFound", True),
        (400, "InvalidParameter", True),
        (401, "InvalidApiKey", False),
        (400, "Arrearage", False),
    ]:
        body = json.dumps({"code": code, "message": "no", "request_id": "r"}).encode()
        assert knows_no_such_task(Reply(status, {}, body)) is good
    assert not knows_no_such_task(Reply(404, {}, b"<html>"))


HOME = KINDS["alibaba"].base_url
OWN = "https://images.internal"


@pytest.mark.parametrize(
    ("base_url", "region", "workspace", "host"),
    [
        (HOME, "", "", "https://dashscope-intl.aliyuncs.com"),
        (HOME, "cn-beijing", "", "https://dashscope.aliyuncs.com"),
        (HOME, "us-east-1", "", "https://dashscope-us.aliyuncs.com"),
        (HOME, "", "ws_1", "https://ws_1.ap-southeast-1.maas.aliyuncs.com"),
        (HOME, "eu-central-1", "ws", "https://ws.eu-central-1.maas.aliyuncs.com"),
        (OWN, "", "", OWN),
    ],
)
def test_a_region_and_a_workspace_say_the_host(
    base_url: str, region: str, workspace: str, host: str
) -> None:
    assert address_of(base_url, region, workspace) == host


@pytest.mark.parametrize(
    ("base_url", "region", "workspace", "said"),
    [
        (HOME, "eu-central-1", "", "say yours too, as the option workspace"),
        (OWN, "cn-beijing", "", "not both"),
        (OWN, "", "ws", "not both"),
    ],
)
def test_a_host_said_twice_or_not_at_all_is_refused(
    base_url: str, region: str, workspace: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        address_of(base_url, region, workspace)


def test_options_that_are_no_region_and_no_host_s_name_are_refused() -> None:
    for region in SHARED:
        assert checked_options("alibaba", {"region": region})["region"] == region
    for wrong in ({"region": "mars"}, {"workspace": "a.b/c"}, {"workspace": "x@evil.test#"}):
        with pytest.raises(ConfigError, match="does not fit"):
            checked_options("alibaba", wrong)
