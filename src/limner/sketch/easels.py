"""Drawing and playing take a processor for a while, so they have a few processes of their own.

They are started when the first picture is wanted and end with the server, even when the server is
killed: each watches its parent.
"""

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from limner.darkroom.development import Negative, Print
from limner.darkroom.leaning import Leaning
from limner.signing.claim import Claim
from limner.sketch.drawing import Commission, Picture
from limner.tune.tune import Recording, Tune
from limner.turns import OWNER, Turns

AHEAD = 1
"""Works that are handed out before a process is free, so that none has to wait for its next."""

Asked = TypeVar("Asked")
Made = TypeVar("Made")


class Easels:
    """A small pool of processes, shared by everything that draws, plays, converts or signs."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._turns = Turns(processes + AHEAD)
        self._pool: ProcessPoolExecutor | None = None

    async def draw(self, asked: Commission) -> Picture:
        """Raises BrokenProcessPool, and Unreadable for a given picture that is none."""
        return await self._made(drawn, asked)

    async def play(self, tune: Tune) -> Recording:
        """Raises BrokenProcessPool when it cannot be done."""
        return await self._made(played, tune)

    async def develop(self, negative: Negative) -> Print:
        """Raises BrokenProcessPool, and Undeveloped for what cannot be converted."""
        return await self._made(developed, negative)

    async def turn(self, leaning: Leaning) -> bytes:
        """Raises BrokenProcessPool, and Undeveloped for what cannot be read."""
        return await self._made(turned, leaning)

    async def sign(self, claim: Claim) -> bytes:
        """Raises BrokenProcessPool, and Unsigned for what cannot be signed."""
        return await self._made(signed, claim)

    async def _made(self, make: Callable[[Asked], Made], asked: Asked) -> Made:
        """Do the work, when it is its owner's turn."""
        async with self._turns.turn(OWNER.get()):
            return await self._persistently(make, asked)

    async def _persistently(self, make: Callable[[Asked], Made], asked: Asked) -> Made:
        """A process that dies is replaced and the work is begun again, once."""
        pool = self._open()
        try:
            return await made_in(pool, make, asked)
        except BrokenProcessPool:
            # Whoever worked beside us may have replaced the pool already.
            if self._pool is pool:
                self.close()
            return await made_in(self._open(), make, asked)

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._processes,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=end_with_parent,
            )
        return self._pool

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


async def made_in(pool: ProcessPoolExecutor, make: Callable[[Asked], Made], asked: Asked) -> Made:
    return await asyncio.get_running_loop().run_in_executor(pool, make, asked)


def drawn(asked: Commission) -> Picture:
    # Pillow is wanted only where pictures are drawn, and the server need not carry it.
    from limner.sketch.commissions import carried_out

    return carried_out(asked)


def played(tune: Tune) -> Recording:
    # LAME is wanted only where music is made.
    from limner.tune.play import play

    return play(tune)


def developed(negative: Negative) -> Print:
    # Pillow again, and decoders of bytes that others wrote.
    from limner.darkroom.develop import develop

    return develop(negative)


def turned(leaning: Leaning) -> bytes:
    # The same.
    from limner.darkroom.turn import turn

    return turn(leaning)


def signed(claim: Claim) -> bytes:
    # The C2PA library is there only where an operator installed it.
    from limner.signing.sign import sign

    return sign(claim)


def end_with_parent() -> None:
    """End this process when the one that started it has gone, however it went."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
