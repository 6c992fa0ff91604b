"""What fal draws, changes and enlarges, charged to the megapixel; its log is the referee."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.generation.studios import Scene, a_request, a_scene, connected
from tests.providers.given import given
from tests.sketch.files import flat
from tests.standins.bfl import BflStandIn
from tests.standins.fal import FalStandIn
from tests.standins.faults import fault

from limner.catalog.model import Task
from limner.db.base import Database
from limner.jobs.feed import Completed, Failed, JobEvent
from limner.settings import ProviderConfig, Settings

LOSSES = """
    SELECT CAST(COALESCE(SUM(p.amount), 0) AS BIGINT) FROM posting p JOIN job j ON j.id = p.job_id
    WHERE p.kind = 'loss' AND j.workspace_id = :workspace_id
"""


@dataclass(frozen=True, slots=True)
class House:
    scene: Scene
    fal: FalStandIn
    bfl: BflStandIn

    async def ends(
        self, model: str, *pictures: bytes, task: Task = "generate", n: int = 1, **given_: object
    ) -> JobEvent:
        request = a_request(model=model, n=n, **given_)
        images = tuple(given(data) for data in pictures)
        return (await self.scene.events(replace(request, task=task, images=images)))[-1]

    async def lost(self) -> int:
        own = {"workspace_id": self.scene.caller.workspace_id}
        ((amount,),) = await self.scene.database.fetch(LOSSES, own)
        return int(str(amount))


@pytest.fixture
async def house(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setenv("STANDIN_KEY", "sk-standin")
    monkeypatch.setattr("limner.providers.polling.FIRST_S", 0.05)
    async with FalStandIn() as fal, BflStandIn() as bfl:
        providers = {
            kind: ProviderConfig(kind=kind, base_url=at.base_url, api_key_env="STANDIN_KEY")
            for kind, at in (("fal", fal), ("bfl", bfl))
        }
        settings = Settings(data_dir=tmp_path, providers=providers)
        scene = connected(await a_scene(database, tmp_path), settings)
        yield House(scene, fal, bfl)
        await scene.studio.connections.close()


def came(end: JobEvent) -> Completed:
    assert isinstance(end, Completed)
    return end


def sizes(end: Completed) -> Sequence[tuple[int, int]]:
    return [(one.artifact.width, one.artifact.height) for one in end.pictures]


async def test_an_edit_costs_what_comes_and_what_goes_in(house: House) -> None:
    pictures = flat(size=(1024, 1024)), flat(size=(64, 48))
    done = came(await house.ends("flux-2-dev-fal", *pictures, task="edit", n=2))
    assert done.charged == 2 * (1_200_000 + 2 * 1_200_000)
    assert await house.scene.spent() == done.charged
    assert [entry.path for entry in house.fal.asked] == ["/fal-ai/flux-2/edit"]


async def test_an_upscale_costs_the_megapixels_that_come_out(house: House) -> None:
    picture = flat(size=(600, 500))
    done = came(await house.ends("clarity-upscaler", picture, task="upscale", scale=3))
    assert sizes(done) == [(1800, 1500)]
    assert done.charged == 3 * 3_000_000 == await house.scene.spent()


async def test_a_picture_that_was_held_back_is_not_charged_and_is_a_loss(house: House) -> None:
    house.fal.flags.append((0, 2))
    done = came(await house.ends("flux-1-dev-fal", n=4))
    assert (len(done.pictures), done.charged) == (2, 2 * 2_500_000)
    assert await house.scene.spent() == done.charged
    assert await house.lost() == 2 * 2_500_000
    assert any("refused the prompt or its picture" in line for line in done.warnings)


async def test_pictures_that_were_all_held_back_are_the_caller_s_refusal(house: House) -> None:
    house.fal.flags.append((0,))
    end = await house.ends("flux-1-dev-fal")
    assert isinstance(end, Failed)
    assert (end.error.status, end.error.code) == (400, "content_policy_violation")
    assert await house.scene.spent() == 0


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("content_policy_violation", 400, "content_policy_violation"),
        ("image_too_small", 400, "validation_failed"),
        ("internal_server_error", 502, "provider_error"),
    ],
)
async def test_an_order_that_ends_badly_is_told_by_the_right_name_and_is_ordered_once(
    house: House, kind: str, status: int, code: str
) -> None:
    house.fal.ends.append(kind)
    end = await house.ends("flux-2-pro-fal")
    assert isinstance(end, Failed)
    assert (end.error.status, end.error.code) == (status, code)
    assert "nothing was charged" in end.error.message
    assert await house.scene.spent() == 0
    assert len(house.fal.asked) == 1


async def test_what_found_no_machine_is_ordered_once_more(house: House) -> None:
    house.fal.ends.append("runner_scheduling_failure")
    done = came(await house.ends("flux-1-dev-fal"))
    assert done.charged == 2_500_000 == await house.scene.spent()
    assert (len(house.fal.asked), len(house.fal.completed)) == (2, 1)


async def test_fal_draws_what_bfl_has_no_room_for(house: House) -> None:
    house.bfl.script(fault("503"))
    done = came(await house.ends("flux-kontext-pro", flat(), task="edit"))
    assert done.charged == 4_000_000 == await house.scene.spent()
    assert [entry.path for entry in house.fal.asked] == ["/fal-ai/flux-pro/kontext"]
    assert len(house.bfl.completed) == 0
    assert len(house.fal.completed) == 1


async def test_what_fal_does_not_do_is_told_and_is_ordered_nowhere(house: House) -> None:
    house.bfl.script(fault("503"))
    end = await house.ends("flux-kontext-pro", aspect_ratio="4:5")
    assert isinstance(end, Failed)
    assert (end.error.status, end.error.code) == (400, "validation_failed")
    assert "draws no 4:5 at fal" in end.error.message
    assert house.fal.asked == []
