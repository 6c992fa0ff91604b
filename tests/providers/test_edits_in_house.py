"""Edits and upscales by sketch and in test mode: the given picture really changes."""

import io
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

import pytest
from PIL import Image
from tests.generation.studios import CATALOG
from tests.providers.drawings import FlatDraw
from tests.providers.given import an_edit, an_upscale, given
from tests.providers.orders import drained
from tests.sketch.files import busy, difference, file_of, flat, hole, image_of, mean, same

from limner.generation.simulation import simulation
from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Order,
    PartialImage,
    Progress,
    ProviderError,
    ProviderEvent,
    Usage,
)
from limner.providers.simulated import Simulated
from limner.providers.sketch import SketchImages
from limner.sketch.commissions import carried_out
from limner.sketch.drawing import Commission, Enlarging, Picture, Retouching

BUSY = busy()
PHOTO = file_of(BUSY)
SIZE = "160x120"


async def drawn_here(asked: Commission) -> Picture:
    return carried_out(asked)


def sketch() -> SketchImages:
    return SketchImages(drawn_here)


def simulated(slug: str = "gpt-image-2") -> Simulated:
    return Simulated(drawn_here, simulation(CATALOG.models[slug], 0.0))


Maker = Callable[[], SketchImages | Simulated]
both = pytest.mark.parametrize("maker", [sketch, simulated])


async def generated(events: AsyncGenerator[ProviderEvent, None]) -> Generated:
    last = (await drained(events))[-1]
    assert isinstance(last, Generated)
    return last


def picture(image: ImageData) -> Image.Image:
    return image_of(bytes(image.data))


@both
async def test_an_edit_changes_the_picture_that_was_given(maker: Maker) -> None:
    order = an_edit(PHOTO, prompt="make it blue", size=SIZE)
    (image,) = (await generated(maker().run(order))).images
    blue = mean(picture(image))
    assert blue[2] > blue[0] + 40
    assert difference(picture(image), BUSY) > 10


@both
async def test_outside_the_mask_nothing_changes(maker: Maker) -> None:
    mask = hole((160, 120), (10, 10, 80, 60))
    order = an_edit(PHOTO, prompt="a red balloon", size=SIZE, mask=mask)
    (image,) = (await generated(maker().run(order))).images
    # The lower right corner has test mode's mark.
    assert same(picture(image).crop((90, 0, 160, 60)), BUSY.crop((90, 0, 160, 60)))
    assert difference(picture(image), BUSY, (10, 10, 80, 60)) > 10


@both
async def test_an_upscale_is_the_given_picture_so_many_times_larger(maker: Maker) -> None:
    (image,) = (await generated(maker().run(an_upscale(PHOTO, 3)))).images
    large = picture(image)
    assert large.size == (480, 360)
    again = large.resize((160, 120), Image.Resampling.BOX)
    assert difference(again, BUSY, (0, 0, 160, 90)) < 2


@both
@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
async def test_the_format_is_the_one_ordered(maker: Maker, output_format: str) -> None:
    for order in (an_edit(PHOTO, size=SIZE), an_upscale(PHOTO)):
        done = await generated(maker().run(replace(order, output_format=output_format)))
        assert Image.open(io.BytesIO(done.images[0].data)).format == output_format.upper()


@both
async def test_several_pictures_differ_and_the_first_comes_again(maker: Maker) -> None:
    order = an_edit(PHOTO, size=SIZE, n=3, params={"seed": 5})
    images = (await generated(maker().run(order))).images
    assert len({bytes(image.data) for image in images}) == 3
    again = (await generated(maker().run(replace(order, n=1)))).images
    assert bytes(again[0].data) == bytes(images[0].data)


@both
async def test_previews_come_before_the_picture_and_toward_it(maker: Maker) -> None:
    order = an_edit(
        PHOTO, prompt="black and white", size=SIZE, partial_images=2, params={"seed": 1}
    )
    events = await drained(maker().run(order))
    assert isinstance(events[0], Accepted)
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done)
    previews = [picture(one.image) for one in events if isinstance(one, PartialImage)]
    last = events[-1]
    assert isinstance(last, Generated)
    far, near = (difference(preview, picture(last.images[0])) for preview in previews)
    assert far > near > 0


@both
async def test_a_picture_nobody_can_read_is_the_callers_to_mend(maker: Maker) -> None:
    broken = replace(given(PHOTO), read=lambda: PHOTO[:200])
    for task in ("edit", "upscale"):
        order = replace(an_edit(size=SIZE, task=task), images=(broken,))
        with pytest.raises(ProviderError, match="the picture is damaged") as caught:
            await drained(maker().run(order))
        assert (caught.value.outcome, caught.value.reason) == ("known_not_run", "bad_parameter")


@both
async def test_a_picture_that_is_gone_was_not_worked_on(maker: Maker) -> None:
    def gone() -> bytes:
        raise FileNotFoundError("/somewhere/secret")

    order = replace(an_edit(), images=(replace(given(PHOTO), read=gone),))
    with pytest.raises(ProviderError) as caught:
        await drained(maker().run(order))
    assert caught.value.outcome == "known_not_run"
    assert "secret" not in f"{caught.value.message} {caught.value.detail}"


async def asked(order: Order, slug: str | None = None) -> list[Commission]:
    draw = FlatDraw()
    provider = (
        Simulated(draw, simulation(CATALOG.models[slug], 0.0)) if slug else SketchImages(draw)
    )
    await drained(provider.run(order))
    return draw.asked


async def test_the_renderer_is_told_everything_that_was_ordered() -> None:
    mask = hole((160, 120), (1, 1, 9, 9))
    order = an_edit(
        PHOTO,
        flat(),
        mask=mask,
        prompt="a kite",
        size="96x64",
        output_format="webp",
        params={"seed": 3, "strength": 0.4, "background": "opaque", "output_compression": 50},
    )
    told = Retouching(
        prompt="a kite",
        pictures=(PHOTO, flat()),
        width=96,
        height=64,
        seed=3,
        mask=mask,
        output_format="webp",
        compression=50,
        ground="opaque",
        strength=0.4,
    )
    assert await asked(order) == [told]
    assert await asked(order, "gpt-image-2") == [replace(told, mark="TEST")]


async def test_an_upscale_is_told_its_scale() -> None:
    order = an_upscale(PHOTO, 4, output_format="jpeg")
    told = Enlarging(PHOTO, 4.0, 640, 480, "jpeg")
    assert await asked(order) == [told]
    assert await asked(order, "sketch-upscale") == [replace(told, mark="TEST")]


async def test_sketch_keeps_the_size_of_a_picture_where_it_is_left_open() -> None:
    order = an_edit(PHOTO, prompt="warmer", size="1024x1024", params={"size": "auto"})
    (image,) = (await generated(sketch().run(order))).images
    assert picture(image).size == (160, 120)


@pytest.mark.parametrize(
    ("slug", "params", "expected"),
    [
        ("gpt-image-1-5", {"size": "auto"}, (1536, 1024)),
        ("gpt-image-1-5", {"size": "1024x1024"}, (160, 120)),
        ("gemini-2-5-flash-image", {"size": "auto", "image_size": "1K"}, (1248, 832)),
        ("gemini-2-5-flash-image", {"image_size": "1K"}, (1248, 832)),
        ("gemini-2-5-flash-image", {"aspect_ratio": "1:1", "image_size": "1K"}, (160, 120)),
        ("dall-e-2", {"size": "512x512"}, (160, 120)),
        ("sketch-1", {"size": "auto"}, (150, 104)),
    ],
)
async def test_a_simulated_model_follows_the_shape_of_the_picture_as_the_real_one_does(
    slug: str, params: dict[str, str], expected: tuple[int, int]
) -> None:
    order = an_edit(file_of(busy((150, 104))), size=SIZE, prompt="warmer", params=params)
    (image,) = (await generated(simulated(slug).run(order))).images
    assert picture(image).size == expected


async def test_words_that_were_passed_over_and_what_could_not_be_done_are_warnings() -> None:
    order = an_edit(PHOTO, prompt="remove the background and add a zorgle", size=SIZE)
    unknown, not_plain = (await generated(sketch().run(order))).warnings
    assert "zorgle" in unknown
    assert "plain backgrounds only" in not_plain
    (only,) = (await generated(simulated().run(replace(order, n=2)))).warnings
    assert only == not_plain


async def test_upscaling_warns_of_no_words_and_has_no_seed() -> None:
    done = await generated(sketch().run(an_upscale(PHOTO)))
    assert done.warnings == ()
    assert done.images[0].seed is None


async def test_an_edit_tells_its_seed() -> None:
    done = await generated(sketch().run(an_edit(PHOTO, size=SIZE, n=2, params={"seed": 8})))
    assert [image.seed for image in done.images] == [8, 9]


@pytest.mark.parametrize(
    ("trigger", "outcome"),
    [
        ("refuse", "ran"),
        ("fail=500", "ran"),
        ("timeout", "unknown"),
        ("rate_limit", "known_not_run"),
    ],
)
@pytest.mark.parametrize("task", ["edit", "upscale"])
async def test_triggers_play_their_failures_before_anything_is_read(
    trigger: str, outcome: str, task: str
) -> None:
    def unread() -> bytes:
        raise AssertionError("nothing is drawn")

    order = an_edit(prompt=f"a kite [[limner:{trigger}]]", params={"scale": 2})
    order = replace(
        order,
        task="edit" if task == "edit" else "upscale",
        images=(replace(order.images[0], read=unread),),
    )
    with pytest.raises(ProviderError) as caught:
        await drained(simulated().run(order))
    assert caught.value.outcome == outcome


async def test_fewer_pictures_than_ordered_can_be_played() -> None:
    order = an_edit(PHOTO, prompt="a kite [[limner:partial=1/3]]", size=SIZE, n=3)
    done = await generated(simulated().run(order))
    assert len(done.images) == 1
    assert done.usage is not None


async def test_tokens_of_what_went_in_are_metered_for_each_picture() -> None:
    order = an_edit(PHOTO, flat(), size="1024x1024", n=2, params={"size": "1024x1024"})
    usage = (await generated(simulated().run(order))).usage
    assert isinstance(usage, Usage)
    assert usage.image_in == 1500 * 2 * 2
    plain = replace(order, task="generate", images=())
    new = (await generated(simulated().run(plain))).usage
    assert isinstance(new, Usage)
    assert new.image_in == 0
    assert new.image_out == usage.image_out


async def test_pictures_are_read_once_for_all_that_is_drawn_from_them() -> None:
    reads: list[int] = []

    def read() -> bytes:
        reads.append(1)
        return PHOTO

    order = an_edit(PHOTO, size=SIZE, n=3, partial_images=0)
    order = replace(order, images=(replace(order.images[0], read=read),))
    await generated(simulated().run(order))
    assert reads == [1]


async def test_revised_prompts_are_of_edits_and_not_of_upscales() -> None:
    revising = replace(simulation(CATALOG.models["gpt-image-2"], 0.0), revises_prompts=True)
    for order, revised in ((an_edit(PHOTO, size=SIZE), True), (an_upscale(PHOTO), False)):
        provider = Simulated(FlatDraw(), revising)
        (image,) = (await generated(provider.run(order))).images
        assert (image.revised_prompt is not None) == revised
