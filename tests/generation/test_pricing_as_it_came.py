"""What a picture costs whose size the model chose: held at the dearest, charged as it came."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st
from tests.generation.studios import a_request, a_scene, connected
from tests.generation.test_pricing import check_sound, model
from tests.providers.given import given
from tests.sketch.files import flat
from tests.standins.alibaba import AlibabaStandIn

from limner.catalog.sizes import Pixels
from limner.db.base import Database
from limner.generation.pricing import as_large_as_came, charge, quote
from limner.generation.tariff import Tariff
from limner.jobs.feed import Completed
from limner.money import credits
from limner.settings import ProviderConfig, Settings

QWEN = "qwen-image-3-0"
OPEN = {"size": "auto"}
SMALL, LARGE = Pixels(1328, 1328), Pixels(2048, 1536)


@pytest.mark.parametrize(
    ("came", "each"),
    [((SMALL,), 3), ((LARGE,), 5), ((SMALL, LARGE), 5), ((), 5)],
)
def test_the_largest_picture_that_came_decides(came: tuple[Pixels, ...], each: int) -> None:
    qwen = model(QWEN)
    held = quote(qwen, n=2, params=OPEN)
    bill = charge(
        qwen, as_large_as_came(qwen, held, OPEN, came), delivered=max(1, len(came)), usage=None
    )
    assert bill.per_image == credits(each)
    assert bill.total <= held.total
    check_sound(bill)


@pytest.mark.parametrize(
    ("slug", "params"),
    [(QWEN, {"size": "2048x2048"}), ("qwen-image-2-0", OPEN), ("gpt-image-2", OPEN)],
)
def test_nothing_changes_where_the_size_was_said_or_does_not_matter(
    slug: str, params: dict[str, str]
) -> None:
    held = quote(model(slug), n=1, params=params)
    assert as_large_as_came(model(slug), held, params, (SMALL,)) == held


@for_any(st.integers(-90, 400), st.integers(1, 6), st.integers(0, 3), st.integers(64, 4096))
def test_a_markup_and_pictures_that_go_in_leave_a_bill_that_adds_up(
    markup: int, n: int, inputs: int, edge: int
) -> None:
    qwen, tariff = model("qwen-image-3-0-pro"), Tariff(markup_percent=markup)
    held = quote(qwen, n=n, params=OPEN, tariff=tariff, input_images=inputs)
    less = as_large_as_came(qwen, held, OPEN, [Pixels(edge, edge)], tariff)
    check_sound(less)
    assert 0 <= less.total <= held.total
    assert 0 <= less.at_list <= held.at_list
    exact = quote(qwen, n=n, params={"size": f"{edge}x{edge}"}, tariff=tariff, input_images=inputs)
    assert abs(less.per_image - exact.per_image) <= 200


async def test_an_edit_by_qwen_keeps_its_shape_and_costs_what_its_pixels_do(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN_KEY", "sk-standin")
    async with AlibabaStandIn() as standin:
        here = ProviderConfig(kind="alibaba", base_url=standin.url, api_key_env="STANDIN_KEY")
        settings = Settings(data_dir=tmp_path, providers={"alibaba": here})
        scene = connected(await a_scene(database, tmp_path), settings)
        request = a_request("make it night", model=QWEN)
        edit = replace(request, task="edit", images=(given(flat(size=(96, 48))),))
        done = (await scene.events(edit))[-1]
        await scene.studio.connections.close()
    assert isinstance(done, Completed)
    artifact = done.pictures[0].artifact
    assert artifact.width > artifact.height
    assert (done.charged, await scene.spent()) == (credits(3), credits(3))
