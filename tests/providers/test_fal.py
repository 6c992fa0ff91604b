"""fal's queue: the exact body that is sent, by family, and what becomes of what it took."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from tests.providers.given import an_edit, an_upscale, given
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY, everything_told
from tests.sketch.files import file_of, flat, hole, image_of
from tests.standins.fal import FalStandIn
from tests.standins.fal_rules import MODELS
from tests.standins.faults import fault

from limner.catalog.load import load
from limner.fetch.reach import Reach
from limner.providers.base import (
    Accepted,
    Generated,
    Order,
    Progress,
    ProviderError,
    Scalar,
    TaskGone,
)
from limner.providers.fal import FalQueue
from limner.providers.fal_answers import read_drawn
from limner.providers.fal_fields import check_order, path_of, request_body
from limner.providers.http import Reply
from limner.providers.http_clients import open_client

RED, BLUE = (250, 20, 20), (30, 60, 220)
MASK = hole((64, 48), (8, 8, 31, 23))
GIF = file_of(Image.new("RGB", (64, 48)), "GIF")
PROMPT = "a paper lantern on a wet street"
PLAIN_MODEL = "fal-ai/flux/dev"
EVERYTHING: Mapping[str, Scalar] = {
    "size": "1024x1024",
    "aspect_ratio": "16:9",
    "image_size": "2K",
    "seed": 7,
    "safety_tolerance": 1,
    "steps": 12,
    "guidance": 2.5,
    "prompt_extend": True,
    "raw": True,
    "output_format": "png",
    "scale": 2,
    "creativity": 0.4,
    "resemblance": 0.7,
    "negative_prompt": "rain",
    "strength": 0.5,
    "quality": "high",
    "style": "natural",
    "background": "opaque",
    "moderation": "low",
    "output_compression": 80,
    "response_format": "url",
    "user": "ada@example.org",
    "person_generation": "dont_allow",
    "input_fidelity": "high",
    "true_cfg_scale": 2.0,
}
"""More than any model there declares."""

PLAIN = {"prompt": PROMPT, "seed": 7, "output_format": "png"}
SIZED = PLAIN | {"image_size": {"width": 1024, "height": 1024}}
CHECKED = {"enable_safety_checker": True}
STEERED = {"num_inference_steps": 12, "guidance_scale": 2.5}
FLUX_1 = SIZED | CHECKED | STEERED | {"num_images": 1}
FLUX_2 = FLUX_1 | {"enable_prompt_expansion": True}
PRO = SIZED | CHECKED | {"safety_tolerance": "1"}
OLDER = {"num_images": 1, "enhance_prompt": True, "safety_tolerance": "1"}
KONTEXT = PLAIN | OLDER | {"aspect_ratio": "16:9", "guidance_scale": 2.5}
BODIES: Mapping[str, dict[str, Any]] = {
    "fal-ai/flux/schnell": FLUX_1,
    "fal-ai/flux/dev": FLUX_1,
    "fal-ai/flux/krea": FLUX_1,
    "fal-ai/flux-2": FLUX_2,
    "fal-ai/flux-2-pro": PRO,
    "fal-ai/flux-2-max": PRO,
    "fal-ai/flux-2-flex": PRO | STEERED,
    "fal-ai/flux-pro/v1.1": SIZED | OLDER,
    "fal-ai/flux-pro/v1.1-ultra": PLAIN | OLDER | {"aspect_ratio": "16:9", "raw": True},
    "fal-ai/flux-pro/kontext": KONTEXT,
    "fal-ai/flux-pro/kontext/max": KONTEXT,
}
EDITED = {
    "fal-ai/flux-2": ("fal-ai/flux-2/edit", "image_urls"),
    "fal-ai/flux-2-pro": ("fal-ai/flux-2-pro/edit", "image_urls"),
    "fal-ai/flux-2-max": ("fal-ai/flux-2-max/edit", "image_urls"),
    "fal-ai/flux-2-flex": ("fal-ai/flux-2-flex/edit", "image_urls"),
    "fal-ai/flux-pro/kontext": ("fal-ai/flux-pro/kontext", "image_url"),
    "fal-ai/flux-pro/kontext/max": ("fal-ai/flux-pro/kontext/max", "image_url"),
}
FILL, CLARITY = "fal-ai/flux-pro/v1/fill", "fal-ai/clarity-upscaler"


def body(order: Order) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(request_body(order))
    return value


def uri(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize("model", BODIES)
def test_a_model_gets_its_own_parameters_and_no_others(model: str) -> None:
    assert body(an_order(model, params=EVERYTHING)) == BODIES[model]


@pytest.mark.parametrize("model", EDITED)
def test_an_edit_has_the_same_and_its_picture_at_the_path_of_edits(model: str) -> None:
    path, field = EDITED[model]
    order = an_edit(flat(), model=model, prompt=PROMPT, size="1024x1024", params=EVERYTHING)
    picture: Any = [uri(flat())] if field == "image_urls" else uri(flat())
    assert body(order) == BODIES[model] | {field: picture}
    assert path_of(order) == path


def test_what_the_catalog_says_runs_there_is_among_them() -> None:
    named = {
        deployment.upstream_model
        for model in load().models.values()
        for deployment in model.deployments
        if deployment.provider == "fal"
    }
    assert named <= {*BODIES, FILL, CLARITY}
    paths = {path_of(an_order(model)) for model in BODIES}
    assert paths | {path for path, _ in EDITED.values()} | {FILL, CLARITY} == MODELS.keys()


def test_the_bytes_of_a_plain_order_are_these() -> None:
    params: dict[str, Scalar] = {"seed": 42, "steps": 28, "guidance": 3.5}
    assert request_body(an_order(PLAIN_MODEL, n=2, params=params)) == (
        b'{"prompt":"a paper lantern on a wet street","image_size":{"width":1024,"height":1024},'
        b'"num_images":2,"seed":42,"num_inference_steps":28,"guidance_scale":3.5,'
        b'"output_format":"png","enable_safety_checker":true}'
    )


def test_a_ratio_left_open_is_not_sent() -> None:
    for model in ("fal-ai/flux-pro/v1.1-ultra", "fal-ai/flux-pro/kontext"):
        assert "aspect_ratio" not in body(an_order(model))
        assert "aspect_ratio" not in body(an_order(model, params={"aspect_ratio": "auto"}))


def test_several_pictures_go_in_in_their_order() -> None:
    pictures = [flat(colour=colour) for colour in (RED, BLUE)]
    assert body(an_edit(*pictures, model="fal-ai/flux-2"))["image_urls"] == [*map(uri, pictures)]


def test_fill_gets_a_picture_and_a_mask_of_its_own_kind() -> None:
    order = an_edit(flat(), model=FILL, mask=MASK, prompt=PROMPT, params=EVERYTHING)
    told = body(order)
    kind, _, data = told.pop("mask_url").partition(";base64,")
    grey = image_of(base64.b64decode(data)).convert("L")
    assert (kind, grey.getpixel((8, 8)), grey.getpixel((0, 0))) == ("data:image/png", 255, 0)
    assert told == PLAIN | OLDER | {"image_url": uri(flat())}
    assert path_of(order) == FILL


def test_an_upscale_has_its_picture_its_factor_and_what_steers_it() -> None:
    order = replace(an_upscale(flat(), 3), upstream_model=CLARITY)
    assert body(order) == {"image_url": uri(flat()), "upscale_factor": 3} | CHECKED
    full = replace(order, prompt=PROMPT, params={**EVERYTHING, "scale": 1.5})
    assert body(full) == CHECKED | STEERED | {
        "image_url": uri(flat()),
        "prompt": PROMPT,
        "negative_prompt": "rain",
        "upscale_factor": 1.5,
        "creativity": 0.4,
        "resemblance": 0.7,
        "seed": 7,
    }


LARGE = replace(given(flat()), size=21 * 1024 * 1024)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (an_edit(*[flat()] * 5, model="fal-ai/flux-2"), "at most 4"),
        (an_edit(*[flat()] * 9, model="fal-ai/flux-2-pro"), "at most 8"),
        (an_edit(*[flat()] * 2, model="fal-ai/flux-pro/kontext"), "at most 1"),
        (an_edit(flat(), model=PLAIN_MODEL), "not asked to edit"),
        (an_edit(flat(), model=CLARITY), "not asked to edit"),
        (an_order(FILL), "not asked to generate"),
        (an_order(CLARITY), "not asked to generate"),
        (replace(an_upscale(flat()), upstream_model="fal-ai/flux-2"), "not asked to upscale"),
        (an_edit(flat(), model="fal-ai/flux-2", mask=MASK), "takes no mask"),
        (an_edit(GIF, model="fal-ai/flux-2"), "PNG, JPEG and WebP"),
        (replace(an_edit(flat(), model="fal-ai/flux-2"), images=(LARGE,)), "20 MB"),
        (an_order("fal-ai/flux-2-pro", params={"safety_tolerance": 0}), "1 to 5"),
        (an_order("fal-ai/flux-pro/kontext", params={"safety_tolerance": 7}), "1 to 6"),
        (an_order(PLAIN_MODEL, output_format="webp"), "jpeg or png"),
        (an_order("fal-ai/flux-pro/kontext", params={"aspect_ratio": "4:5"}), "no 4:5"),
    ],
)
def test_what_fal_would_not_do_is_turned_away_before_it_is_sent(order: Order, words: str) -> None:
    with pytest.raises(ProviderError, match=words) as caught:
        check_order(order)
    assert (caught.value.outcome, caught.value.reason) == ("known_not_run", "bad_parameter")


@asynccontextmanager
async def connected(standin: FalStandIn) -> AsyncIterator[FalQueue]:
    provider = FalQueue(
        open_client(), base_url=standin.base_url, api_key=KEY, reach=Reach.of("127.0.0.0/8")
    )
    try:
        yield provider
    finally:
        await provider.aclose()


@pytest.fixture
async def standin() -> AsyncIterator[FalStandIn]:
    async with FalStandIn() as running:
        yield running


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for an order does so without long pauses."""
    monkeypatch.setattr("limner.providers.polling.FIRST_S", 0.02)
    monkeypatch.setattr("limner.providers.polling.LONGEST_S", 0.05)


async def drawn(standin: FalStandIn, order: Order) -> Generated:
    async with connected(standin) as provider:
        last = (await drained(provider.run(order)))[-1]
    assert isinstance(last, Generated)
    return last


async def failed(standin: FalStandIn, order: Order) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await drawn(standin, order)
    assert KEY not in everything_told(caught.value)
    return caught.value


OF_THE_MODEL = {"seed": 7, "safety_tolerance": 2, "steps": 8, "guidance": 3.0}


@pytest.mark.parametrize("model", BODIES)
async def test_every_model_draws_and_edits_where_it_can(
    standin: FalStandIn, quick: None, model: str
) -> None:
    last = await drawn(standin, an_order(model, params=OF_THE_MODEL))
    assert [image.seed for image in last.images] == [7]
    if model in EDITED:
        edit = an_edit(flat(), model=model, size="64x48", params=OF_THE_MODEL)
        assert len((await drawn(standin, edit)).images) == 1
        assert standin.asked[-1].path == f"/{EDITED[model][0]}"


async def test_a_masked_edit_and_an_upscale_are_done(standin: FalStandIn, quick: None) -> None:
    last = await drawn(standin, an_edit(flat(), model=FILL, mask=MASK, params={"seed": 7}))
    assert image_of(bytes(last.images[0].data)).size == (64, 48)
    larger = replace(an_upscale(flat(), 3), upstream_model=CLARITY)
    last = await drawn(standin, larger)
    assert image_of(bytes(last.images[0].data)).size == (192, 144)


@pytest.mark.parametrize(
    ("seed", "told"),
    [("7", 7), ("18446744073709551615", 2**64 - 1), ("1.5", None), ('"7"', None), ("null", None)],
)
def test_a_seed_that_is_no_number_costs_no_picture(seed: str, told: int | None) -> None:
    said = f'{{"images":[{{"url":"a"}}],"seed":{seed},"has_nsfw_concepts":[null]}}'.encode()
    drawn = read_drawn(Reply(200, {}, said))
    assert drawn is not None
    assert (drawn.drawn_by, [picture.url for picture in drawn.images]) == (told, ["a"])


async def test_several_pictures_are_one_order_where_fal_can_be_told_so(
    standin: FalStandIn, quick: None
) -> None:
    last = await drawn(standin, an_order(PLAIN_MODEL, n=4, params={"seed": 5}))
    assert len(last.images) == 4
    assert [image.seed for image in last.images] == [None] * 4  # whose the one seed is, is not told
    assert [entry.generation.n for entry in standin.asked] == [4]
    await drawn(standin, replace(an_order(PLAIN_MODEL, n=4), per_call=1))
    assert [entry.generation.n for entry in standin.asked][1:] == [1] * 4


async def test_else_they_are_several_orders_whose_seeds_count_upwards(
    standin: FalStandIn, quick: None
) -> None:
    order = replace(an_order("fal-ai/flux-2-pro", n=3, params={"seed": 5}), per_call=4)
    last = await drawn(standin, order)
    assert [image.seed for image in last.images] == [5, 6, 7]
    assert all("num_images" not in json.loads(one.body) for one in standin.requests if one.body)


async def test_an_order_says_by_when_it_must_have_begun_and_how_long_to_keep_its_pictures(
    standin: FalStandIn, quick: None
) -> None:
    await drawn(standin, an_order(PLAIN_MODEL, timeout_s=300))
    sent = standin.requests[0].headers
    assert sent["authorization"] == f"Key {KEY}"
    assert sent["x-fal-request-timeout"] == "236.0"
    assert sent["x-fal-object-lifecycle-preference"] == '{"expiration_duration_seconds":3600}'
    assert sent["content-type"] == "application/json"


async def test_the_key_goes_to_orders_and_questions_and_to_no_picture(
    standin: FalStandIn, quick: None
) -> None:
    await drawn(standin, an_order("fal-ai/flux-2", n=2))
    pictures = [one for one in standin.requests if one.path.startswith("/files/")]
    assert len(pictures) == 2
    assert all(KEY not in str(one.headers) for one in pictures)
    rest = [one for one in standin.requests if one not in pictures]
    assert {one.headers["authorization"] for one in rest} == {f"Key {KEY}"}
    assert all(KEY not in f"{one.path}{one.body!r}" for one in standin.requests)


async def test_the_addresses_are_those_that_fal_gave(standin: FalStandIn, quick: None) -> None:
    await drawn(standin, an_order("fal-ai/flux-pro/kontext/max"))
    asked = {one.path for one in standin.questions()}
    assert asked == {
        "/fal-ai/flux-pro/requests/rq-1/status",
        "/fal-ai/flux-pro/requests/rq-1",
    }


@pytest.mark.parametrize(
    "root",
    [
        "https://queue.fal.run.example.org",
        "http://127.0.0.1:9",
        "https://fal.run",
        "http://u:p@[::1",
    ],
)
async def test_an_order_elsewhere_is_never_asked_for(standin: FalStandIn, root: str) -> None:
    standin.root = root
    error = await failed(standin, an_order(PLAIN_MODEL))
    assert (error.outcome, error.reason) == ("ran", "provider_error")
    assert "outside the provider's own domain" in error.detail
    assert standin.questions() == []


async def test_progress_is_the_place_in_the_queue_and_then_that_it_has_begun(
    standin: FalStandIn, quick: None
) -> None:
    standin.waits.append(2.0)
    standin.takes.append(0.5)
    async with connected(standin) as provider:
        events = await drained(provider.run(an_order(PLAIN_MODEL, timeout_s=30)))
    assert isinstance(events[0], Accepted)
    (told,) = json.loads(events[0].task or "")
    base = f"{standin.url}/fal-ai/flux/requests/rq-1"
    assert json.loads(told) == {
        "id": "rq-1",
        "status": f"{base}/status",
        "response": base,
        "cancel": f"{base}/cancel",
    }
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == pytest.approx([0.1 / 3, 0.1 / 2, 0.3])
    assert all(event.estimated for event in events if isinstance(event, Progress))
    assert isinstance(events[-1], Generated)
    assert events[-1].provider_request_id == "rq-1"


async def test_a_picture_that_was_held_back_is_missing_and_the_others_come(
    standin: FalStandIn, quick: None
) -> None:
    standin.flags.append((1,))
    last = await drawn(standin, an_order(PLAIN_MODEL, n=3))
    assert (len(last.images), last.lost) == (2, 1)
    assert last.warnings == (
        "a picture was not made: fal refused the prompt or its picture for its content",
    )
    fetched = [one.path for one in standin.requests if one.path.startswith("/files/")]
    assert sorted(fetched) == ["/files/rq-1/0", "/files/rq-1/2"]


async def test_pictures_that_were_all_held_back_are_a_refusal(
    standin: FalStandIn, quick: None
) -> None:
    standin.flags.append((0, 1))
    error = await failed(standin, an_order(PLAIN_MODEL, n=2))
    assert (error.outcome, error.reason) == ("ran", "content_policy_violation")


async def test_what_a_caller_said_and_fal_has_no_name_for_is_told(
    standin: FalStandIn, quick: None
) -> None:
    params: dict[str, Scalar] = {"seed": 1, "prompt_extend": True, "size": "1024x1024"}
    order = replace(
        an_order("fal-ai/flux-2-pro", params=params), given=("seed", "prompt_extend", "size")
    )
    assert (await drawn(standin, order)).warnings == (
        "prompt_extend was not sent: fal has no such parameter for this model",
    )


@pytest.mark.parametrize("stage", ["asked", "result"])
async def test_an_upstream_that_is_silent_for_a_while_is_asked_on(
    standin: FalStandIn, quick: None, stage: Any
) -> None:
    kinds = ("502", "429", "rst_after_body", "html", "403", "404", "empty")
    standin.trouble(stage, *(fault(kind) for kind in kinds))
    assert len((await drawn(standin, an_order(PLAIN_MODEL, timeout_s=30))).images) == 1
    assert len(standin.asked) == 1


async def test_pictures_that_do_not_come_at_once_are_fetched_again(
    standin: FalStandIn, quick: None
) -> None:
    standin.trouble("picture", fault("503"), times=4)
    assert len((await drawn(standin, an_order(PLAIN_MODEL, timeout_s=30))).images) == 1
    assert len(standin.asked) == 1


async def test_a_picture_that_never_comes_was_drawn_all_the_same(
    standin: FalStandIn, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limner.providers.fal_asking.LINK_TRIES", 1)
    standin.trouble("picture", fault("403"), times=3)
    error = await failed(standin, an_order(PLAIN_MODEL))
    assert (error.outcome, error.reason) == ("ran", "provider_error")
    assert len(standin.asked) == 1


async def test_an_order_that_is_late_is_taken_back(standin: FalStandIn, quick: None) -> None:
    standin.latency_s = 600
    error = await failed(standin, an_order(PLAIN_MODEL, timeout_s=0.5))
    assert (error.outcome, error.reason) == ("unknown", "provider_error")
    assert [one.path for one in standin.taken_back()] == ["/fal-ai/flux/requests/rq-1/cancel"]
    assert standin.taken_back()[0].headers["authorization"] == f"Key {KEY}"
    assert standin.completed == []


async def test_what_became_of_an_order_that_was_taken_back_is_told_to_whoever_asks_on(
    standin: FalStandIn, quick: None
) -> None:
    standin.latency_s = 600
    order = an_order(PLAIN_MODEL, timeout_s=0.5)
    async with connected(standin) as provider:
        with pytest.raises(ProviderError):
            await drained(provider.run(order))
        (task,) = [json.dumps([json.dumps(reference(standin))])]
        with pytest.raises(ProviderError) as caught:
            await drained(provider.resume(order, task))
    assert (caught.value.outcome, caught.value.reason) == ("ran", "provider_error")
    assert "client_cancelled" in caught.value.detail


def reference(standin: FalStandIn, number: int = 1) -> dict[str, str]:
    base = f"{standin.url}/fal-ai/flux/requests/rq-{number}"
    return {
        "id": f"rq-{number}",
        "status": f"{base}/status",
        "response": base,
        "cancel": f"{base}/cancel",
    }


@pytest.mark.parametrize("kind", ["500", "rst_after_body", "hang"])
async def test_taking_back_is_tried_once_and_not_waited_for(
    standin: FalStandIn, quick: None, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limner.providers.fal_asking.CANCEL_S", 0.2)
    standin.latency_s = 600
    standin.trouble("cancel", fault(kind))
    error = await failed(standin, an_order(PLAIN_MODEL, timeout_s=0.5))
    assert error.outcome == "unknown"
    assert len(standin.taken_back()) == 1


async def test_whoever_stops_asking_takes_nothing_back(standin: FalStandIn, quick: None) -> None:
    standin.latency_s = 60
    async with connected(standin) as provider:
        assert len(await first_tasks(provider, an_order(PLAIN_MODEL, n=1), 1)) == 1
        asked = len(standin.questions())
        await asyncio.sleep(0.2)
    assert standin.taken_back() == []
    assert len(standin.questions()) <= asked + 1  # one may have been on its way


async def test_an_order_that_never_begins_is_surely_not_drawn(
    standin: FalStandIn, quick: None
) -> None:
    standin.waits.append(600)
    error = await failed(standin, an_order(PLAIN_MODEL, timeout_s=2.5))
    assert (error.outcome, error.reason) == ("known_not_run", "capacity")
    assert error.retry_after == 30


async def test_one_order_of_several_that_hangs_does_not_take_the_others_along(
    standin: FalStandIn, quick: None
) -> None:
    standin.takes.extend([0.0, 600.0])
    last = await drawn(standin, an_order("fal-ai/flux-2-pro", n=2, timeout_s=4))
    assert (len(last.images), last.lost) == (1, 1)
    assert [one.path for one in standin.taken_back()] == ["/fal-ai/flux-2-pro/requests/rq-2/cancel"]


async def test_one_order_of_several_that_is_never_answered_does_not_either(
    standin: FalStandIn, quick: None
) -> None:
    standin.script(fault("hang"))
    last = await drawn(standin, an_order("fal-ai/flux-2-pro", n=2, timeout_s=2))
    assert (len(last.images), last.lost) == (1, 1)


async def first_tasks(provider: FalQueue, order: Order, count: int) -> list[str]:
    """What so many of its orders can be asked for by; whoever asked is left then."""
    tasks: list[str] = []
    async with aclosing(provider.run(order)) as events:
        async for event in events:
            if isinstance(event, Accepted):
                tasks.append(str(event.task))
            if len(tasks) == count:
                break
    return tasks


async def test_an_order_is_gone_on_with_from_its_reference_alone(
    standin: FalStandIn, quick: None
) -> None:
    standin.latency_s = 0.5
    order = an_order("fal-ai/flux-2-pro", n=2, timeout_s=30)
    async with connected(standin) as provider:
        tasks = await first_tasks(provider, order, 2)
    async with connected(standin) as other:
        last = (await drained(other.resume(replace(order, prompt=""), tasks[-1])))[-1]
    assert isinstance(last, Generated)
    assert (len(last.images), last.lost) == (2, 0)
    assert len(standin.asked) == 2


async def test_a_native_order_of_several_is_gone_on_with_as_one(
    standin: FalStandIn, quick: None
) -> None:
    standin.latency_s = 0.3
    order = replace(an_order(PLAIN_MODEL, n=3, timeout_s=30), per_call=4)
    async with connected(standin) as provider:
        (task,) = await first_tasks(provider, order, 1)
        last = (await drained(provider.resume(replace(order, prompt=""), task)))[-1]
    assert isinstance(last, Generated)
    assert len(last.images) == 3
    assert len(standin.asked) == 1


async def test_an_order_nobody_knows_any_more_is_gone(
    standin: FalStandIn, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limner.providers.fal_asking.FOUND_WITHIN_S", 0.3)
    standin.latency_s = 60
    async with connected(standin) as provider:
        (task,) = await first_tasks(provider, an_order(PLAIN_MODEL), 1)
        standin.forget()
        with pytest.raises(TaskGone):
            await drained(provider.resume(an_order(PLAIN_MODEL, timeout_s=30), task))


ELSEWHERE = {"id": "1", "status": "http://x/", "response": "http://x/"}


@pytest.mark.parametrize("task", ['["nonsense"]', json.dumps([json.dumps(ELSEWHERE)])])
async def test_a_reference_of_another_provider_is_of_no_use(standin: FalStandIn, task: str) -> None:
    async with connected(standin) as provider:
        with pytest.raises(TaskGone):
            await drained(provider.resume(an_order(PLAIN_MODEL), task))
    assert standin.requests == []


async def test_a_stop_button_elsewhere_is_not_pressed(standin: FalStandIn, quick: None) -> None:
    standin.latency_s = 600
    order = an_order(PLAIN_MODEL, timeout_s=0.5)
    async with connected(standin) as provider:
        await first_tasks(provider, order, 1)
        told = reference(standin) | {"cancel": "http://127.0.0.1:9/cancel"}
        with pytest.raises(ProviderError):
            await drained(provider.resume(order, json.dumps([json.dumps(told)])))
    assert standin.taken_back() == []
