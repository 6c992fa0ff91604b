"""Alibaba: where its key goes, whose links are followed, whose tasks are asked for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from PIL import Image
from tests.providers.given import an_edit, given
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY, everything_told
from tests.sketch.files import file_of, flat, hole
from tests.standins.alibaba import AlibabaStandIn
from tests.standins.faults import fault
from tests.standins.picture_host import PictureHost

from limner.fetch.reach import PUBLIC, Reach
from limner.providers.alibaba import AlibabaImages
from limner.providers.base import Generated, Order, ProviderError, TaskGone
from limner.providers.http_clients import open_client

QWEN = "qwen-image-3.0"
GIF = file_of(Image.new("RGB", (64, 48)), "GIF")
LOOPBACK = Reach.of("127.0.0.0/8")


@asynccontextmanager
async def connected(
    standin: AlibabaStandIn, reach: Reach = LOOPBACK
) -> AsyncIterator[AlibabaImages]:
    provider = AlibabaImages(open_client(), base_url=standin.base_url, api_key=KEY, reach=reach)
    try:
        yield provider
    finally:
        await provider.aclose()


@pytest.fixture
async def standin() -> AsyncIterator[AlibabaStandIn]:
    async with AlibabaStandIn() as running:
        yield running


@pytest.fixture
async def elsewhere(standin: AlibabaStandIn) -> AsyncIterator[PictureHost]:
    async with PictureHost() as host:
        standin.pictures = host
        yield host


def a_task(n: int = 1) -> Order:
    return replace(an_order("wan2.5-t2i-preview", n=n), protocol="async_text2image")


async def made(standin: AlibabaStandIn, order: Order) -> Generated:
    async with connected(standin) as provider:
        last = (await drained(provider.run(order)))[-1]
    assert isinstance(last, Generated)
    return last


async def test_the_key_goes_to_orders_and_questions_and_to_no_picture(
    standin: AlibabaStandIn,
) -> None:
    await made(standin, a_task())
    order, question, picture = standin.requests
    assert order.headers["authorization"] == question.headers["authorization"] == f"Bearer {KEY}"
    assert order.headers["x-dashscope-async"] == "enable"
    assert "x-dashscope-async" not in question.headers
    assert question.path == "/api/v1/tasks/task-1"
    assert KEY not in str(picture)


@pytest.mark.parametrize("order", [an_order(QWEN, n=2), a_task(2)])
async def test_pictures_are_fetched_wherever_they_are_without_the_key(
    standin: AlibabaStandIn, elsewhere: PictureHost, order: Order
) -> None:
    assert len((await made(standin, order)).images) == 2
    assert len(elsewhere.requests) == 2
    assert KEY not in str(elsewhere.requests)


async def test_a_link_into_the_operator_s_own_network_is_not_followed(
    standin: AlibabaStandIn, elsewhere: PictureHost
) -> None:
    async with connected(standin, PUBLIC) as provider:
        with pytest.raises(ProviderError, match="leads where this server does not go") as caught:
            await drained(provider.run(an_order(QWEN)))
    assert caught.value.outcome == "ran"
    assert elsewhere.requests == []


async def test_a_picture_that_does_not_come_at_once_is_fetched_again(
    standin: AlibabaStandIn,
) -> None:
    standin.trouble("picture", fault("503"))
    assert len((await made(standin, an_order(QWEN))).images) == 1
    assert len(standin.asked) == 1


async def test_more_pictures_than_were_ordered_are_not_delivered(standin: AlibabaStandIn) -> None:
    standin.script(fault("images", 4))
    assert len((await made(standin, an_order(QWEN, n=2))).images) == 2


async def test_seeds_of_pictures_are_told_where_each_has_a_call_of_its_own(
    standin: AlibabaStandIn,
) -> None:
    order = an_order(QWEN, n=2, params={"seed": 7})
    told = [image.seed for image in (await made(standin, replace(order, per_call=1))).images]
    assert told == [7, 8]
    assert [image.seed for image in (await made(standin, order)).images] == [None, None]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (replace(an_order(QWEN), protocol="carrier_pigeon"), "no protocol named"),
        (an_edit(flat(), model=QWEN, mask=hole((64, 48), (8, 8, 31, 23))), "takes no mask"),
        (an_edit(GIF, model=QWEN), "PNG, JPEG, WEBP, not image/gif"),
        (
            replace(
                an_edit(flat(), model=QWEN), images=(replace(given(flat()), size=11 * 1024**2),)
            ),
            "10 MB",
        ),
    ],
)
async def test_what_it_would_not_do_is_turned_away_before_it_is_sent(
    standin: AlibabaStandIn, order: Order, words: str
) -> None:
    async with connected(standin) as provider:
        with pytest.raises(ProviderError, match=words) as caught:
            await drained(provider.run(order))
    assert caught.value.outcome == "known_not_run"
    assert KEY not in everything_told(caught.value)
    assert standin.log == []


@pytest.mark.parametrize("task", ['["{\\"id\\":\\"1\\"}"]', '["../../files"]', '["a?b=c"]'])
async def test_a_reference_of_another_provider_is_of_no_use(
    standin: AlibabaStandIn, task: str
) -> None:
    async with connected(standin) as provider:
        with pytest.raises(TaskGone):
            await drained(provider.resume(a_task(), task))
    assert standin.requests == []
