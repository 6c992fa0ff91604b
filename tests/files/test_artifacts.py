"""Pictures from a provider's bytes to a durable blob, to a reader, and to their end."""

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.clocks import Hands
from tests.files.pictures import SIZE, encoded
from tests.files.sounds import wav
from tests.jobs.orders import admission, finish, jobs_on, run, workspace_with

from limner.accounts.workspace import Workspace
from limner.db.base import Database
from limner.errors import NotFound
from limner.files.artifact import Artifact, heard
from limner.files.artifacts import Artifacts
from limner.files.audio import NotAudio
from limner.files.blobs import LocalBlobs
from limner.files.orphans import ORPHAN_S
from limner.files.reading import CHUNK
from limner.files.sniff import NotAnImage
from limner.ids import new_id
from limner.jobs.jobs import Jobs

PNG = encoded()


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


@pytest.fixture
def artifacts(database: Database, blobs: LocalBlobs, clock: Hands) -> Artifacts:
    return Artifacts(database, blobs, clock)


def picture(number: int) -> bytes:
    """One that equals no other; the first is `PNG`."""
    return PNG + number.to_bytes(2) * bool(number)


async def finished(database: Database, artifacts: Artifacts, n: int) -> Sequence[Artifact]:
    """The pictures of a finished job."""
    workspace = await workspace_with(database, 10, new_id("w").replace("_", "-"))
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4, n=n))
    kept = [
        (await artifacts.keep(ticket.job_id, at, memoryview(picture(at)), base64=False)).artifact
        for at in range(n)
    ]
    await finish(jobs, ticket, 4, *kept)
    return kept


async def read(artifacts: Artifacts, artifact: Artifact, start: int, end: int) -> list[bytes]:
    async with aclosing(artifacts.read(artifact, start, end)) as chunks:
        return [chunk async for chunk in chunks]


@pytest.mark.parametrize("as_base64", [True, False])
async def test_a_kept_picture_is_described_by_its_own_bytes(
    artifacts: Artifacts, blobs: LocalBlobs, as_base64: bool
) -> None:
    data = memoryview(base64.b64encode(PNG) if as_base64 else PNG)
    kept = await artifacts.keep("job", 3, data, base64=as_base64, seed=7, revised_prompt="a cat")
    artifact = kept.artifact
    assert blobs.read(artifact.id, 0, 10**6) == PNG
    assert artifact == Artifact(
        artifact.id,
        "job",
        3,
        len(PNG),
        hashlib.sha256(PNG).hexdigest(),
        "image/png",
        *SIZE,
        seed=7,
        content_credentials="absent",
    )
    assert (kept.data, kept.base64, kept.revised_prompt) == (data, as_base64, "a cat")


@pytest.mark.parametrize(
    "data", [b"not base64!", b"QUJD", base64.b64encode(PNG)[:-8], b"", b"\xff\xfe"]
)
async def test_what_is_no_picture_is_not_kept(
    artifacts: Artifacts, blobs: LocalBlobs, data: bytes
) -> None:
    with pytest.raises(NotAnImage):
        await artifacts.keep("job", 0, memoryview(data), base64=True)
    assert list(blobs.ids()) == []


async def test_a_recording_has_a_duration_where_a_picture_has_sides(
    database: Database, artifacts: Artifacts
) -> None:
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(await workspace_with(database, 10, "song"), 4))
    sound = memoryview(wav(1.5))
    kept = await artifacts.keep(ticket.job_id, 0, sound, base64=False, recognise=heard, title="Oh")
    await finish(jobs, ticket, 4, kept.artifact)
    found = await artifacts.get(kept.artifact.id)
    assert found == kept.artifact
    assert (found.content_type, found.duration_ms) == ("audio/wav", 1500)
    assert (found.width, found.height) == (0, 0)
    assert kept.title == "Oh"


async def test_a_picture_is_no_recording_nor_the_reverse(
    artifacts: Artifacts, blobs: LocalBlobs
) -> None:
    with pytest.raises(NotAudio):
        await artifacts.keep("job", 0, memoryview(PNG), base64=False, recognise=heard)
    with pytest.raises(NotAnImage):
        await artifacts.keep("job", 0, memoryview(wav(1)), base64=False)
    assert list(blobs.ids()) == []


async def test_a_seed_no_column_holds_costs_nobody_a_picture(
    database: Database, artifacts: Artifacts
) -> None:
    kept = await artifacts.keep("job", 0, memoryview(PNG), base64=False, seed=2**64 - 1)
    assert kept.artifact.seed is None


async def test_a_picture_is_found_by_its_id_and_by_its_job(
    database: Database, artifacts: Artifacts
) -> None:
    first, second = await finished(database, artifacts, 2)
    assert await artifacts.get(first.id) == first
    assert await artifacts.of_job(first.job_id) == ([first, second], False)
    assert await artifacts.of_job("imgjob_none") == ([], False)
    with pytest.raises(NotFound):
        await artifacts.get("a_none")


async def test_a_picture_without_a_row_does_not_exist(artifacts: Artifacts) -> None:
    kept = await artifacts.keep("job", 0, memoryview(PNG), base64=False)
    with pytest.raises(NotFound):
        await artifacts.get(kept.artifact.id)


async def test_a_picture_is_read_in_chunks_and_from_anywhere(
    database: Database, artifacts: Artifacts, blobs: LocalBlobs
) -> None:
    (artifact,) = await finished(database, artifacts, 1)
    blobs.write(artifact.id, bytes(CHUNK) + b"tail")
    assert [len(chunk) for chunk in await read(artifacts, artifact, 0, CHUNK + 4)] == [CHUNK, 4]
    assert await read(artifacts, artifact, CHUNK + 1, CHUNK + 3) == [b"ai"]
    assert await read(artifacts, artifact, 5, 5) == []


async def test_a_picture_whose_blob_has_gone_is_not_found(
    database: Database, artifacts: Artifacts, blobs: LocalBlobs
) -> None:
    (artifact,) = await finished(database, artifacts, 1)
    blobs.remove(artifact.id)
    with pytest.raises(NotFound):
        await read(artifacts, artifact, 0, 10)


async def test_an_expired_picture_is_gone_at_once_and_swept_from_the_disk(
    database: Database, artifacts: Artifacts, blobs: LocalBlobs
) -> None:
    gone, kept = await finished(database, artifacts, 2)
    await run(database, "UPDATE artifact SET expires_at = NOW_US() WHERE id = :id", {"id": gone.id})
    with pytest.raises(NotFound):
        await artifacts.get(gone.id)
    assert await artifacts.of_job(kept.job_id) == ([kept], True)
    assert await artifacts.sweep() == 1
    assert list(blobs.ids()) == [kept.id]
    assert await artifacts.sweep() == 0
    assert await artifacts.of_job(kept.job_id) == ([kept], True)


async def test_more_expired_pictures_than_one_query_takes_are_swept_in_one_go(
    database: Database, artifacts: Artifacts
) -> None:
    await finished(database, artifacts, 230)
    await run(database, "UPDATE artifact SET expires_at = 1")
    assert await artifacts.sweep() == 230


async def test_a_blob_without_a_row_is_removed_when_it_had_none_for_long_enough(
    database: Database, artifacts: Artifacts, blobs: LocalBlobs, clock: Hands
) -> None:
    (kept,) = await finished(database, artifacts, 1)
    orphan = (await artifacts.keep("job", 0, memoryview(PNG), base64=False)).artifact
    assert await artifacts.sweep_orphans() == 0
    clock.now += ORPHAN_S - 1
    assert await artifacts.sweep_orphans() == 0
    clock.now += 1
    late = (await artifacts.keep("job", 1, memoryview(PNG), base64=False)).artifact
    assert await artifacts.sweep_orphans() == 1
    assert set(blobs.ids()) == {kept.id, late.id}
    assert orphan.id not in set(blobs.ids())


async def test_a_blob_that_gets_its_row_late_is_never_removed(
    database: Database, artifacts: Artifacts, blobs: LocalBlobs, clock: Hands
) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    kept = await artifacts.keep(ticket.job_id, 0, memoryview(PNG), base64=False)
    assert await artifacts.sweep_orphans() == 0
    await finish(jobs, ticket, 4, kept.artifact)
    clock.now += 10 * ORPHAN_S
    assert await artifacts.sweep_orphans() == 0
    assert list(blobs.ids()) == [kept.artifact.id]


async def drawn(
    jobs: Jobs, artifacts: Artifacts, workspace: Workspace, *pictures: bytes
) -> list[Artifact]:
    """A finished job of the workspace, as its rows have it."""
    ticket = await jobs.admit(admission(workspace, 4, n=len(pictures)))
    kept = [
        (await artifacts.keep(ticket.job_id, at, memoryview(data), base64=False)).artifact
        for at, data in enumerate(pictures)
    ]
    await finish(jobs, ticket, 4, *kept)
    return (await artifacts.of_job(ticket.job_id))[0]


async def expire(database: Database, artifact: Artifact) -> None:
    past = "UPDATE artifact SET expires_at = 1 WHERE id = :id"
    await run(database, past, {"id": artifact.id})


async def test_equal_pictures_of_a_workspace_share_their_bytes_until_the_last_has_gone(
    database: Database, artifacts: Artifacts, blobs: LocalBlobs, clock: Hands
) -> None:
    jobs, owner = jobs_on(database), await workspace_with(database, 100)
    first, twin = await drawn(jobs, artifacts, owner, PNG, PNG)
    (later,) = await drawn(jobs, artifacts, owner, PNG)
    assert first.blob == twin.blob == later.blob
    assert await database.fetch("SELECT name, refs FROM blob") == [(first.blob, 3)]
    await artifacts.sweep_orphans()
    clock.now += ORPHAN_S
    assert await artifacts.sweep_orphans() == 2
    assert list(blobs.ids()) == [first.blob]
    for gone in (first, later):
        await expire(database, gone)
        assert await artifacts.sweep() == 1
        assert b"".join(await read(artifacts, twin, 0, len(PNG))) == PNG
    await expire(database, twin)
    assert await artifacts.sweep() == 1
    assert (list(blobs.ids()), await database.fetch("SELECT name FROM blob")) == ([], [])


async def test_workspaces_never_share_bytes(database: Database, artifacts: Artifacts) -> None:
    jobs = jobs_on(database)
    owners = [await workspace_with(database, 100, name) for name in ("one", "other")]
    found = [(await drawn(jobs, artifacts, owner, PNG))[0] for owner in owners]
    assert [one.blob for one in found] == [one.id for one in found]


async def test_a_picture_may_end_while_an_equal_one_is_drawn(
    database: Database, artifacts: Artifacts, blobs: LocalBlobs
) -> None:
    """Whichever comes first, whoever has a row has its bytes."""
    jobs, owner = jobs_on(database), await workspace_with(database, 1000)
    (last,) = await drawn(jobs, artifacts, owner, PNG)
    for _ in range(20):
        await expire(database, last)
        drawing = drawn(jobs, artifacts, owner, PNG)
        _, (last,) = await asyncio.gather(artifacts.sweep(), drawing)
        assert b"".join(await read(artifacts, last, 0, len(PNG))) == PNG
    assert await database.fetch("SELECT refs FROM blob") == [(1,)]


async def test_two_sweeps_at_once_let_go_once(database: Database, artifacts: Artifacts) -> None:
    jobs, owner = jobs_on(database), await workspace_with(database, 100)
    first, twin = await drawn(jobs, artifacts, owner, PNG, PNG)
    await expire(database, first)
    await asyncio.gather(*(artifacts.sweep() for _ in range(4)))
    assert await database.fetch("SELECT name, refs FROM blob") == [(twin.blob, 1)]


async def test_a_picture_of_the_version_before_has_its_bytes_to_itself(
    database: Database, artifacts: Artifacts, blobs: LocalBlobs, clock: Hands
) -> None:
    """That version writes rows that tell nothing of blobs."""
    jobs, owner = jobs_on(database), await workspace_with(database, 100)
    (old,) = await drawn(jobs, artifacts, owner, PNG)
    await run(database, "UPDATE artifact SET stored_as = NULL")
    await run(database, "DELETE FROM blob")
    (new,) = await drawn(jobs, artifacts, owner, PNG)
    await artifacts.sweep_orphans()
    clock.now += ORPHAN_S
    assert await artifacts.sweep_orphans() == 0
    await expire(database, old)
    assert await artifacts.sweep() == 1
    assert list(blobs.ids()) == [new.id]
