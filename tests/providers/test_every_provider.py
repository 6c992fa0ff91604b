"""What holds for everybody who draws: every kind in the registry, sketch and test mode."""

import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pybase64
import pytest
from PIL import Image
from tests.providers.drawings import FlatDraw
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY, everything_told
from tests.standins.__main__ import STAND_INS
from tests.standins.comfyui import WORKFLOWS, ComfyUIStandIn
from tests.standins.faults import fault
from tests.standins.google import GoogleStandIn
from tests.standins.server import StandIn

from limner.catalog.load import load
from limner.providers.base import (
    Generated,
    ImageData,
    ImageProvider,
    Order,
    PartialImage,
    Progress,
    ProviderError,
)
from limner.providers.registry import KINDS, ClientName, build
from limner.providers.simulated import Simulated, Simulation
from limner.providers.sketch import SketchImages

CLIENTS: tuple[ClientName, ...] = ("pyreqwest", "aiohttp")
MODELS = {
    "openai": "gpt-image-2.5-flare",
    "comfyui": "flux-dev",
    "compatible": "flux-1-dev",
    "azure": "gpt-image-2",
    "bfl": "flux-2-pro",
    "fal": "fal-ai/flux-2",
    "xai": "grok-imagine-image-2.0",
    "alibaba": "qwen-image-3.0",
    "google": "gemini-nano-banana-2.1",
    "vertex": "gemini-nano-banana-2.1",
}
"""A model to order from each kind."""

ANY_FORMAT = ("png", "jpeg", "webp")
OWN_FORMAT = {"xai": "jpeg", "alibaba": "png", "google": "jpeg", "vertex": "jpeg"}
"""Of kinds whose upstream cannot be told one."""
FORMATS = {"bfl": ("png", "jpeg")}
"""Of kinds whose model here knows not all of them."""

OPTIONS = {
    "azure": {"api_version": "2025-04-01-preview"},
    "comfyui": {"workflows": str(WORKFLOWS)},
}
IN_HOUSE = ("sketch", "simulated")
MUSICIANS = {"suno"}
"""Kinds that make music, and pictures of no size one could order: `test_suno.py` is about them."""
PAINTERS = [kind for kind in KINDS if kind not in MUSICIANS]
UPSTREAM = [f"{kind} by {client}" for kind in PAINTERS for client in CLIENTS]


@dataclass(frozen=True, slots=True)
class Studio:
    """A provider ready to draw, and the upstream it calls if it calls one."""

    provider: ImageProvider
    order: Order
    standin: StandIn | None = None


@pytest.fixture
async def studio(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Studio]:
    name: str = request.param
    async with AsyncExitStack() as stack:
        if name in IN_HOUSE:
            yield Studio(in_house(name), an_order(size="64x48"))
            return
        kind, _, client = name.partition(" by ")
        standin = await stack.enter_async_context(STAND_INS[kind]())
        if isinstance(standin, ComfyUIStandIn):  # else it would find what it gave, and be done
            standin.forgets = True
            monkeypatch.setattr("limner.providers.comfyui_asking.FOUND_WITHIN_S", 0.2)
            monkeypatch.setattr("limner.providers.polling.FIRST_S", 0.02)
            monkeypatch.setattr("limner.providers.polling.LONGEST_S", 0.1)
        chosen = next(one for one in CLIENTS if one == client)
        key = standin.account() if kind == "vertex" and isinstance(standin, GoogleStandIn) else KEY
        provider = build(kind, standin.base_url, key, chosen, options=OPTIONS.get(kind))
        stack.push_async_callback(provider.aclose)
        yield Studio(provider, an_order(MODELS[kind]), standin)


def in_house(name: str) -> ImageProvider:
    if name == "sketch":
        return SketchImages(FlatDraw())
    simulation = Simulation("gpt-image-2", 0.0, False, False, lambda order, pictures: None)
    return Simulated(FlatDraw(), simulation)


everybody = pytest.mark.parametrize("studio", [*IN_HOUSE, *UPSTREAM], indirect=True)
DRAW_PREVIEWS = [*IN_HOUSE, *(name for name in UPSTREAM if name.startswith(("openai ", "azure ")))]
whoever_draws_previews = pytest.mark.parametrize("studio", DRAW_PREVIEWS, indirect=True)
everybody_outside = pytest.mark.parametrize("studio", UPSTREAM, indirect=True)


def opened(image: ImageData) -> Image.Image:
    data = bytes(image.data)
    return Image.open(io.BytesIO(pybase64.b64decode(data) if image.encoding == "base64" else data))


def test_every_kind_has_a_stand_in_and_a_model_to_order() -> None:
    assert STAND_INS.keys() == MODELS.keys() | MUSICIANS == KINDS.keys()


@everybody
@pytest.mark.parametrize("n", [1, 2, 4])
async def test_an_order_ends_with_its_pictures(studio: Studio, n: int) -> None:
    events = await drained(studio.provider.run(replace(studio.order, n=n)))
    assert [isinstance(event, Generated) for event in events].index(True) == len(events) - 1
    last = events[-1]
    assert isinstance(last, Generated)
    sizes = {opened(image).size for image in last.images}
    assert len(last.images) == n
    assert sizes == {(studio.order.width, studio.order.height)}


def formats(name: str) -> tuple[str, ...]:
    """Those an order at somebody can be for."""
    kind = name.partition(" ")[0]
    own = OWN_FORMAT.get(kind)
    return FORMATS.get(kind, ANY_FORMAT) if own is None else (own,)


@pytest.mark.parametrize(
    ("studio", "output_format"),
    [(name, one) for name in [*IN_HOUSE, *UPSTREAM] for one in formats(name)],
    indirect=["studio"],
)
async def test_the_format_is_the_one_ordered(studio: Studio, output_format: str) -> None:
    order = replace(studio.order, output_format=output_format)
    last = (await drained(studio.provider.run(order)))[-1]
    assert isinstance(last, Generated)
    assert opened(last.images[0]).format == output_format.upper()


@pytest.mark.parametrize("kind", OWN_FORMAT.keys() - {"google", "vertex"})
def test_no_model_promises_a_format_its_provider_cannot_be_told(kind: str) -> None:
    here = [
        model
        for model in load().models.values()
        if kind in {deployment.provider for deployment in model.deployments}
    ]
    assert {model.output.format for model in here} == {OWN_FORMAT[kind]}
    assert not [model.slug for model in here if "output_format" in model.params]


@whoever_draws_previews
async def test_previews_come_before_the_picture(studio: Studio) -> None:
    events = await drained(studio.provider.run(replace(studio.order, partial_images=2)))
    previews = [event.index for event in events[:-1] if isinstance(event, PartialImage)]
    assert previews == [0, 1]


@everybody_outside
async def test_previews_that_were_ordered_come_or_are_said_to_be_missing(studio: Studio) -> None:
    events = await drained(studio.provider.run(replace(studio.order, partial_images=2)))
    assert isinstance(events[-1], Generated)
    missed = any("partial_images" in warning for warning in events[-1].warnings)
    assert missed != any(isinstance(event, PartialImage) for event in events)


@everybody
@pytest.mark.parametrize("n", [1, 3])
async def test_progress_never_falls(studio: Studio, n: int) -> None:
    events = await drained(studio.provider.run(replace(studio.order, n=n, partial_images=2)))
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done)
    assert all(0 < share <= 1 for share in done)


@everybody
async def test_a_task_nobody_here_does_is_turned_away(studio: Studio) -> None:
    with pytest.raises(ProviderError) as caught:
        await drained(studio.provider.run(replace(studio.order, task="music")))
    assert (caught.value.outcome, caught.value.reason) == ("known_not_run", "bad_parameter")
    assert studio.standin is None or studio.standin.log == []


@everybody
async def test_a_check_says_something(studio: Studio) -> None:
    assert len(await studio.provider.check()) > 10
    assert studio.standin is None or studio.standin.asked == []


@everybody
def test_only_who_costs_nothing_may_be_asked_twice(studio: Studio) -> None:
    assert studio.provider.repeatable == (studio.standin is None)


@everybody_outside
@pytest.mark.parametrize("kind", ["rst_after_body", "401", "429", "500", "502", "bad_json"])
async def test_a_failure_has_a_name_and_tells_no_secret(
    studio: Studio, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    assert studio.standin is not None
    studio.standin.script(fault(kind))
    with pytest.raises(ProviderError) as caught:
        await drained(studio.provider.run(studio.order))
    assert caught.value.message
    assert studio.order.prompt not in everything_told(caught.value)
    assert KEY not in everything_told(caught.value)
    assert KEY not in caplog.text
    assert KEY not in repr(studio.provider)
    assert len(studio.standin.asked) == 1


@everybody_outside
async def test_a_closed_provider_takes_no_order(studio: Studio) -> None:
    assert studio.standin is not None
    await studio.provider.aclose()
    with pytest.raises(ProviderError) as caught:
        await drained(studio.provider.run(studio.order))
    assert caught.value.outcome == "known_not_run"
    assert studio.standin.log == []
