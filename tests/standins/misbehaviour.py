"""Ways to spoil an answer on its way to the client."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace

from tests.standins.faults import Fault
from tests.standins.messages import Answer, gathered, head_of
from tests.standins.server import Connection

BLOCK = 256 * 1024


async def strike(connection: Connection, fault: Fault, answer: Answer) -> Answer | None:
    """Let a fault have its way; what is left to be sent, or None."""
    if fault.kind in SPOILT:
        await SPOILT[fault.kind](connection, await gathered(answer), fault.value)
        return None
    if fault.kind == "delay":
        await asyncio.sleep(fault.value)
    return answer


async def reset(connection: Connection, answer: Answer, value: float) -> None:
    connection.reset()


async def finish(connection: Connection, answer: Answer, value: float) -> None:
    await connection.finish()


async def hang(connection: Connection, answer: Answer, value: float) -> None:
    """Say nothing until the client leaves, `value` seconds at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(value):
            await connection.reader.read()


async def finish_midway(connection: Connection, answer: Answer, value: float) -> None:
    await connection.half(answer)
    await connection.finish()


async def reset_midway(connection: Connection, answer: Answer, value: float) -> None:
    await connection.half(answer)
    connection.reset()


async def lie_about_length(connection: Connection, answer: Answer, value: float) -> None:
    length = {"content-length": str(len(answer.body) + 100)}
    await connection.send(replace(answer, headers=answer.headers | length))
    await connection.finish()


async def drip(connection: Connection, answer: Answer, value: float) -> None:
    """One byte each `value` seconds."""
    for byte in head_of(answer) + answer.body:
        connection.writer.write(bytes([byte]))
        await connection.writer.drain()
        await asyncio.sleep(value)


async def flood(connection: Connection, answer: Answer, value: float) -> None:
    """An answer of `value` bytes, of which its head tells."""
    length = {"content-length": str(int(value))}
    connection.writer.write(head_of(replace(answer, headers=answer.headers | length)))
    async for block in blocks(value):
        connection.writer.write(block)
        await connection.writer.drain()


async def untold_flood(connection: Connection, answer: Answer, value: float) -> None:
    """An answer of `value` bytes, of which its head says nothing."""
    await connection.send(replace(answer, events=blocks(value)))


async def blocks(size: float) -> AsyncIterator[bytes]:
    block = b" " * BLOCK
    for _ in range(int(size) // BLOCK):
        yield block


async def answer_and_leave(connection: Connection, answer: Answer, value: float) -> None:
    """A good answer, on a connection that is closed `value` seconds later."""
    await connection.send(answer)
    await asyncio.sleep(value)
    await connection.finish()


SPOILT: Mapping[str, Callable[[Connection, Answer, float], Awaitable[None]]] = {
    "rst_before_body": reset,
    "rst_after_body": reset,
    "fin_after_body": finish,
    "hang": hang,
    "fin_mid_answer": finish_midway,
    "rst_mid_answer": reset_midway,
    "wrong_length": lie_about_length,
    "drip": drip,
    "close_idle": answer_and_leave,
    "flood": flood,
    "untold_flood": untold_flood,
}
