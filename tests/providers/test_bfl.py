"""Black Forest Labs: the exact body that is sent, by family, and what becomes of its tasks."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from tests.providers.given import an_edit, given
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY
from tests.sketch.files import file_of, flat, hole
from tests.standins.bfl import BflStandIn
from tests.standins.bfl_rules import MODELS
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
    Usage,
)
from limner.providers.bfl import BlackForestLabs
from limner.providers.bfl_fields import check_order, request_body
from limner.providers.http_clients import open_client

RED, GREEN, BLUE = (250, 20, 20), (20, 200, 40), (30, 60, 220)
MASK = hole((64, 48), (8, 8, 31, 23))
GIF = file_of(Image.new("RGB", (64, 48)), "GIF")
PROMPT = "a paper lantern on a wet street"
EVERYTHING: Mapping[str, Scalar] = {
    "size": "1024x1024",
    "aspect_ratio": "16:9",
    "image_size": "2K",
    "seed": 7,
    "safety_tolerance": 1,
    "steps": 20,
    "guidance": 2.5,
    "prompt_extend": True,
    "raw": True,
    "output_format": "png",
    "quality": "high",
    "style": "natural",
    "background": "opaque",
    "moderation": "low",
    "negative_prompt": "rain",
    "output_compression": 80,
    "response_format": "url",
    "user": "ada@example.org",
    "person_generation": "dont_allow",
    "input_fidelity": "high",
    "store": True,
}
"""More than any model of theirs declares."""

PLAIN = {"prompt": PROMPT, "seed": 7, "safety_tolerance": 1}
SIZED = PLAIN | {"width": 1024, "height": 1024}
BODIES: Mapping[str, dict[str, Any]] = {
    "flux-2-pro": SIZED | {"output_format": "png"},
    "flux-2-pro-preview": SIZED | {"output_format": "png"},
    "flux-2-max": SIZED | {"output_format": "png"},
    "flux-2-klein-9b": SIZED | {"output_format": "png"},
    "flux-2-klein-4b": SIZED | {"output_format": "png"},
    "flux-2-flex": SIZED
    | {"output_format": "png", "steps": 20, "guidance": 2.5, "prompt_upsampling": True},
    "flux-pro-1.1": SIZED | {"output_format": "png", "prompt_upsampling": True},
    "flux-pro-1.1-ultra": PLAIN
    | {"aspect_ratio": "16:9", "output_format": "png", "prompt_upsampling": True, "raw": True},
    "flux-kontext-pro": PLAIN
    | {"aspect_ratio": "16:9", "output_format": "png", "prompt_upsampling": True},
    "flux-kontext-max": PLAIN
    | {"aspect_ratio": "16:9", "output_format": "png", "prompt_upsampling": True},
    "flux-pro-1.0-fill": PLAIN | {"prompt_upsampling": True, "steps": 20, "guidance": 2.5},
    "flux-dev": SIZED | {"prompt_upsampling": True},
    "flux-pro": SIZED | {"prompt_upsampling": True},
}


def body(order: Order) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(request_body(order))
    return value


@pytest.mark.parametrize("model", MODELS)
def test_a_model_gets_its_own_parameters_and_no_others(model: str) -> None:
    assert body(an_order(model, params=EVERYTHING)) == BODIES[model]


def test_every_model_of_the_catalog_that_runs_there_is_among_them() -> None:
    named = {
        deployment.upstream_model
        for model in load().models.values()
        for deployment in model.deployments
        if deployment.provider == "bfl"
    }
    assert named <= MODELS.keys() == BODIES.keys()


def test_the_bytes_of_a_plain_order_are_these() -> None:
    assert request_body(an_order("flux-2-pro", params={"seed": 42})) == (
        b'{"prompt":"a paper lantern on a wet street","width":1024,"height":1024,"seed":42,'
        b'"output_format":"png"}'
    )


@pytest.mark.parametrize("model", ["flux-pro-1.1-ultra", "flux-kontext-pro"])
def test_a_ratio_left_open_is_not_sent(model: str) -> None:
    assert "aspect_ratio" not in body(an_order(model))
    assert "aspect_ratio" not in body(an_order(model, params={"aspect_ratio": "auto"}))


def test_a_ratio_is_sent_to_flux_2_as_the_pixels_it_was_turned_into() -> None:
    told = body(an_order("flux-2-pro", size="1344x768", params={"aspect_ratio": "16:9"}))
    assert (told["width"], told["height"]) == (1344, 768)
    assert "aspect_ratio" not in told


def test_pictures_go_in_as_bare_base64_under_numbered_names() -> None:
    pictures = [flat(colour=colour) for colour in (RED, GREEN, BLUE)]
    told = body(an_edit(*pictures, model="flux-2-max", size="64x64"))
    names = ("input_image", "input_image_2", "input_image_3")
    assert [base64.b64decode(told[name]) for name in names] == pictures
    assert "input_image_4" not in told


def test_kontext_gets_its_one_picture_like_that_too() -> None:
    told = body(an_edit(flat(), model="flux-kontext-pro"))
    assert base64.b64decode(told["input_image"]) == flat()


def test_fill_gets_a_picture_and_a_mask_of_its_own_kind() -> None:
    told = body(an_edit(flat(), model="flux-pro-1.0-fill", mask=MASK))
    assert base64.b64decode(told["image"]) == flat()
    assert base64.b64decode(told["mask"]).startswith(b"\x89PNG")
    assert told.keys() == {"prompt", "image", "mask"}


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (an_edit(*[flat()] * 9, model="flux-2-pro"), "at most 8 pictures"),
        (an_edit(*[flat()] * 5, model="flux-2-klein-9b"), "at most 4 pictures"),
        (an_edit(*[flat()] * 2, model="flux-kontext-max"), "at most 1 picture"),
        (an_edit(flat(), model="flux-pro-1.1"), "takes none"),
        (an_edit(flat(), model="flux-2-pro", mask=MASK), "takes no mask"),
        (an_order("flux-pro-1.0-fill"), "works on a picture"),
        (an_edit(GIF, model="flux-2-pro"), "PNG, JPEG and WebP"),
        (
            an_edit(flat(), model="flux-kontext-pro", params={"safety_tolerance": 3}),
            "safety_tolerance of 2",
        ),
        (
            replace(
                an_edit(flat(), model="flux-2-pro"),
                images=(replace(given(flat()), size=21 * 1024 * 1024),),
            ),
            "20 MB",
        ),
    ],
)
def test_what_it_would_not_do_is_turned_away_before_it_is_sent(order: Order, words: str) -> None:
    with pytest.raises(ProviderError, match=words) as caught:
        check_order(order)
    assert (caught.value.outcome, caught.value.reason) == ("known_not_run", "bad_parameter")


@asynccontextmanager
async def connected(
    standin: BflStandIn, reach: str = "127.0.0.0/8"
) -> AsyncIterator[BlackForestLabs]:
    provider = BlackForestLabs(
        open_client(), base_url=standin.base_url, api_key=KEY, reach=Reach.of(reach)
    )
    try:
        yield provider
    finally:
        await provider.aclose()


@pytest.fixture
async def standin() -> AsyncIterator[BflStandIn]:
    async with BflStandIn() as running:
        yield running


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for a task does so without long pauses."""
    monkeypatch.setattr("limner.providers.polling.FIRST_S", 0.02)
    monkeypatch.setattr("limner.providers.polling.LONGEST_S", 0.05)


async def drawn(standin: BflStandIn, order: Order) -> Generated:
    async with connected(standin) as provider:
        last = (await drained(provider.run(order)))[-1]
    assert isinstance(last, Generated)
    return last


async def failed(standin: BflStandIn, order: Order) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await drawn(standin, order)
    return caught.value


@pytest.mark.parametrize("model", MODELS)
async def test_every_model_draws(standin: BflStandIn, model: str) -> None:
    takes = {name: EVERYTHING[name] for name in BODIES[model] if name in EVERYTHING}
    order = an_order(model, output_format="jpeg", params=takes)
    if model == "flux-pro-1.0-fill":
        order = an_edit(flat(), model=model, mask=MASK, params=takes)
    last = await drawn(standin, order)
    assert [image.seed for image in last.images] == [7]
    assert standin.asked[0].path == f"/v1/{model}"


async def test_edits_are_ordered_where_pictures_are(standin: BflStandIn) -> None:
    order = an_edit(flat(colour=RED), flat(colour=BLUE), model="flux-2-pro", size="64x64", n=2)
    last = await drawn(standin, order)
    assert len(last.images) == 2
    assert {one.path for one in standin.asked} == {"/v1/flux-2-pro"}


async def test_the_cost_is_the_one_reported_when_the_order_was_taken(standin: BflStandIn) -> None:
    last = await drawn(standin, an_order("flux-2-pro", n=2))
    assert last.usage == Usage(cost=2 * 3 * 10**8)
    assert (await drawn(standin, an_order("flux-2-klein-9b"))).usage == Usage(cost=150_000_000)
    edit = an_edit(flat(), model="flux-2-pro", size="1024x1024")
    assert (await drawn(standin, edit)).usage == Usage(cost=450_000_000)
    standin.metered = False
    assert (await drawn(standin, an_order("flux-2-pro"))).usage is None


async def test_pictures_of_one_seed_have_seeds_that_count_upwards(standin: BflStandIn) -> None:
    last = await drawn(standin, an_order("flux-2-pro", n=3, params={"seed": 5}))
    assert [image.seed for image in last.images] == [5, 6, 7]


async def test_a_task_is_told_of_before_it_is_asked_for_and_progress_as_it_comes(
    standin: BflStandIn,
) -> None:
    standin.latency_s = 1.0
    async with connected(standin) as provider:
        events = await drained(provider.run(an_order("flux-2-pro")))
    assert isinstance(events[0], Accepted)
    (told,) = json.loads(events[0].task or "")
    noted = json.loads(told)
    assert float(noted.pop("cost")) == 3
    assert noted == {"id": "task-1", "url": f"{standin.url}/v1/get_result?id=task-1"}
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done)
    assert 0 < done[0] < 1
    assert isinstance(events[-1], Generated)
    assert events[-1].provider_request_id == "task-1"


async def test_the_key_goes_to_orders_and_questions_and_to_no_picture(standin: BflStandIn) -> None:
    await drawn(standin, an_order("flux-2-pro"))
    sent = {request.path.split("?")[0]: request.headers for request in standin.requests}
    assert sent["/v1/flux-2-pro"]["x-key"] == sent["/v1/get_result"]["x-key"] == KEY
    assert KEY not in str(sent["/results/task-1.png"])
    assert all(KEY not in f"{one.path}{one.body!r}" for one in standin.requests)


@pytest.mark.parametrize(
    "root",
    ["https://api.bfl.ai.example.org", "http://127.0.0.1:9", "https://bfl.ai", "http://u:p@[::1"],
)
async def test_a_task_elsewhere_is_never_asked_for(standin: BflStandIn, root: str) -> None:
    standin.polling_root = root
    error = await failed(standin, an_order("flux-2-pro"))
    assert (error.outcome, error.reason) == ("ran", "provider_error")
    assert "outside the provider's own domain" in error.detail
    assert standin.questions() == []


async def test_an_upstream_that_is_silent_for_a_while_is_asked_on(
    standin: BflStandIn, quick: None
) -> None:
    kinds = ("502", "429", "rst_after_body", "html", "403")
    standin.trouble("asked", *(fault(kind) for kind in kinds))
    assert len((await drawn(standin, an_order("flux-2-pro", timeout_s=30))).images) == 1
    assert len(standin.questions()) == len(kinds) + 1
    assert len(standin.asked) == 1


async def test_a_picture_that_does_not_come_at_once_is_fetched_again(standin: BflStandIn) -> None:
    standin.trouble("picture", fault("503"), times=4)
    assert len((await drawn(standin, an_order("flux-2-pro", timeout_s=30))).images) == 1
    assert len(standin.asked) == 1


async def test_one_picture_of_several_that_is_refused_is_missing_and_not_paid_for(
    standin: BflStandIn,
) -> None:
    standin.ends.extend(["Ready", "Content Moderated", "Ready"])
    last = await drawn(standin, an_order("flux-2-pro", n=3))
    assert (len(last.images), last.usage) == (2, Usage(cost=2 * 3 * 10**8))
    assert "bfl refused the prompt or its picture for its content" in last.warnings[0]


async def test_one_picture_of_several_that_hangs_does_not_take_the_others_along(
    standin: BflStandIn,
) -> None:
    standin.takes.extend([0.0, 600.0])
    last = await drawn(standin, an_order("flux-2-pro", n=2, timeout_s=4))
    assert (len(last.images), last.lost) == (1, 1)


async def test_nobody_is_asked_for_ever(standin: BflStandIn) -> None:
    standin.latency_s = 600
    error = await failed(standin, an_order("flux-2-pro", timeout_s=0.5))
    assert (error.outcome, error.reason) == ("unknown", "provider_error")


async def test_a_task_is_gone_on_with_from_its_reference_alone(standin: BflStandIn) -> None:
    standin.latency_s = 0.5
    order = an_order("flux-2-pro", n=2, timeout_s=30)
    async with connected(standin) as provider:
        events = provider.run(order)
        tasks = [event.task async for event in first(events, 2)]
    async with connected(standin) as other:
        last = (await drained(other.resume(replace(order, prompt=""), str(tasks[-1]))))[-1]
    assert isinstance(last, Generated)
    assert (len(last.images), last.usage, last.lost) == (2, Usage(cost=6 * 10**8), 0)
    assert len(standin.asked) == 2


async def first(events: Any, count: int) -> AsyncIterator[Accepted]:
    """The first so many tasks that are told of; whoever told them is left then."""
    try:
        async for event in events:
            if isinstance(event, Accepted):
                yield event
                count -= 1
                if not count:
                    return
    finally:
        await events.aclose()


async def test_a_task_nobody_knows_any_more_is_gone(
    standin: BflStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limner.providers.bfl_asking.FOUND_WITHIN_S", 0.3)
    standin.latency_s = 60
    async with connected(standin) as provider:
        (task,) = [event.task async for event in first(provider.run(an_order("flux-2-pro")), 1)]
        standin.forget()
        with pytest.raises(TaskGone):
            await drained(provider.resume(an_order("flux-2-pro", timeout_s=30), str(task)))


@pytest.mark.parametrize(
    "task", ['["nonsense"]', '["{\\"id\\":\\"1\\",\\"url\\":\\"http://x/\\"}"]']
)
async def test_a_reference_of_another_provider_is_of_no_use(standin: BflStandIn, task: str) -> None:
    async with connected(standin) as provider:
        with pytest.raises(TaskGone):
            await drained(provider.resume(an_order("flux-2-pro"), task))
    assert standin.requests == []


async def test_whoever_left_asks_no_more(standin: BflStandIn, quick: None) -> None:
    standin.latency_s = 60
    async with connected(standin) as provider:
        _ = [event async for event in first(provider.run(an_order("flux-2-pro", n=3)), 1)]
        asked = len(standin.questions())
        await asyncio.sleep(0.2)
    assert len(standin.questions()) <= asked + 1  # one may have been on its way
