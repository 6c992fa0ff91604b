"""Drawing takes a processor for a while, so it happens in a few processes of its own.

They are started when the first picture is wanted and end with the server, even when the server is
killed: each watches its parent.
"""

import asyncio
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from limner.sketch.drawing import Drawing, Picture


class Easels:
    """A small pool of drawing processes, shared by everything that draws."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    async def draw(self, drawing: Drawing) -> Picture:
        """Draw; a process that dies is replaced and the drawing is begun again, once.

        Raises BrokenProcessPool when it dies again.
        """
        pool = self._open()
        try:
            return await drawn_in(pool, drawing)
        except BrokenProcessPool:
            # Whoever drew beside us may have replaced the pool already.
            if self._pool is pool:
                self.close()
            return await drawn_in(self._open(), drawing)

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


async def drawn_in(pool: ProcessPoolExecutor, drawing: Drawing) -> Picture:
    return await asyncio.get_running_loop().run_in_executor(pool, drawn, drawing)


def drawn(drawing: Drawing) -> Picture:
    # Pillow is wanted only where pictures are drawn, and the server need not carry it.
    from limner.sketch.draw import draw

    return draw(drawing)


def end_with_parent() -> None:
    """End this process when the one that started it has gone, however it went."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
