"""A job that is cancelled leaves its provider's queue, where nothing is billed for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from tests.generation.studios import Scene, a_request, a_scene, connected
from tests.standins.comfyui import WORKFLOWS, ComfyUIStandIn
from tests.standins.faults import fault

from limner.db.base import Database
from limner.generation.calling_off import called_off
from limner.generation.runner import Runner
from limner.generation.wording import CANCELLED
from limner.jobs.cancelling import cancel
from limner.jobs.feed import Admitted
from limner.settings import ProviderConfig, Settings

MODEL = "wan2-6-t2i"


@pytest.fixture
async def standin() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn(latency_s=60) as running:
        yield running


@pytest.fixture
async def scene(
    database: Database, tmp_path: Path, standin: ComfyUIStandIn
) -> AsyncIterator[Scene]:
    here = ProviderConfig(
        kind="comfyui",
        base_url=standin.base_url,
        serves={MODEL: "flux-dev"},
        options={"workflows": str(WORKFLOWS)},
    )
    settings = Settings(data_dir=tmp_path, providers={"comfyui": here})
    made = connected(await a_scene(database, tmp_path), settings)
    yield made
    await made.studio.connections.close()


async def cancelled(scene: Scene, standin: ComfyUIStandIn, runner: Runner) -> str:
    """The id of a job that is cancelled while its provider has it."""
    feed = runner.start(a_request(model=MODEL), scene.caller)
    first = await feed.first()
    assert isinstance(first, Admitted)
    job_id = first.ticket.job_id
    await standin.until("asked")
    await cancel(
        await scene.job(job_id), CANCELLED, database=scene.database.real, jobs=scene.studio.jobs
    )
    assert (await scene.job(job_id)).error_code == "cancelled"
    return job_id


async def test_the_provider_is_told_and_stops(scene: Scene, standin: ComfyUIStandIn) -> None:
    runner = Runner(scene.studio)
    job_id = await cancelled(scene, standin, runner)
    await called_off(job_id, scene.database.real, scene.studio.connections)
    assert standin.works.stopped == [standin.asked[0].generation.id]
    await runner.drain(10)
    assert await scene.spent() == 0
    assert standin.completed == []


async def test_a_provider_that_cannot_be_told_is_noted_and_nobody_waits_for_it(
    scene: Scene, standin: ComfyUIStandIn
) -> None:
    runner = Runner(scene.studio)
    job_id = await cancelled(scene, standin, runner)
    await runner.drain(10)
    standin.trouble("asked", fault("502"))
    with structlog.testing.capture_logs() as said:
        await called_off(job_id, scene.database.real, scene.studio.connections)
    assert [line["event"] for line in said] == ["cancel_not_told"]
    assert standin.works.stopped == []


async def test_a_job_without_a_task_has_nobody_to_tell(
    scene: Scene, standin: ComfyUIStandIn
) -> None:
    await called_off("imgjob_0", scene.database.real, scene.studio.connections)
    assert standin.requests == []
