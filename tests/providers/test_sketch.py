"""`sketch-1`: the events, the seeds and the warnings of limner's own renderer."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from io import BytesIO

from PIL import Image

from limner.providers.base import (
    Accepted,
    Generated,
    Order,
    PartialImage,
    Progress,
    ProviderEvent,
)
from limner.providers.sketch import LARGEST_SEED, SketchImages
from limner.sketch.commissions import carried_out
from limner.sketch.drawing import Commission, Picture

FOX = Order(
    job_id="job_1",
    task="generate",
    upstream_model="sketch-1",
    prompt="a red fox in a snowy forest",
    n=1,
    width=96,
    height=64,
    output_format="png",
    params={"seed": 7},
)


async def drawn_here(asked: Commission) -> Picture:
    return carried_out(asked)


async def events(order: Order) -> list[ProviderEvent]:
    run: AsyncGenerator[ProviderEvent, None] = SketchImages(drawn_here).run(order)
    async with aclosing(run) as stream:
        return [event async for event in stream]


async def generated(order: Order) -> Generated:
    last = (await events(order))[-1]
    assert isinstance(last, Generated)
    return last


async def test_an_order_is_accepted_then_drawn_then_delivered_once() -> None:
    seen = await events(FOX)
    assert [type(event) for event in seen] == [Accepted, Progress, Generated]
    assert seen[1] == Progress(1.0)


async def test_the_picture_has_the_size_and_format_of_the_order() -> None:
    for output_format in ("png", "jpeg", "webp"):
        (image,) = (await generated(replace(FOX, output_format=output_format))).images
        assert image.encoding == "raw"
        opened = Image.open(BytesIO(image.data))
        assert (opened.format, opened.size) == (output_format.upper(), (96, 64))


async def test_several_pictures_have_consecutive_seeds_and_differ() -> None:
    images = (await generated(replace(FOX, n=3))).images
    assert [image.seed for image in images] == [7, 8, 9]
    assert len({bytes(image.data) for image in images}) == 3


async def test_each_picture_comes_back_with_its_own_seed() -> None:
    first, second = (await generated(replace(FOX, n=2))).images
    (again,) = (await generated(replace(FOX, params={"seed": second.seed or 0}))).images
    assert bytes(again.data) == bytes(second.data)
    assert bytes(again.data) != bytes(first.data)


async def test_seeds_begin_again_after_the_largest() -> None:
    images = (await generated(replace(FOX, n=2, params={"seed": LARGEST_SEED}))).images
    assert [image.seed for image in images] == [LARGEST_SEED, 0]


async def test_without_a_seed_one_is_chosen_and_told() -> None:
    (first,) = (await generated(replace(FOX, params={}))).images
    assert first.seed is not None
    (again,) = (await generated(replace(FOX, params={"seed": first.seed}))).images
    assert bytes(again.data) == bytes(first.data)


async def test_previews_come_first_and_move_toward_the_picture() -> None:
    seen = await events(replace(FOX, partial_images=2))
    previews = [event for event in seen if isinstance(event, PartialImage)]
    assert [preview.index for preview in previews] == [0, 1]
    assert all(preview.content_type == "image/png" for preview in previews)
    done = [event.done for event in seen if isinstance(event, Progress)]
    assert done == sorted(done)
    assert done[-1] == 1.0
    last = seen[-1]
    assert isinstance(last, Generated)
    pictures = {bytes(preview.image.data) for preview in previews}
    assert bytes(last.images[0].data) not in pictures
    assert len(pictures) == 2


async def test_words_that_were_passed_over_are_named_in_a_warning() -> None:
    (warning,) = (await generated(replace(FOX, prompt="a fox and a zorgle"))).warnings
    assert "zorgle" in warning
    assert "fox" not in warning
    assert (await generated(FOX)).warnings == ()


async def test_a_long_list_of_unknown_words_is_cut_short() -> None:
    prompt = " ".join(f"zorg{letter}" for letter in "abcdefghijklmnop")
    (warning,) = (await generated(replace(FOX, prompt=prompt))).warnings
    assert "zorgl" in warning
    assert "zorgm" not in warning
    assert warning.endswith("and 4 more")


async def test_a_transparent_background_is_asked_for_by_its_parameter() -> None:
    order = replace(FOX, params={"seed": 7, "background": "transparent"})
    (image,) = (await generated(order)).images
    assert Image.open(BytesIO(image.data)).mode == "RGBA"
