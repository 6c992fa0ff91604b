"""Several processes of one server: one scrape tells of all, whichever it reaches."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from tests.cli.calls import draw, eventually
from tests.cli.test_workers import serving_processes
from tests.databases import FreshUrl
from tests.metrics.conftest import TOKEN
from tests.metrics.scrapes import Scrape, scrape_of
from tests.servers import Server, a_key, serving

from limner.metrics.family import Family
from limner.metrics.neighbours import Own, Seat
from limner.metrics.scraping import Scraping
from limner.metrics.tally import Count
from limner.settings import Settings


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, as the path of a Unix socket must be."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def counted(birds: int) -> Own:
    count = Count("birds", "Birds.", "colour")
    count.add("red", by=birds)

    async def own() -> list[Family]:
        return [count.family()]

    return own


async def read(scraping: Scraping) -> Scrape:
    return scrape_of((await scraping.text(""))[0].decode())


@pytest.fixture
async def two(folder: Path) -> AsyncIterator[tuple[Scraping, Scraping]]:
    first, second = (Scraping(counted(3 + one), Seat(one, 2, folder)) for one in range(2))
    async with first.shared(), second.shared():
        yield first, second


async def test_whichever_is_asked_tells_of_both(two: tuple[Scraping, Scraping]) -> None:
    for scraping in two:
        told = await read(scraping)
        assert told.sum("birds_total", worker="0", colour="red") == 3
        assert told.sum("birds_total", worker="1", colour="red") == 4
        assert told.sum("limner_worker_up") == 2


async def test_one_that_is_gone_is_told_as_down_and_spoils_nothing(folder: Path) -> None:
    alone = Scraping(counted(3), Seat(0, 2, folder))
    async with alone.shared():
        told = await read(alone)
    assert told.sum("birds_total") == 3
    assert told.sum("limner_worker_up", worker="0") == 1
    assert told.labels("limner_worker_up") == {"worker"}
    assert told.sum("limner_worker_up", worker="1") == 0


async def test_one_that_hangs_or_talks_nonsense_is_told_as_down(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limner.metrics.neighbours.PATIENCE_S", 0.2)
    asking = Scraping(counted(3), Seat(0, 3, folder))

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"not numbers")
        writer.close()

    async with AsyncExitStack() as servers:
        for number, answer in ((1, hang), (2, babble)):
            path = folder / f"{number}.sock"
            await servers.enter_async_context(await asyncio.start_unix_server(answer, path))
        told = await read(asking)
    assert told.sum("limner_worker_up") == 1
    assert told.sum("birds_total") == 3


async def test_who_takes_the_place_of_one_that_was_killed_is_found(folder: Path) -> None:
    seat = Seat(1, 2, folder)
    (folder / "1.sock").touch()  # what a killed process leaves
    async with Scraping(counted(1), seat).shared():
        assert (await read(Scraping(counted(3), Seat(0, 2, folder)))).sum("birds_total") == 4
    assert not (folder / "1.sock").exists()


@pytest.fixture
def server(tmp_path: Path, sqlite_url: FreshUrl) -> Iterator[Server]:
    settings = Settings(
        data_dir=tmp_path, database_url=sqlite_url(), metrics_token=TOKEN, workers=2
    )
    with serving(settings) as server:
        yield server


def scraped(server: Server) -> Scrape:
    headers = {"authorization": f"Bearer {TOKEN}"}
    return scrape_of(httpx.get(f"{server.url}/metrics", headers=headers).text)


async def test_what_each_process_did_is_in_every_scrape_and_begins_anew_with_it(
    server: Server,
) -> None:
    key = await a_key(server.settings)
    for _ in range(6):
        assert (await asyncio.to_thread(draw, server.url, key)).status == 200
    for _ in range(4):
        told = scraped(server)
        assert told.sum("limner_worker_up") == 2
        assert told.sum("limner_jobs_ended_total", state="completed") == 6
        assert told.sum("process_open_fds", worker="1") > 0

    before = serving_processes(server.process.pid)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    eventually(
        lambda: len(serving_processes(server.process.pid) - before) == 2, "both were replaced"
    )
    eventually(lambda: scraped(server).sum("limner_worker_up") == 2, "both tell their numbers")
    assert scraped(server).sum("limner_jobs_ended_total") == 0


def test_the_folder_of_the_processes_goes_with_them(tmp_path: Path, sqlite_url: FreshUrl) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    settings = Settings(data_dir=tmp_path / "data", database_url=sqlite_url(), workers=2)
    with serving(settings, {"TMPDIR": str(temporary)}) as server:
        (folder,) = temporary.glob("limner-*")
        assert folder.stat().st_mode & 0o777 == 0o700
        assert server.stop() == 0
    assert list(temporary.glob("limner-*")) == []
