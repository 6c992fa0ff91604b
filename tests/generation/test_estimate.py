"""An estimate is what a request would hold, told without a job."""

from pathlib import Path

import pytest
from tests.generation.studios import (
    CATALOG,
    Scene,
    Scripted,
    a_request,
    a_scene,
    admitted,
    connected,
    draws,
    place,
)

from limner.catalog.model import Model
from limner.db.base import Database
from limner.errors import InvalidParams
from limner.generation.bill import Quote
from limner.generation.estimate import estimate
from limner.generation.params import LONGEST_PROMPT
from limner.ledger.wallet import LedgerName
from limner.settings import Settings

GROK = CATALOG.models["grok-imagine-image"]
METERED = CATALOG.models["gpt-image-2"]
RETIRED = CATALOG.models["dall-e-2"]


@pytest.fixture
async def scene(database: Database, tmp_path: Path) -> Scene:
    return await a_scene(database, tmp_path, place(Scripted(draws(2))))


async def estimated(
    scene: Scene, priced: Model, mode: LedgerName = "live", /, **given: object
) -> Quote | None:
    studio = scene.studio
    found = await estimate(
        priced,
        given,
        mode,
        studio.catalog,
        studio.vocabulary,
        studio.connections,
        studio.tariffs.of,
    )
    return found[1] if found else None


async def test_an_estimate_is_what_the_same_request_holds(scene: Scene) -> None:
    for model in (GROK, METERED):
        told = await estimated(scene, model, prompt="a paper lantern", n=2)
        assert told is not None
        events = await scene.events(a_request(n=2, model=model.slug))
        assert told.total == admitted(events).ticket.held.total


async def test_an_estimate_needs_no_prompt_and_leaves_no_job(scene: Scene) -> None:
    told = await estimated(scene, GROK)
    assert told is not None
    assert (told.n, await scene.jobs()) == (1, [])


async def test_a_number_of_characters_stands_for_a_prompt(scene: Scene) -> None:
    short = await estimated(scene, METERED, characters=10)
    long = await estimated(scene, METERED, characters=10_000)
    same = await estimated(scene, METERED, prompt="x" * 10_000, characters=1)
    assert short is not None
    assert long is not None
    assert short.total < long.total
    assert same == long


@pytest.mark.parametrize("wrong", [0, -1, True, "ten", 1.5, LONGEST_PROMPT + 1])
async def test_a_wrong_number_of_characters_is_refused(scene: Scene, wrong: object) -> None:
    with pytest.raises(InvalidParams) as caught:
        await estimated(scene, METERED, characters=wrong)
    assert caught.value.param == "characters"


async def test_what_would_be_refused_is_refused(scene: Scene) -> None:
    with pytest.raises(InvalidParams):
        await estimated(scene, GROK, n=99)


async def test_how_it_is_answered_changes_no_price(scene: Scene) -> None:
    plain = await estimated(scene, GROK)
    assert await estimated(scene, GROK, response_format="url", stream=True, model="x") == plain


async def test_a_retired_model_costs_what_stands_in_for_it(scene: Scene) -> None:
    assert await estimated(scene, RETIRED) is None
    told = await estimated(scene, RETIRED, "test", size="256x256")
    assert told is not None
    assert told.total == 1_600_000
    settings = Settings(data_dir=Path(), aliases={"dall-e-2": GROK.slug})
    aliased = connected(scene, settings)
    assert await estimated(aliased, RETIRED) == await estimated(scene, GROK)
