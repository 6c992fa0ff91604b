"""The processes of one server tell each other their numbers, so that a scrape finds all of them.

They share a socket, and a scrape reaches any one. Each listens on a Unix socket of its own, in a
folder that only their user may enter.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

from limner.metrics.family import Family

PATIENCE_S = 2.0
"""A process that does not answer in time is told of as down, and does not spoil the scrape."""
Own: TypeAlias = Callable[[], Awaitable[list[Family]]]
DECODER = msgspec.msgpack.Decoder(list[Family])


@dataclass(frozen=True, slots=True)
class Seat:
    """Which of a server's processes this is, and where the others are found."""

    number: int = 0
    of: int = 1
    folder: Path | None = None

    def socket(self, number: int) -> Path:
        assert self.folder is not None
        return self.folder / f"{number}.sock"


ALONE = Seat()


@asynccontextmanager
async def listening(seat: Seat, own: Own) -> AsyncIterator[None]:
    """Tell the others for as long as the block lasts."""
    if seat.folder is None:
        yield
        return
    path = seat.socket(seat.number)
    path.unlink(missing_ok=True)  # of a process that was killed and is replaced by this one

    async def tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(msgspec.msgpack.encode(await own()))
            await writer.drain()
        except OSError:  # whoever asked has gone
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(tell, path)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def asked(seat: Seat, number: int) -> list[Family] | None:
    """What another process tells; None when it does not."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_unix_connection(seat.socket(number))
            try:
                return DECODER.decode(await reader.read())
            finally:
                writer.close()
    except (OSError, TimeoutError, msgspec.MsgspecError):
        return None
