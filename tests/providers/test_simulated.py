"""Test mode: pictures like the model's, and every failure a prompt can ask for."""

import io
import time

import pytest
from PIL import Image
from tests.providers.drawings import FlatDraw
from tests.providers.orders import an_order, drained

from limner.providers.base import (
    Accepted,
    Generated,
    Order,
    Outcome,
    PartialImage,
    Progress,
    ProviderError,
    ProviderEvent,
    Reason,
    Usage,
)
from limner.providers.simulated import Simulated, Simulation
from limner.providers.sketch import LARGEST_SEED
from limner.providers.triggers import LONGEST_DELAY_S, Script, script_of


def metered(order: Order, pictures: int) -> Usage:
    return Usage(text_in=len(order.prompt), image_out=100 * pictures)


def model(
    *, seconds: float = 0.0, revises_prompts: bool = False, takes_seed: bool = False
) -> Simulation:
    return Simulation("gpt-image-2", seconds, revises_prompts, takes_seed, metered)


async def played(
    order: Order, simulation: Simulation | None = None, draw: FlatDraw | None = None
) -> list[ProviderEvent]:
    return await drained(Simulated(draw or FlatDraw(), simulation or model()).run(order))


async def generated(
    order: Order, simulation: Simulation | None = None, draw: FlatDraw | None = None
) -> Generated:
    last = (await played(order, simulation, draw))[-1]
    assert isinstance(last, Generated)
    return last


async def failed(prompt: str) -> ProviderError:
    draw = FlatDraw()
    with pytest.raises(ProviderError) as caught:
        await played(an_order(prompt=prompt), draw=draw)
    assert draw.drawings == []
    return caught.value


async def test_a_prompt_without_triggers_is_drawn_with_a_mark() -> None:
    draw = FlatDraw()
    drawn = await generated(an_order(size="96x64", output_format="webp"), draw=draw)
    picture = Image.open(io.BytesIO(drawn.images[0].data))
    assert (picture.size, picture.format) == ((96, 64), "WEBP")
    assert [drawing.mark for drawing in draw.drawings] == ["TEST"]
    assert drawn.warnings == ()


async def test_what_the_model_would_meter_is_told() -> None:
    drawn = await generated(an_order(prompt="a fox", n=3, size="64x64"))
    assert drawn.usage == Usage(text_in=5, image_out=300)
    assert drawn.provider_request_id == "simulated"


async def test_work_is_accepted_then_reported_then_done() -> None:
    events = await played(an_order(size="64x64", partial_images=2))
    kinds = [type(event) for event in events]
    assert kinds == [Accepted, *[Progress] * 5, *[PartialImage] * 2, Generated]
    done = [(event.done, event.estimated) for event in events if isinstance(event, Progress)]
    assert done == [(step / 6, True) for step in range(1, 6)]


async def test_previews_show_each_picture_less_finished() -> None:
    draw = FlatDraw()
    order = an_order(size="64x64", n=2, partial_images=3, params={"seed": 2**40 + 5})
    await generated(order, draw=draw)
    shown = [(drawing.seed, drawing.finished) for drawing in draw.drawings]
    assert shown == [(seed, share) for share in (0.25, 0.5, 0.75, 1.0) for seed in (5, 6)]


async def test_each_picture_has_a_seed_that_brings_it_back() -> None:
    order = an_order(size="64x64", n=2, params={"seed": LARGEST_SEED})
    drawn = await generated(order, model(takes_seed=True))
    assert [image.seed for image in drawn.images] == [LARGEST_SEED, 0]
    again = an_order(size="64x64", params={"seed": 0})
    assert (await generated(again)).images[0].data == drawn.images[1].data


async def test_a_model_without_seeds_tells_none() -> None:
    drawn = await generated(an_order(size="64x64"))
    assert drawn.images[0].seed is None


async def test_a_model_that_rewrites_prompts_tells_a_prompt_without_triggers() -> None:
    order = an_order(prompt="A fox. [[limner:delay=0]]", size="64x64")
    drawn = await generated(order, model(revises_prompts=True))
    told = drawn.images[0].revised_prompt
    assert told == "A fox. Drawn by limner's sketch engine in test mode."
    assert (await generated(order)).images[0].revised_prompt is None


@pytest.mark.parametrize(
    ("trigger", "outcome", "reason", "words"),
    [
        ("refuse", "ran", "content_policy_violation", "refused the prompt for its content"),
        ("fail=500", "ran", "provider_error", "HTTP 500"),
        ("fail=503", "ran", "provider_error", "HTTP 503"),
        ("timeout", "unknown", "provider_error", "did not answer in time"),
        ("rate_limit", "known_not_run", "capacity", "too busy"),
        ("partial=0/4", "ran", "provider_error", "without a picture"),
    ],
)
async def test_a_trigger_plays_its_failure(
    trigger: str, outcome: Outcome, reason: Reason, words: str
) -> None:
    error = await failed(f"a fox [[limner:{trigger}]] in snow")
    assert (error.outcome, error.reason) == (outcome, reason)
    assert words in error.message
    assert "(simulated)" in error.message
    assert "fox" not in error.message


async def test_a_rate_limit_says_when_to_come_back_and_strikes_before_any_work() -> None:
    events = Simulated(FlatDraw(), model(seconds=60)).run(an_order(prompt="[[limner:rate_limit]]"))
    with pytest.raises(ProviderError) as caught:
        await anext(events)
    assert caught.value.retry_after == 30


@pytest.mark.parametrize(("n", "delivered"), [(4, 2), (2, 2), (1, 1)])
async def test_a_partial_delivery_brings_fewer_pictures_and_meters_those(
    n: int, delivered: int
) -> None:
    drawn = await generated(an_order(prompt="[[limner:partial=2/4]]", size="64x64", n=n))
    assert len(drawn.images) == delivered
    assert drawn.usage is not None
    assert drawn.usage.image_out == 100 * delivered


async def test_a_delay_takes_the_place_of_the_model_s_own_time() -> None:
    started = time.monotonic()
    await generated(an_order(prompt="[[limner:delay=0.1s]]", size="64x64"), model(seconds=60))
    assert time.monotonic() - started >= 0.1


async def test_a_trigger_nobody_knows_is_named() -> None:
    drawn = await generated(an_order(prompt="[[limner:fial=500]] [[limner:x]]", size="64x64"))
    assert drawn.warnings == (
        "no trigger reads [[limner:fial=500]]",
        "no trigger reads [[limner:x]]",
    )


@pytest.mark.parametrize(
    ("written", "script"),
    [
        ("refuse", Script(refuse=True)),
        ("rate_limit", Script(rate_limit=True)),
        ("timeout", Script(timeout=True)),
        ("fail=429", Script(fail=429)),
        ("delay=12s", Script(delay_s=12)),
        ("delay=1.5", Script(delay_s=1.5)),
        ("delay=999999s", Script(delay_s=LONGEST_DELAY_S)),
        ("partial=2/4", Script(deliver=2)),
        ("partial=3", Script(deliver=3)),
    ],
)
def test_triggers_are_read(written: str, script: Script) -> None:
    assert script_of(f"a fox [[limner:{written}]]") == script


@pytest.mark.parametrize(
    "written",
    ["fail", "fail=200", "fail=5000", "delay=soon", "delay=1e9", "partial=half", "refuse=1", ""],
)
def test_triggers_that_make_no_sense_change_nothing_and_are_named(written: str) -> None:
    assert script_of(f"[[limner:{written}]]") == Script(not_understood=(written,))


def test_the_last_of_a_kind_counts_and_kinds_add_up() -> None:
    told = "[[limner:delay=1s]] [[limner:refuse]] [[limner:delay=2s]]"
    assert script_of(told) == Script(refuse=True, delay_s=2)


@pytest.mark.parametrize("prompt", ["[limner:refuse]", "[[limner refuse]]", "[[Limner:refuse]]"])
def test_what_is_no_trigger_is_a_prompt(prompt: str) -> None:
    assert script_of(prompt) == Script()


def test_countless_digits_are_no_number() -> None:
    assert script_of(f"[[limner:fail={'9' * 5000}]] [[limner:delay={'9' * 50}]]").fail is None
