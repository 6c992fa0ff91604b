"""ComfyUI: the exact body that is sent, and what becomes of orders in its queue."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from tests.providers.given import an_edit, an_upscale
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY
from tests.sketch.files import flat, hole
from tests.standins.comfyui import WORKFLOWS, ComfyUIStandIn
from tests.standins.faults import fault

from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Order,
    Progress,
    ProviderError,
    ProviderEvent,
    Scalar,
    TaskGone,
)
from limner.providers.comfyui import ComfyUI
from limner.providers.comfyui_fields import check_order, request_body, workflow_for
from limner.providers.comfyui_workflows import Workflows, workflows_in
from limner.providers.http_clients import open_client

PROMPT = "a paper lantern on a wet street"
MASK = hole((64, 48), (8, 8, 31, 23))
FLUX, EDIT, UPSCALE = "flux-dev", "flux-dev", "esrgan"
EVERYTHING: Mapping[str, Scalar] = {
    "size": "832x1216",
    "aspect_ratio": "2:3",
    "image_size": "1K",
    "negative_prompt": "rain",
    "seed": 7,
    "steps": 12,
    "guidance": 2.5,
    "quality": "high",
    "output_format": "webp",
    "output_compression": 80,
    "style": "natural",
    "background": "opaque",
    "moderation": "low",
    "user": "ada@example.org",
}
"""More than any workflow takes."""


@pytest.fixture(scope="module")
def workflows() -> Workflows:
    return workflows_in(str(WORKFLOWS))


def body(order: Order, workflows: Workflows, **said: Any) -> dict[str, Any]:
    workflow = workflow_for(order, workflows)
    told: dict[str, Any] = json.loads(request_body(order, workflow, prompt_id="p1", **said))
    return told


def exported(name: str) -> dict[str, Any]:
    """A workflow as it lies in its file, without what only the editor reads."""
    graph = json.loads((WORKFLOWS / f"{name}.json").read_bytes())
    return {
        node: {"class_type": one["class_type"], "inputs": one["inputs"]}
        for node, one in graph.items()
    }


def test_each_parameter_goes_to_its_place_and_all_else_stays(workflows: Workflows) -> None:
    order = an_order(FLUX, n=3, size="832x1216", params=EVERYTHING)
    wanted = exported("flux-dev")
    wanted["3"]["inputs"] |= {"seed": 7, "steps": 12, "cfg": 2.5}
    wanted["5"]["inputs"] = {"width": 832, "height": 1216, "batch_size": 3}
    wanted["6"]["inputs"]["text"] = PROMPT
    wanted["7"]["inputs"]["text"] = "rain"
    wanted["9"]["inputs"]["filename_prefix"] = "limner-p1"
    assert body(order, workflows, seed=7) == {
        "prompt": wanted,
        "client_id": "p1",
        "prompt_id": "p1",
        "partial_execution_targets": ["9"],
    }


def test_the_bytes_of_a_plain_order_are_these(workflows: Workflows) -> None:
    order = an_order(FLUX)
    assert request_body(order, workflow_for(order, workflows), prompt_id="p1", seed=42) == (
        b'{"prompt":{"3":{"class_type":"KSampler","inputs":{"seed":42,"steps":20,"cfg":3.5,'
        b'"sampler_name":"euler","scheduler":"simple","denoise":1.0,"model":["4",0],'
        b'"positive":["6",0],"negative":["7",0],"latent_image":["5",0]}},'
        b'"4":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":'
        b'"flux1-dev-fp8.safetensors"}},"5":{"class_type":"EmptyLatentImage","inputs":'
        b'{"width":1024,"height":1024,"batch_size":1}},"6":{"class_type":"CLIPTextEncode",'
        b'"inputs":{"text":"a paper lantern on a wet street","clip":["4",1]}},'
        b'"7":{"class_type":"CLIPTextEncode","inputs":{"text":"","clip":["4",1]}},'
        b'"8":{"class_type":"VAEDecode","inputs":{"samples":["3",0],"vae":["4",2]}},'
        b'"9":{"class_type":"SaveImage","inputs":{"filename_prefix":"limner-p1",'
        b'"images":["8",0]}}},"client_id":"p1","prompt_id":"p1",'
        b'"partial_execution_targets":["9"]}'
    )


@pytest.mark.parametrize(
    ("params", "node", "name", "value"),
    [
        ({"negative_prompt": "rain"}, "7", "text", "rain"),
        ({"steps": 4}, "3", "steps", 4),
        ({"guidance": 1.5}, "3", "cfg", 1.5),
        ({"strength": 0.4}, "3", "denoise", 1.0),
    ],
)
def test_one_parameter_changes_one_input(
    workflows: Workflows, params: dict[str, Scalar], node: str, name: str, value: Scalar
) -> None:
    plain = body(an_order(FLUX), workflows, seed=1)
    told = body(an_order(FLUX, params=params), workflows, seed=1)
    plain["prompt"][node]["inputs"][name] = value
    assert told == plain


def test_an_edit_names_its_picture_and_mask_as_they_were_uploaded(workflows: Workflows) -> None:
    order = an_edit(flat(), model=EDIT, mask=MASK, n=2, params={"strength": 0.5})
    told = body(order, workflows, seed=3, pictures=["limner/a/image-1.png"], mask="m.png")
    wanted = exported("flux-dev.edit")
    wanted["3"]["inputs"] |= {"seed": 3, "denoise": 0.5}
    wanted["6"]["inputs"]["text"] = "a red balloon"
    wanted["9"]["inputs"]["filename_prefix"] = "limner-p1"
    wanted["10"]["inputs"]["image"] = "limner/a/image-1.png"
    wanted["11"]["inputs"]["image"] = "m.png"
    wanted["13"]["inputs"]["amount"] = 2
    assert told["prompt"] == wanted


def test_an_enlarging_is_told_the_pixels_it_comes_to(workflows: Workflows) -> None:
    order = replace(an_upscale(flat(), 4), upstream_model=UPSCALE)
    told = body(order, workflows, pictures=["p.png"])
    wanted = exported("esrgan.upscale")
    wanted["1"]["inputs"]["image"] = "p.png"
    wanted["4"]["inputs"] |= {"width": 256, "height": 192}
    wanted["5"]["inputs"]["filename_prefix"] = "limner-p1"
    assert told["prompt"] == wanted


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (an_edit(flat(), flat(), model=EDIT, mask=MASK), "works on 1 picture, and 2 pictures came"),
        (an_edit(flat(), model=EDIT), "flux-dev.edit needs a mask"),
        (replace(an_upscale(flat()), upstream_model=FLUX), "no workflow here to upscale"),
    ],
)
def test_what_no_workflow_does_is_turned_away_before_it_is_sent(
    workflows: Workflows, order: Order, words: str
) -> None:
    with pytest.raises(ProviderError, match=words) as caught:
        check_order(order, workflow_for(order, workflows))
    assert (caught.value.outcome, caught.value.reason) == ("known_not_run", "bad_parameter")


def test_a_workflow_that_is_not_there_is_no_model(workflows: Workflows) -> None:
    with pytest.raises(ProviderError) as caught:
        workflow_for(an_order("sdxl"), workflows)
    assert (caught.value.outcome, caught.value.reason) == ("known_not_run", "model_unavailable")
    assert caught.value.detail == "no workflow sdxl"


@pytest.fixture
async def standin() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn() as running:
        yield running


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for an order does so without long pauses, and soon gives one up that is nowhere."""
    monkeypatch.setattr("limner.providers.polling.FIRST_S", 0.02)
    monkeypatch.setattr("limner.providers.polling.LONGEST_S", 0.1)
    monkeypatch.setattr("limner.providers.comfyui_asking.FOUND_WITHIN_S", 0.3)


@asynccontextmanager
async def connected(standin: ComfyUIStandIn, key: str = "") -> AsyncIterator[ComfyUI]:
    provider = ComfyUI(
        open_client(),
        base_url=standin.base_url,
        workflows=workflows_in(str(WORKFLOWS)),
        api_key=key,
    )
    try:
        yield provider
    finally:
        await provider.aclose()


async def drawn(standin: ComfyUIStandIn, order: Order) -> Generated:
    async with connected(standin) as provider:
        last = (await drained(provider.run(order)))[-1]
    assert isinstance(last, Generated)
    return last


async def failed(standin: ComfyUIStandIn, order: Order) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await drawn(standin, order)
    return caught.value


def opened(image: ImageData) -> Image.Image:
    return Image.open(io.BytesIO(bytes(image.data)))


async def test_several_pictures_are_one_batch(standin: ComfyUIStandIn) -> None:
    last = await drawn(standin, an_order(FLUX, n=3, params=EVERYTHING))
    assert len({bytes(image.data) for image in last.images}) == 3
    assert [one.generation.n for one in standin.asked] == [3]
    assert [image.seed for image in last.images] == [None] * 3


async def test_more_than_a_model_gives_at_once_are_several_batches(
    standin: ComfyUIStandIn,
) -> None:
    order = replace(an_order(FLUX, n=5, params={"seed": 4}), per_call=2)
    assert len((await drawn(standin, order)).images) == 5
    seeds = [json.loads(one.body)["prompt"]["3"]["inputs"] for one in standin.asked_at("/prompt")]
    assert sorted((one["seed"]) for one in seeds) == [4, 6, 8]


async def test_a_seed_nobody_gave_is_chosen_and_told(standin: ComfyUIStandIn) -> None:
    (first,) = (await drawn(standin, an_order(FLUX))).images
    (other,) = (await drawn(standin, an_order(FLUX))).images
    sent = [json.loads(one.body)["prompt"]["3"]["inputs"] for one in standin.asked_at("/prompt")]
    assert [one["seed"] for one in sent] == [first.seed, other.seed]
    assert first.seed != other.seed


async def test_a_seed_of_a_whole_batch_is_told_of_the_batch(standin: ComfyUIStandIn) -> None:
    last = await drawn(standin, an_order(FLUX, n=2))
    (sent,) = standin.asked_at("/prompt")
    seed = json.loads(sent.body)["prompt"]["3"]["inputs"]["seed"]
    assert last.warnings == (f"2 pictures were drawn as one batch from the seed {seed}",)


async def test_the_same_order_again_gets_a_picture_again(standin: ComfyUIStandIn) -> None:
    order = an_order(FLUX, params={"seed": 7})
    for _ in range(2):
        assert len((await drawn(standin, order)).images) == 1
    assert standin.works.cached == []


async def test_what_has_no_place_is_told(standin: ComfyUIStandIn) -> None:
    given = ("style", "size", "output_format", "strength", "steps")
    last = await drawn(standin, replace(an_order(FLUX, params={"steps": 2}), given=given))
    assert last.warnings == (
        "style was not sent: the workflow that drew this has no place for it",
        "strength was not sent: the workflow that drew this has no place for it",
    )


@pytest.mark.parametrize(
    ("form", "compression", "preview"),
    [
        ("png", None, ""),
        ("png", 50, ""),
        ("jpeg", None, "&preview=jpeg%3B90"),
        ("jpeg", 40, "&preview=jpeg%3B40"),
        ("webp", 75, "&preview=webp%3B75"),
    ],
)
async def test_a_picture_is_fetched_in_the_format_that_was_ordered(
    standin: ComfyUIStandIn, form: str, compression: int | None, preview: str
) -> None:
    params: dict[str, Scalar] = {} if compression is None else {"output_compression": compression}
    last = await drawn(standin, an_order(FLUX, output_format=form, params=params))
    assert opened(last.images[0]).format == form.upper()
    (asked,) = standin.asked_at("/view")
    name = f"limner-{last.provider_request_id}_00001_.png"
    assert asked.path == f"/view?filename={name}&subfolder=&type=output{preview}"


async def test_pictures_go_up_once_each_into_a_folder_of_their_own(
    standin: ComfyUIStandIn,
) -> None:
    order = an_edit(flat(), model=EDIT, mask=MASK, params={"seed": 1})
    last = await drawn(standin, order)
    assert opened(last.images[0]).size == (64, 48)
    assert len(standin.asked_at("/upload/image")) == 2
    (image,), mask = order.images, order.mask
    assert mask is not None
    names = [f"limner/{one.sha256}/image-1.png" for one in (image, mask)]
    assert [standin.works.uploads[name] for name in names] == [image.read(), mask.read()]
    assert standin.asked[0].generation.pictures == (image.sha256, mask.sha256)


async def test_an_enlarging_comes_as_large_as_it_was_ordered(standin: ComfyUIStandIn) -> None:
    last = await drawn(standin, replace(an_upscale(flat(), 4), upstream_model=UPSCALE))
    assert opened(last.images[0]).size == (256, 192)
    assert last.images[0].seed is None


async def test_an_order_is_noted_before_it_is_given_and_its_steps_are_told(
    standin: ComfyUIStandIn,
) -> None:
    standin.works.latency_s = 0.5
    async with connected(standin) as provider:
        events = provider.run(an_order(FLUX, params={"steps": 4}))
        noted = await anext(events)
        assert isinstance(noted, Accepted)
        assert standin.asked == []
        told = [noted, *[event async for event in events]]
    done = [event.done for event in told if isinstance(event, Progress)]
    assert done == sorted(done)
    assert done
    assert {*done} <= {0.25, 0.5, 0.75, 0.99}  # two steps may be heard as one
    (task,) = json.loads(noted.task or "")
    last = told[-1]
    assert isinstance(last, Generated)
    assert json.loads(task)["id"] == last.provider_request_id == standin.asked[0].generation.id


@pytest.mark.parametrize("kind", ["404", "rst_after_body", "bad_json", "502"])
async def test_a_socket_that_does_not_open_costs_nothing_but_the_steps(
    standin: ComfyUIStandIn, kind: str
) -> None:
    standin.trouble("socket", fault(kind), times=5)
    async with connected(standin) as provider:
        events = await drained(provider.run(an_order(FLUX)))
    assert isinstance(events[-1], Generated)
    assert [event for event in events if isinstance(event, Progress)] == []


async def test_a_silent_server_is_asked_on(standin: ComfyUIStandIn) -> None:
    kinds = ("502", "rst_after_body", "html", "empty", "403")
    standin.trouble("asked", *(fault(kind) for kind in kinds))
    assert len((await drawn(standin, an_order(FLUX, timeout_s=30))).images) == 1
    assert len(standin.asked) == 1


@pytest.mark.parametrize(
    "kind", ["rst_after_body", "fin_after_body", "502", "504", "524", "bad_json", "html", "empty"]
)
async def test_an_order_whose_answer_was_lost_is_found_by_its_name(
    standin: ComfyUIStandIn, kind: str
) -> None:
    standin.script(fault(kind))
    assert len((await drawn(standin, an_order(FLUX))).images) == 1
    assert (len(standin.asked), len(standin.completed)) == (1, 1)


async def test_a_server_that_names_orders_itself_is_asked_by_its_name(
    standin: ComfyUIStandIn,
) -> None:
    standin.own_names = True
    async with connected(standin) as provider:
        events = await drained(provider.run(an_order(FLUX)))
    tasks = [json.loads(one.task or "")[0] for one in events if isinstance(one, Accepted)]
    assert [json.loads(task)["id"] == "its-own-1" for task in tasks] == [False, True]
    assert isinstance(events[-1], Generated)


async def test_an_order_is_gone_on_with_from_its_reference_alone(standin: ComfyUIStandIn) -> None:
    standin.works.latency_s = 0.4
    order = replace(an_order(FLUX, n=5, params={"seed": 3}, timeout_s=30), per_call=3)
    async with connected(standin) as provider:
        task = await left(standin, provider.run(order))
    async with connected(standin) as other:
        events = await drained(other.resume(replace(order, prompt=""), task))
    last = events[-1]
    assert isinstance(last, Generated)
    assert (len(last.images), last.lost) == (5, 0)
    assert [event for event in events if isinstance(event, Progress)] != []
    assert len(standin.asked) == 2


async def left(standin: ComfyUIStandIn, events: AsyncGenerator[ProviderEvent, None]) -> str:
    """What was noted of an order of two parts when whoever gave it was gone."""
    task = ""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Accepted):
                task = event.task or ""
            if None not in json.loads(task):
                break
        await standin.until("asked", 2)
    return task


async def test_an_order_that_is_nowhere_any_more_is_gone(standin: ComfyUIStandIn) -> None:
    standin.works.latency_s = 60
    async with connected(standin) as provider:
        events = provider.run(an_order(FLUX, timeout_s=30))
        await anext(events)
        asked = asyncio.create_task(drained(events))
        await standin.until("asked")
        standin.works.forget()
        with pytest.raises(TaskGone):
            await asked


@pytest.mark.parametrize("task", ["nonsense", "[]", '["nonsense"]', '["{\\"id\\":\\"1\\"}"]'])
async def test_a_reference_of_another_provider_is_of_no_use(
    standin: ComfyUIStandIn, task: str
) -> None:
    async with connected(standin) as provider:
        with pytest.raises(TaskGone):
            await drained(provider.resume(an_order(FLUX), task))
    assert standin.requests == []


async def test_an_order_that_took_too_long_is_stopped(standin: ComfyUIStandIn) -> None:
    standin.works.latency_s = 60
    error = await failed(standin, an_order(FLUX, timeout_s=0.4))
    assert (error.outcome, error.detail) == ("ran", "no picture in time")
    assert standin.works.stopped == [standin.asked[0].generation.id]
    assert standin.asked_at("/interrupt")[0].body == (
        f'{{"prompt_id":"{standin.works.stopped[0]}"}}'.encode()
    )


async def test_one_that_waits_is_taken_out_of_the_queue_and_nobody_else_is_stopped(
    standin: ComfyUIStandIn,
) -> None:
    standin.works.takes.append(60)
    async with connected(standin) as provider:
        running = asyncio.create_task(drained(provider.run(an_order(FLUX, timeout_s=60))))
        await standin.until("asked")
        error = await failed(standin, an_order(FLUX, timeout_s=0.4))
        assert error.outcome == "ran"
        assert standin.works.stopped == [standin.asked[1].generation.id]
        assert standin.asked_at("/interrupt") == []
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_whoever_is_told_to_leave_off_does(standin: ComfyUIStandIn) -> None:
    standin.works.latency_s = 60
    order = replace(an_order(FLUX, n=4, params={"seed": 1}, timeout_s=30), per_call=2)
    async with connected(standin) as provider:
        await provider.cancel(await left(standin, provider.run(order)))
    assert {*standin.works.stopped} == {one.generation.id for one in standin.asked}
    assert standin.completed == []


async def test_a_server_that_cannot_be_told_is_trouble(standin: ComfyUIStandIn) -> None:
    async with connected(standin) as provider:
        standin.trouble("asked", fault("502"))
        with pytest.raises(ProviderError, match="left open"):
            await provider.cancel(
                '["{\\"id\\":\\"a\\",\\"node\\":\\"9\\",\\"seed\\":1,\\"n\\":1}"]'
            )


async def test_a_key_of_a_proxy_goes_along_everywhere(standin: ComfyUIStandIn) -> None:
    standin.key = KEY
    async with connected(standin, KEY) as provider:
        await provider.check()
        events = await drained(provider.run(an_edit(flat(), model=EDIT, mask=MASK)))
    assert isinstance(events[-1], Generated)
    sent = {one.path.split("?")[0]: one.headers.get("authorization") for one in standin.requests}
    assert {"/prompt", "/ws", "/view", "/upload/image"} <= sent.keys()
    assert {*sent.values()} == {f"Bearer {KEY}"}
