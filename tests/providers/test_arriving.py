"""Large answers lie in files that have no name, are whole whatever the disk does, and leave."""

import gc
import mmap
import os
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.standins.messages import Answer, Request
from tests.standins.server import Connection, StandIn

from limner.providers import cuts
from limner.providers.arriving import SPOOL_ABOVE, STEP, Arriving, Content, Spool
from limner.providers.http import TooLarge
from limner.providers.http_clients import open_client

PIECE = 50_000
SIZES = [0, 1, SPOOL_ABOVE - 1, SPOOL_ABOVE, SPOOL_ABOVE + 1, 3 * STEP + 7]


class Large(StandIn):
    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._body = body

    async def answer(self, request: Request, connection: Connection) -> Answer:
        return Answer(200, self._body)


def some(size: int) -> bytes:
    return random.Random(size).randbytes(size)


async def read(arriving: Arriving, data: bytes) -> Content:
    try:
        for start in range(0, len(data), PIECE):
            await arriving.add(memoryview(data)[start : start + PIECE])
        return await arriving.content()
    finally:
        arriving.close()


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/dev/fd"))


@pytest.mark.parametrize("size", SIZES)
async def test_an_answer_is_the_same_in_memory_and_in_a_file(tmp_path: Path, size: int) -> None:
    data = some(size)
    content = await read(Arriving(Spool(tmp_path)), data)
    assert content[:] == data
    assert isinstance(content, mmap.mmap) == (size >= SPOOL_ABOVE)
    assert await read(Arriving(None), data) == data


async def test_the_file_has_no_name_and_goes_with_the_last_view(tmp_path: Path) -> None:
    before = descriptors()
    content = await read(Arriving(Spool(tmp_path)), some(2 * STEP))
    view = memoryview(content)[STEP:]
    del content
    assert os.listdir(tmp_path) == []
    assert descriptors() == before + 1
    assert view == some(2 * STEP)[STEP:]
    del view
    assert descriptors() == before


async def test_who_leaves_in_the_middle_leaves_no_file(tmp_path: Path) -> None:
    before = descriptors()
    arriving = Arriving(Spool(tmp_path))
    await arriving.add(memoryview(some(STEP)))
    assert descriptors() == before + 1
    arriving.close()
    assert descriptors() == before


async def test_an_answer_is_whole_although_there_is_no_folder(tmp_path: Path) -> None:
    data = some(3 * STEP)
    assert await read(Arriving(Spool(tmp_path / "gone")), data) == data


@pytest.mark.parametrize("room", [0, 1000, STEP, STEP + 12_345, 2 * STEP + 99_999])
async def test_an_answer_is_whole_although_the_disk_takes_no_more(
    tmp_path: Path, room: int
) -> None:
    data, before = some(3 * STEP + 7), descriptors()
    with files_of_at_most(room):
        content = await read(Arriving(Spool(tmp_path)), data)
    assert content == data
    assert descriptors() == before


def test_strings_are_cut_from_a_file_as_from_memory(tmp_path: Path) -> None:
    answer = b'{"a":"' + b"x" * 70_000 + b'","b":"' + b"\\n" * 70_000 + b'","c":["' + b"y" * 20_000
    answer += b'\\"' + b'"],"d":"' + b"z" * 200_000 + b'"}'
    (tmp_path / "answer").write_bytes(answer)
    with open(tmp_path / "answer", "rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    kept = [bytes(one) for one in cuts.cut(content)[1].values()]
    assert kept == [bytes(one) for one in cuts.cut(answer)[1].values()]
    assert [one[:1] for one in kept] == [b"x", b"z"]


@pytest.mark.parametrize("client", ["pyreqwest", "aiohttp"])
async def test_both_clients_keep_large_answers_in_files(client: str, tmp_path: Path) -> None:
    http = open_client("aiohttp" if client == "aiohttp" else "pyreqwest", spool=Spool(tmp_path))
    async with Large(some(5 * STEP)) as standin:
        reply = await http.post(standin.url, headers={}, body=b"{}", timeout_s=20)
        streamed = http.post_streamed(standin.url, headers={}, body=b"{}", timeout_s=20)
        async with streamed as other:
            assert other.spool
    assert isinstance(reply.content, mmap.mmap)
    assert reply.body == some(5 * STEP)
    await http.aclose()


async def test_an_answer_that_is_too_large_leaves_no_file(tmp_path: Path) -> None:
    http = open_client("aiohttp", spool=Spool(tmp_path), max_answer=3 * STEP)
    async with Large(some(3 * STEP + 1)) as standin:
        with pytest.raises(TooLarge):
            await http.get(standin.url, headers={}, timeout_s=20)
    assert os.listdir(tmp_path) == []
    await http.aclose()
