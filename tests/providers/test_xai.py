"""xAI: the exact body that is sent, what is read from each form of answer, what a check says."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from tests.providers.given import an_edit
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY, everything_told
from tests.sketch.files import file_of, flat, hole
from tests.standins.faults import fault
from tests.standins.xai import XaiStandIn
from tests.standins.xai_rules import MODELS

from limner.catalog.load import load
from limner.providers.base import Generated, Order, ProviderError, Scalar, Usage
from limner.providers.http import Reply
from limner.providers.http_clients import open_client
from limner.providers.xai import XaiImages
from limner.providers.xai_answers import read_reply
from limner.providers.xai_fields import request_body

PROMPT = "a paper lantern on a wet street"
NEWEST, FIRST = "grok-imagine-image-2.0", "grok-imagine-image"
EVERYTHING: Mapping[str, Scalar] = {
    "size": "1792x1024",
    "aspect_ratio": "16:9",
    "image_size": "2K",
    "quality": "medium",
    "user": "ada@example.org",
    "style": "natural",
    "background": "transparent",
    "output_format": "webp",
    "output_compression": 80,
    "moderation": "low",
    "response_format": "url",
    "negative_prompt": "rain",
    "seed": 7,
    "person_generation": "dont_allow",
    "input_fidelity": "high",
    "store": True,
}
"""More than any model of xAI's declares."""
USER = hashlib.sha256(b"ada@example.org").hexdigest()


def body(order: Order) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(request_body(order))
    return value


@pytest.mark.parametrize("model", [NEWEST, FIRST])
def test_a_plain_order_says_its_shape_and_asks_for_base64(model: str) -> None:
    assert body(an_order(model, n=3, prompt=PROMPT)) == {
        "model": model,
        "prompt": PROMPT,
        "n": 3,
        "response_format": "b64_json",
        "aspect_ratio": "auto",
        "resolution": "1k",
    }


def test_what_is_declared_is_sent_in_xai_s_words_and_nothing_else() -> None:
    assert body(an_order(NEWEST, params=EVERYTHING)) == {
        "model": NEWEST,
        "prompt": PROMPT,
        "n": 1,
        "response_format": "b64_json",
        "aspect_ratio": "16:9",
        "resolution": "2k",
        "quality": "medium",
        "user": USER,
    }


def test_a_model_of_one_size_is_told_of_none() -> None:
    assert body(an_order("grok-2-image-1212", params={"size": "auto", "user": ""})) == {
        "model": "grok-2-image-1212",
        "prompt": PROMPT,
        "n": 1,
        "response_format": "b64_json",
    }


@pytest.mark.parametrize("size", ["1K", "1.5K", "2K"])
def test_a_tier_is_a_resolution(size: str) -> None:
    assert body(an_order(NEWEST, params={"image_size": size}))["resolution"] == size.lower()


def test_one_picture_to_edit_keeps_its_shape_and_several_take_one() -> None:
    one = body(an_edit(flat(), model=NEWEST, params={"aspect_ratio": "16:9"}))
    assert "aspect_ratio" not in one
    assert one["image"].keys() == {"type", "url"}
    assert one["image"]["type"] == "image_url"
    assert one["image"]["url"].startswith("data:image/png;base64,iVBOR")
    jpeg = file_of(Image.new("RGB", (64, 48)), "JPEG")
    two = body(an_edit(flat(), jpeg, model=NEWEST, params={"aspect_ratio": "16:9"}))
    assert two["aspect_ratio"] == "16:9"
    assert "image" not in two
    heads = [source["url"].partition(",")[0] for source in two["images"]]
    assert heads == ["data:image/png;base64", "data:image/jpeg;base64"]


def test_every_xai_model_of_the_catalog_is_one_the_upstream_knows() -> None:
    for model in load().models.values():
        for place in model.deployments:
            if place.provider == "xai":
                rules = MODELS[place.upstream_model]
                assert model.capabilities.max_reference_images == rules.sources, model.slug
                assert ("quality" in model.params) == bool(rules.qualities), model.slug
                ratios = getattr(model.params.get("aspect_ratio"), "values", ())
                assert sorted(ratios) == sorted(rules.ratios), model.slug


def answer(*items: dict[str, Any], **facts: Any) -> Reply:
    return Reply(200, {"x-request-id": "r-1"}, json.dumps({"data": items, **facts}).encode())


GOOD = {"b64_json": "/9j/4AAQ", "mime_type": "image/jpeg", "respect_moderation": True}
BLOCKED = {"url": "", "respect_moderation": False}


def test_an_answer_tells_its_cost_in_ticks() -> None:
    told = read_reply(answer(GOOD, usage={"cost_in_usd_ticks": 400_000_000}), an_order())
    assert told.usage == Usage(cost=400_000_000)
    assert bytes(told.images[0].data) == b"/9j/4AAQ"
    assert told.images[0].revised_prompt is None
    assert told.provider_request_id == "r-1"
    assert read_reply(answer(GOOD), an_order()).usage is None


@pytest.mark.parametrize("length", [8, 40_000])
def test_a_data_uri_is_read_as_the_base64_in_it(length: int) -> None:
    item = GOOD | {"b64_json": "data:image/jpeg;base64," + "/9j/" * (length // 4)}
    told = read_reply(answer(item), an_order())
    assert bytes(told.images[0].data) == b"/9j/" * (length // 4)


def test_a_blocked_picture_is_left_out_and_the_good_ones_are_delivered() -> None:
    told = read_reply(answer(GOOD, BLOCKED, {}, GOOD), an_order(n=4))
    assert len(told.images) == 2
    assert told.warnings == ("2 of 4 pictures were refused for their content",)
    flagged = read_reply(answer(GOOD, GOOD | {"respect_moderation": False}), an_order(n=2))
    assert len(flagged.images) == 1


@pytest.mark.parametrize("items", [(), (BLOCKED,), (BLOCKED, {}), ({"b64_json": ""},)])
def test_an_answer_without_any_picture_is_a_refusal(items: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(ProviderError) as caught:
        read_reply(answer(*items), an_order(n=2))
    assert (caught.value.outcome, caught.value.reason) == ("ran", "content_policy_violation")


def test_a_refused_prompt_may_come_without_any_list_of_pictures() -> None:
    with pytest.raises(ProviderError) as caught:
        read_reply(Reply(200, {}, b'{"block_reason":"prompt"}'), an_order())
    assert (caught.value.outcome, caught.value.reason) == ("ran", "content_policy_violation")


@pytest.mark.parametrize(
    ("served", "said"),
    [
        (None, ()),
        (FIRST, ()),
        (f"{FIRST}-2026-03-02", ()),
        (NEWEST, (f"xai drew this with {NEWEST}",)),
        ("<b>words</b>", ()),
    ],
)
def test_that_another_model_drew_is_said(served: str | None, said: tuple[str, ...]) -> None:
    assert read_reply(answer(GOOD, model=served), an_order(FIRST)).warnings == said


def test_a_link_was_not_asked_for_and_is_no_refusal() -> None:
    with pytest.raises(ProviderError) as caught:
        read_reply(answer({"url": "https://imgen.x.ai/1"}), an_order())
    assert (caught.value.outcome, caught.value.reason) == ("ran", "provider_error")
    assert "imgen" not in f"{caught.value.message} {caught.value.detail}"


def test_more_pictures_than_ordered_are_left_out() -> None:
    assert len(read_reply(answer(GOOD, GOOD, GOOD), an_order(n=2)).images) == 2


@pytest.fixture
async def standin() -> AsyncIterator[XaiStandIn]:
    async with XaiStandIn() as running:
        yield running


@pytest.fixture
async def xai(standin: XaiStandIn) -> AsyncIterator[XaiImages]:
    provider = XaiImages(open_client(), base_url=standin.base_url, api_key=KEY)
    yield provider
    await provider.aclose()


async def drew(provider: XaiImages, order: Order) -> Generated:
    last = (await drained(provider.run(order)))[-1]
    assert isinstance(last, Generated)
    return last


async def test_an_edit_goes_in_as_json_with_its_pictures_whole(
    standin: XaiStandIn, xai: XaiImages
) -> None:
    pictures = (flat(), flat(colour=(1, 2, 3)))
    told = await drew(xai, an_edit(*pictures, model=NEWEST, params={"quality": "low"}))
    assert [(sent.method, sent.path) for sent in standin.requests] == [("POST", "/v1/images/edits")]
    digests = tuple(hashlib.sha256(data).hexdigest() for data in pictures)
    assert standin.asked[0].generation.pictures == digests
    assert told.usage == Usage(cost=(40 + 2 * 10) * 10**7)


async def test_a_shape_that_cannot_be_asked_for_is_said(
    standin: XaiStandIn, xai: XaiImages
) -> None:
    told = await drew(xai, an_edit(flat(), model=NEWEST, params={"aspect_ratio": "21:9"}))
    assert told.warnings == (
        "xai keeps the shape of a single picture it edits; 21:9 was not asked for",
    )


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (an_edit(file_of(Image.new("RGB", (64, 48)), "GIF"), model=NEWEST), "image/gif"),
        (an_edit(flat(), mask=hole((64, 48), (8, 8, 31, 23)), model=NEWEST), "no mask"),
    ],
)
async def test_what_xai_would_not_take_is_not_sent(
    standin: XaiStandIn, xai: XaiImages, order: Order, said: str
) -> None:
    with pytest.raises(ProviderError, match=said) as caught:
        await drew(xai, order)
    assert (caught.value.outcome, caught.value.reason) == ("known_not_run", "bad_parameter")
    assert standin.log == []


async def test_more_than_one_call_gives_is_asked_for_in_several(
    standin: XaiStandIn, xai: XaiImages
) -> None:
    told = await drew(xai, replace(an_order(FIRST, n=5), per_call=2))
    assert [entry.generation.n for entry in standin.asked] == [2, 2, 1]
    assert told.usage == Usage(cost=5 * 20 * 10**7)


async def test_a_check_asks_about_the_key(standin: XaiStandIn, xai: XaiImages) -> None:
    assert await xai.check() == "xai accepts the key"
    assert [(sent.method, sent.path) for sent in standin.requests] == [("GET", "/v1/api-key")]


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("team_blocked", "blocked its team"),
        ("api_key_blocked", "has blocked this key"),
        ("api_key_disabled", "switched off"),
    ],
)
async def test_a_key_that_can_do_nothing_is_called_so(
    standin: XaiStandIn, xai: XaiImages, flag: str, said: str
) -> None:
    standin.key[flag] = True
    with pytest.raises(ProviderError, match=said) as caught:
        await xai.check()
    assert caught.value.reason == "provider_account"


@pytest.mark.parametrize(
    ("kind", "said", "reason"),
    [
        ("400_billing", "does not accept this key", "provider_account"),
        ("401", "does not accept this key", "provider_account"),
        ("403", "lets it do nothing", "provider_account"),
        ("429", "turning requests away", "capacity"),
        ("429_quota", "no money or no quota left", "provider_account"),
        ("500", "HTTP 500", "provider_error"),
        ("html", "not as xai does", "provider_error"),
        ("rst_after_body", "cannot be reached", "provider_error"),
    ],
)
async def test_a_check_that_fails_says_why_in_plain_words(
    standin: XaiStandIn, xai: XaiImages, kind: str, said: str, reason: str
) -> None:
    standin.script(fault(kind))
    with pytest.raises(ProviderError, match=said) as caught:
        await xai.check()
    assert (caught.value.outcome, caught.value.reason) == ("known_not_run", reason)
    assert KEY not in everything_told(caught.value)


async def test_an_address_without_its_end_is_recognised(standin: XaiStandIn) -> None:
    provider = XaiImages(open_client(), base_url=standin.url, api_key=KEY)
    with pytest.raises(ProviderError, match=r"as in .../v1"):
        await provider.check()
    await provider.aclose()
