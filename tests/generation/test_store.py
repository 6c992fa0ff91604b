"""Pictures that are to be kept become files with the end of their job, or are delivered without."""

import asyncio
import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.generation.studios import (
    BROKEN,
    EACH,
    QUOTA,
    Scene,
    Scripted,
    a_request,
    a_scene,
    draws,
    picture,
    place,
)
from tests.jobs.orders import run

from limner.db.base import Database, DatabaseAway
from limner.files.blobs import LocalBlobs
from limner.files.file import File, Usage
from limner.files.files import Files
from limner.generation import wording
from limner.jobs.feed import Completed, Failed
from limner.providers.base import Generated


def files_of(scene: Scene) -> Files:
    return Files(scene.database, LocalBlobs(scene.blobs.with_name("files")))


async def kept(scene: Scene) -> list[File]:
    """The workspace's files, oldest first."""
    page, _ = await files_of(scene).page(
        scene.caller.workspace_id, purpose=None, after=None, order="asc", most=100
    )
    return page


async def drawn(scene: Scene, n: int = 1) -> Completed:
    events = await scene.events(replace(a_request(n=n), store=True))
    assert isinstance(events[-1], Completed)
    return events[-1]


async def test_each_delivered_picture_becomes_a_file(database: Database, tmp_path: Path) -> None:
    images = (picture(1), BROKEN, picture(2))
    scene = await a_scene(database, tmp_path, place(Scripted([Generated(images)])))
    completed = await drawn(scene, n=3)
    artifacts = [one.artifact for one in completed.pictures]
    files = {file.id: file for file in await kept(scene)}
    assert len(artifacts) == len(files) == 2
    for artifact in artifacts:
        file = files[artifact.file_id or ""]
        assert (file.purpose, file.sha256, file.bytes) == (
            "media_artifact",
            artifact.sha256,
            artifact.bytes,
        )
        assert file.filename == f"{artifact.job_id}-{artifact.position + 1}.png"
    assert await scene.studio.artifacts.of_job(artifacts[0].job_id) == (artifacts, False)
    assert wording.NOT_FILED not in completed.warnings
    assert await scene.spent() == 2 * EACH


async def test_nothing_is_kept_for_whoever_does_not_ask(database: Database, tmp_path: Path) -> None:
    scene = await a_scene(database, tmp_path, place(Scripted(draws())))
    events = await scene.events(a_request())
    assert isinstance(events[-1], Completed)
    assert events[-1].pictures[0].artifact.file_id is None
    assert await kept(scene) == []
    assert list(LocalBlobs(tmp_path / "files").ids()) == []


async def test_a_full_quota_costs_nobody_a_picture(database: Database, tmp_path: Path) -> None:
    scene = await a_scene(database, tmp_path, place(Scripted(draws(2))))
    await drawn(scene, n=2)
    completed = await drawn(scene, n=2)
    assert [one.artifact.file_id for one in completed.pictures] == [None, None]
    assert wording.NOT_FILED in completed.warnings
    assert len(await kept(scene)) == 2
    assert len(list(LocalBlobs(tmp_path / "files").ids())) == 2
    assert await scene.spent() == 4 * EACH
    assert {job.state for job in await scene.jobs()} == {"completed"}


async def test_a_quota_is_exact_when_many_jobs_end_at_once(
    database: Database, tmp_path: Path
) -> None:
    scene = await a_scene(database, tmp_path, place(Scripted(draws())))
    completed = await asyncio.gather(*(drawn(scene) for _ in range(8)))
    stored = [one for one in completed if one.pictures[0].artifact.file_id]
    assert len(stored) == QUOTA.files
    usage = await files_of(scene).usage(scene.caller.workspace_id)
    assert usage == Usage(3, sum(one.pictures[0].artifact.bytes for one in stored))
    assert len(list(LocalBlobs(tmp_path / "files").ids())) == 3
    assert await scene.spent() == 8 * EACH


async def test_a_disk_without_room_for_the_file_still_delivers(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    def unreadable(path: Path) -> bytes:
        raise OSError(errno.ENOSPC, "no space left on device")

    scene = await a_scene(database, tmp_path, place(Scripted(draws())))
    with monkeypatch.context() as patched:
        patched.setattr(os, "link", full)
        patched.setattr(Path, "read_bytes", unreadable)
        completed = await drawn(scene)
    assert wording.NOT_FILED in completed.warnings
    assert await kept(scene) == []
    assert await scene.spent() == EACH


async def test_an_answer_that_is_lost_files_and_charges_once(
    database: Database, tmp_path: Path
) -> None:
    scene = await a_scene(database, tmp_path, place(Scripted(draws())))
    scene.database.after["finish_filing"] = [DatabaseAway("lost")]
    completed = await drawn(scene)
    (file,) = await kept(scene)
    assert completed.pictures[0].artifact.file_id == file.id
    assert await scene.spent() == EACH


async def test_a_job_that_was_taken_over_files_nothing(database: Database, tmp_path: Path) -> None:
    gate = asyncio.Event()
    provider = Scripted([gate, *draws()])
    scene = await a_scene(database, tmp_path, place(provider))
    work = asyncio.create_task(scene.events(replace(a_request(), store=True)))
    await provider.asked.wait()
    (job,) = await scene.jobs()
    (ticket,) = scene.studio.jobs.underway.tickets()
    assert await scene.studio.jobs.fail(ticket, code="x", message="x", outcome="unknown")
    gate.set()
    assert isinstance((await work)[-1], Failed)
    assert await kept(scene) == []
    assert (await scene.job(job.id)).state == "failed"
    assert await scene.spent() == 0


async def test_the_file_outlives_the_picture(database: Database, tmp_path: Path) -> None:
    scene = await a_scene(database, tmp_path, place(Scripted(draws())))
    completed = await drawn(scene)
    await run(database, "UPDATE artifact SET expires_at = 1")
    assert await scene.studio.artifacts.sweep() == 1
    (file,) = await kept(scene)
    blobs = LocalBlobs(tmp_path / "files")
    data = completed.pictures[0].data
    assert blobs.read(file.blob, 0, 10**7) == bytes(data)
    await files_of(scene).sweep_orphans()
    assert await scene.studio.artifacts.of_job(completed.pictures[0].artifact.job_id) == ([], True)
