"""E33, image bombs: pictures that promise far too much, and bodies made to fill the memory.

A PNG of 50,000 by 50,000 in 300 kB, a JPEG of 65,535 square, a WebP and a GIF beyond their bounds,
ten thousand frames, a GIF whose frame is larger than itself, a PNG within bounds that unfolds to
more than it says, cut ones, other types, 200 MiB without a length, gzip. Each is refused with a
4xx, before anything is charged, and soon; the server's memory, its drawing processes included,
rises by 200 MiB at most, and another caller's pictures are drawn meanwhile.
"""

import asyncio
import base64
import gzip
import struct
import time
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from tests.experiments.liveness import not_well, size_of
from tests.experiments.run import Run
from tests.faults.invariants import breaches
from tests.faults.load import EACH, Answer, Callers, blobs, calling, host, looking, started
from tests.files.pictures import encoded
from tests.servers import Server, a_key
from tests.standins.openai import OpenAIStandIn

from limner.settings import Settings

ROUNDS = 10
SHORT = 1
WITHIN_S = 2.0
SLOWEST_S = 10.0
"""In `make test` the machine has other work, and time is judged loosely."""
MOST_RISE = 200 * 1024 * 1024
MIB = 1024 * 1024
ENDLESS_MIB = 200
PAGE = 4096


def chunk(kind: bytes, data: bytes) -> bytes:
    whole = kind + data
    return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))


def png(width: int, height: int, pixels: bytes, *between: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(pixels, 9))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(between) + body + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    data = encoded("JPEG")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def webp(width: int, height: int) -> bytes:
    sides = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + sides
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif(width: int, height: int) -> bytes:
    data = encoded("GIF", "P")
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def frames(count: int) -> bytes:
    return png(8, 8, bytes(8 * 25), chunk(b"acTL", struct.pack(">II", count, 0)))


WHOLE = encoded("JPEG", size=(640, 480))
BOMBS: Mapping[str, Callable[[], bytes]] = {
    "a PNG of 50,000 square": lambda: png(50_000, 50_000, bytes(300 * MIB)),
    "a JPEG of 65,535 square": lambda: jpeg(65_535, 65_535),
    "a WebP of 16 million square": lambda: webp(1 << 24, 1 << 24),
    "a GIF of 65,535 square": lambda: gif(65_535, 65_535),
    "a GIF with a frame larger than itself": lambda: gif(1, 1),
    "a PNG of ten thousand frames": lambda: frames(10_000),
    "a PNG without height": lambda: png(50, 0, b""),
    "a PNG that ends early": lambda: encoded()[:-30],
    "a JPEG that ends early": lambda: WHOLE[: len(WHOLE) // 2],
    "a page": lambda: b"<!doctype html><script>alert(1)</script>",
    "an SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "nothing": lambda: b"",
}
"""Refused by their first bytes, on every way in."""


@dataclass(slots=True)
class House:
    server: Server
    callers: Callers
    slowest: float
    found: list[str] = field(default_factory=list)
    made: dict[str, bytes] = field(default_factory=dict)

    async def judged(self, what: str, asked: Any, *statuses: int) -> None:
        began = time.monotonic()
        answer: Answer = await asked
        took = time.monotonic() - began
        if not (answer.status in statuses if statuses else 400 <= answer.status < 500):
            self.found.append(f"{what}: {answer.status} {answer.code or answer.problem}")
        elif answer.body.get("error", {}).get("credits_used"):
            self.found.append(f"{what}: was charged")
        if took > self.slowest:
            self.found.append(f"{what}: took {took:.1f} s")

    async def edits(self) -> None:
        url = f"{self.server.api}/images/edits"
        for what, data in self.made.items():
            form = aiohttp.FormData({"model": "sketch-1", "prompt": "in sepia"})
            form.add_field("image", data, filename="a.png", content_type="image/png")
            await self.judged(f"{what}, in a form", self.callers.post(url, data=form))
            text = base64.b64encode(data).decode()
            body = {"model": "sketch-1", "prompt": "in sepia", "image_base64": text}
            await self.judged(f"{what}, in JSON", self.callers.post(url, json=body))

    async def unfolding(self) -> None:
        """Its header is within bounds, and its pixels are not those it says."""
        bomb = await asyncio.to_thread(png, 512, 512, bytes(300 * MIB))
        text = base64.b64encode(bomb).decode()
        body = {"model": "sketch-1", "prompt": "in sepia", "image_base64": text}
        url = f"{self.server.api}/images/edits"
        await self.judged("a PNG that unfolds", self.callers.post(url, json=body), 200, 400, 415)

    async def endless(self) -> None:
        """More than may be sent, without saying how much."""
        headers = {"content-type": "multipart/form-data; boundary=b"}
        url = f"{self.server.api}/files"
        await self.cut_or_refused("200 MiB to files", url, headers, in_form())
        url = f"{self.server.api}/images/edits"
        await self.cut_or_refused("200 MiB to edits", url, headers, in_form("image"))
        url = f"{self.server.api}/images/generations"
        await self.cut_or_refused("200 MiB of JSON", url, {}, pieces(b" "))

    async def cut_or_refused(
        self, what: str, url: str, headers: dict[str, str], data: AsyncIterator[bytes]
    ) -> None:
        """Whoever goes on sending may lose the connection before it has read the answer."""
        answer = await self.callers.post(url, headers, data=data)
        if answer.status not in (0, 413):
            self.found.append(f"{what}: {answer.status} {answer.code}")

    async def zipped(self) -> None:
        text = b'{"model":"sketch-1","prompt":"' + b" " * (100 * MIB) + b'"}'
        body = await asyncio.to_thread(gzip.compress, text)
        headers = {"content-encoding": "gzip", "content-type": "application/json"}
        for path in ("generations", "edits"):
            url = f"{self.server.api}/images/{path}"
            await self.judged(f"gzip to {path}", self.callers.post(url, headers, data=body))


async def pieces(what: bytes) -> AsyncIterator[bytes]:
    for _ in range(ENDLESS_MIB):
        yield what * MIB


async def in_form(name: str = "file") -> AsyncIterator[bytes]:
    yield (
        f'--b\r\ncontent-disposition: form-data; name="{name}"; filename="a.png"\r\n'
        "content-type: image/png\r\n\r\n"
    ).encode() + b"\x89PNG\r\n\x1a\n"
    async for piece in pieces(b"x"):
        yield piece


def resident(server: Server) -> int:
    """Of a server and its children."""
    process = Path("/proc") / str(server.process.pid)
    children = (process / "task" / process.name / "children").read_text().split()
    folders = [process, *(Path("/proc") / one for one in children)]
    return sum(int((one / "statm").read_text().split()[1]) for one in folders) * PAGE


@dataclass(slots=True)
class Watch:
    """The most memory a server took, and another caller who draws meanwhile."""

    server: Server
    callers: Callers
    most: int = 0
    drawn: int = 0
    found: list[str] = field(default_factory=list)

    async def memory(self) -> None:
        while True:
            self.most = max(self.most, resident(self.server))
            await asyncio.sleep(0.02)

    async def other(self) -> None:
        while True:
            answer = await self.callers.draw(self.server.api)
            self.drawn += 1
            if answer.status != 200:
                self.found.append(f"another caller: {answer.status} {answer.code}")
            await asyncio.sleep(0.05)


async def experiment(run: Run) -> list[str]:
    settings = Settings(data_dir=run.folder, database_url=run.fresh_url(), log_level="error")
    async with OpenAIStandIn() as standin:
        await host(settings, standin)
        key = await a_key(settings, "live", credits=100_000 * EACH)
        other = await a_key(settings, "live", credits=100_000 * EACH, workspace="other")
        async with (
            started(settings) as server,
            looking(settings) as database,
            calling(key) as callers,
            calling(other) as others,
        ):
            house = House(server, callers, SLOWEST_S if run.short else WITHIN_S)
            house.made = {what: await asyncio.to_thread(make) for what, make in BOMBS.items()}
            await warm(server, callers)
            before, least = size_of(server), resident(server)
            watch = Watch(server, others)
            watching = [asyncio.create_task(one) for one in (watch.memory(), watch.other())]
            for _ in range(run.rounds):
                await house.edits()
                await house.unfolding()
                await house.endless()
                await house.zipped()
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            found = [*house.found, *watch.found]
            rise = (watch.most - least) // MIB
            print(f"memory rose by {rise} MiB; {watch.drawn} pictures of another caller")
            if watch.most - least > MOST_RISE:
                found.append(f"memory rose by {rise} MiB")
            if not watch.drawn:
                found.append("nothing was drawn for another caller")
            found += await not_well(database, server, callers, before)
            return found + await breaches(database, blobs(settings))


async def warm(server: Server, callers: Callers) -> None:
    """Every process has worked once, on a picture of a usual size."""
    text = base64.b64encode(encoded("JPEG", size=(1600, 1200))).decode()
    body = {"model": "sketch-1", "prompt": "in sepia", "image_base64": text}
    url = f"{server.api}/images/edits"
    answers = await asyncio.gather(
        *(callers.post(url, json=body | {"seed": one}) for one in (1, 2, 3))
    )
    assert [one.status for one in answers] == [200, 200, 200], answers[0].body
