"""From a provider's bytes to stored, paid and answered pictures."""

import asyncio
import json
from pathlib import Path

import pybase64
import pytest
from tests.generation.studios import (
    BROKEN,
    CATALOG,
    EACH,
    FUNDS,
    Scene,
    Scripted,
    a_request,
    a_scene,
    admitted,
    draws,
    picture,
    place,
)
from tests.standins.pictures import drawn

from limner.db.base import Database
from limner.errors import ConfigError
from limner.generation.delivery import keep_all
from limner.generation.finishing import Finished
from limner.generation.pricing import quote
from limner.generation.words import Words, words_of
from limner.jobs.feed import Completed, JobEvent
from limner.jobs.job import Ticket
from limner.ledger.wallet import Split
from limner.providers.base import Generated, ImageData, ProviderError, Usage

TICKET = Ticket("imgjob_1", "ws_1", "live", 1, Split(0, 4))
METERED = "gpt-image-2"


@pytest.fixture
async def scene(database: Database, tmp_path: Path) -> Scene:
    return await a_scene(database, tmp_path, place(Scripted(draws())))


def given(*images: ImageData, usage: Usage | None = None) -> Scripted:
    return Scripted([Generated(tuple(images), usage=usage)])


def completed(events: list[JobEvent]) -> Completed:
    assert isinstance(events[-1], Completed)
    return events[-1]


async def test_base64_is_answered_as_it_came_and_stored_as_bytes(scene: Scene) -> None:
    png = drawn(64, 64, "png", 1)
    text = memoryview(pybase64.b64encode(png))
    (kept,) = await keep_all(scene.studio.artifacts, TICKET, (Finished(ImageData(text, "base64")),))
    assert (kept.data is text, kept.base64) == (True, True)
    (blob,) = scene.blobs.rglob("a_*")
    assert blob.read_bytes() == png
    one = kept.artifact
    assert (one.bytes, one.content_type, one.width, one.height) == (len(png), "image/png", 64, 64)


async def test_what_is_no_picture_is_left_out(scene: Scene) -> None:
    broken = [ImageData(memoryview(text), "base64") for text in (b"####", b"iVBORw0KGg", b"")]
    kept = await keep_all(
        scene.studio.artifacts, TICKET, [Finished(one) for one in (*broken, BROKEN, picture(2))]
    )
    assert [one.artifact.position for one in kept] == [4]
    assert len(list(scene.blobs.rglob("a_*"))) == 1


async def test_when_none_is_a_picture_the_provider_has_failed(scene: Scene) -> None:
    for images in ((), (BROKEN,), (BROKEN, BROKEN)):
        with pytest.raises(ProviderError) as caught:
            await keep_all(scene.studio.artifacts, TICKET, [Finished(one) for one in images])
        assert caught.value.outcome == "ran"


async def test_what_the_provider_made_of_the_prompt_is_sealed_for_its_job(
    database: Database, tmp_path: Path
) -> None:
    words = ImageData(picture().data, "raw", revised_prompt="a finer lantern")
    scene = await a_scene(database, tmp_path, place(given(picture(1), words)))
    events = await scene.events(a_request(n=2))
    job = await scene.job(admitted(events).ticket)
    assert job.sealed is not None
    assert "lantern" not in job.sealed
    assert words_of(job, scene.studio.vault) == {1: Words(revised_prompt="a finer lantern")}
    with pytest.raises(ConfigError):
        scene.studio.vault.open(job.sealed, about="imgjob_other")
    assert [one.revised_prompt for one in completed(events).pictures] == [None, "a finer lantern"]


async def test_without_such_words_nothing_is_sealed(scene: Scene) -> None:
    events = await scene.events(a_request())
    assert (await scene.job(admitted(events).ticket)).sealed is None


async def test_metered_tokens_are_charged_below_what_was_held(
    database: Database, tmp_path: Path
) -> None:
    provider = given(picture(0), picture(1), usage=Usage(text_in=10, image_out=400))
    scene = await a_scene(database, tmp_path, place(provider))
    events = await scene.events(a_request(model=METERED, n=2, size="1024x1024"))
    held = admitted(events).ticket.held.total
    done = completed(events)
    assert 0 < done.charged < held == held_for(2)
    assert await scene.spent() == done.charged


async def test_a_provider_that_meters_more_than_was_held_is_capped(
    database: Database, tmp_path: Path
) -> None:
    provider = given(picture(0), usage=Usage(text_in=10, image_out=10_000_000))
    scene = await a_scene(database, tmp_path, place(provider))
    events = await scene.events(a_request(model=METERED, size="1024x1024"))
    assert completed(events).charged == held_for(1)
    assert await scene.spent() == held_for(1)


def held_for(n: int) -> int:
    params = {"size": "1024x1024"}
    model = CATALOG.models[METERED]
    return quote(model, n=n, params=params, prompt="a paper lantern").total


async def test_pictures_are_there_before_anybody_is_charged(
    database: Database, tmp_path: Path
) -> None:
    scene = await a_scene(database, tmp_path, place(Scripted(draws(2))))
    settling = scene.database.begun["finish"] = asyncio.Event()
    scene.database.waits["finish"] = asyncio.Event()
    running = asyncio.create_task(scene.events(a_request(n=2)))
    await settling.wait()
    assert len(list(scene.blobs.rglob("a_*"))) == 2
    assert (await scene.wallet()).balance == FUNDS
    scene.database.waits["finish"].set()
    assert completed(await running).charged == 2 * EACH
    assert await scene.spent() == 2 * EACH


async def test_a_format_that_did_not_come_is_told_as_adjusted(
    database: Database, tmp_path: Path
) -> None:
    scene = await a_scene(database, tmp_path, place(given(picture())))
    wanted = {"model": METERED, "size": "1024x1024", "quality": "low"}
    other = completed(await scene.events(a_request(**wanted, output_format="webp")))
    assert other.admitted is not None
    told = json.loads(other.admitted.parameters)
    assert "output_format" not in told["applied"]
    assert told["adjusted"] == [
        {"name": "output_format", "from": "webp", "to": "png", "why": "the provider gave no other"}
    ]
    same = completed(await scene.events(a_request(**wanted, output_format="png")))
    assert same.admitted is not None
    told = json.loads(same.admitted.parameters)
    assert (told["applied"]["output_format"], told["adjusted"]) == ("png", [])
