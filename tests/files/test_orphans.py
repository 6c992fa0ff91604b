"""A sweep removes what no row speaks of, and nothing else, whatever lies in the store beside it."""

from pathlib import Path

import pytest
from tests.clocks import Hands
from tests.files.pictures import encoded
from tests.jobs.orders import admission, finish, jobs_on, workspace_with

from limner.db.base import Database
from limner.files import store
from limner.files.artifacts import Artifacts
from limner.files.blobs import LocalBlobs
from limner.files.orphans import ORPHAN_S, Orphans
from limner.ids import new_id, ulid

PNG = encoded()
LONG_AGO = ulid(1_000_000_000_000, b"0123456789")


class Failing(LocalBlobs):
    """Does not remove what it is asked to, so many times."""

    failures = 0

    def remove(self, blob_id: str) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("slow down")
        super().remove(blob_id)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def blobs(tmp_path: Path) -> Failing:
    return Failing(tmp_path / "blobs")


async def promised(database: Database, blobs: LocalBlobs) -> str:
    """The name of a picture that was paid for."""
    artifacts, jobs = Artifacts(database, blobs), jobs_on(database)
    ticket = await jobs.admit(admission(await workspace_with(database, 10), 4))
    kept = await artifacts.keep(ticket.job_id, 0, memoryview(PNG), base64=False)
    await finish(jobs, ticket, 4, kept.artifact)
    return kept.artifact.id


async def test_a_probe_that_was_left_in_front_costs_no_picture_its_bytes(
    database: Database, blobs: Failing, clock: Hands
) -> None:
    blobs.write(f"probe_{LONG_AGO}", b"limner")
    picture = await promised(database, blobs)
    orphans = Orphans(database, blobs, store.BETWEEN, clock)
    await orphans.sweep()
    clock.now += ORPHAN_S
    assert await orphans.sweep() == 1
    assert list(blobs.ids()) == [picture]


@pytest.mark.parametrize("name", ["README", "zebra.txt", "0-index"])
async def test_what_limner_did_not_name_is_left_alone_and_costs_no_picture_its_bytes(
    database: Database, blobs: Failing, clock: Hands, name: str
) -> None:
    blobs.write(name, b"of somebody else")
    picture = await promised(database, blobs)
    orphans = Orphans(database, blobs, store.BETWEEN, clock)
    await orphans.sweep()
    clock.now += ORPHAN_S
    assert await orphans.sweep() == 0
    assert set(blobs.ids()) == {picture, name}


async def test_a_store_that_fails_half_way_does_not_begin_the_time_of_orphans_anew(
    database: Database, blobs: Failing, clock: Hands
) -> None:
    blobs.write(new_id("a"), PNG)
    orphans = Orphans(database, blobs, store.BETWEEN, clock)
    await orphans.sweep()
    clock.now += ORPHAN_S
    blobs.failures = 1
    with pytest.raises(OSError, match="slow down"):
        await orphans.sweep()
    assert await orphans.sweep() == 1
    assert list(blobs.ids()) == []
