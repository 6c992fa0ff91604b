"""Several serving processes behind one socket: started, replaced when dead, stopped together."""

import asyncio
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event

from limner.app import built
from limner.cli.logs import configure_logs
from limner.cli.process import STOPS
from limner.cli.process import serve as serve_process
from limner.settings import Settings

LOOK_S = 0.2
LONGEST_PAUSE_S = 10.0
CONTEXT = multiprocessing.get_context("spawn")


def supervised(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Keep `settings.workers` processes serving until a stop signal, then let each drain."""
    crew = Crew(settings, listener)
    for stop in STOPS:
        signal.signal(stop, lambda *_: crew.stop())
    crew.start()
    if crew.all_ready():
        ready()
    crew.watch()


class Crew:
    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        self._members: list[tuple[BaseProcess, Event]] = []
        self._stopping = False
        self._pause = LOOK_S

    def start(self) -> None:
        self._members = [self._started() for _ in range(self._settings.workers)]

    def all_ready(self) -> bool:
        """Wait until every process listens; False when stopped before."""
        while not self._stopping and not all(ready.is_set() for _, ready in self._members):
            time.sleep(LOOK_S)
            self._replace_dead()
        return not self._stopping

    def watch(self) -> None:
        while not self._stopping:
            time.sleep(LOOK_S)
            self._replace_dead()
        for process, _ in self._members:
            process.join()

    def stop(self) -> None:
        """Pass the signal on; called from the signal handler, once or more."""
        self._stopping = True
        for process, _ in self._members:
            if process.pid and process.is_alive():
                os.kill(process.pid, signal.SIGTERM)

    def _replace_dead(self) -> None:
        alive = [member for member in self._members if member[0].is_alive()]
        missing = len(self._members) - len(alive)
        if not missing or self._stopping:
            self._pause = LOOK_S
            return
        # A process that cannot start at all must not be started in a busy loop.
        time.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_S)
        self._members = alive + [self._started() for _ in range(missing)]

    def _started(self) -> tuple[BaseProcess, Event]:
        ready = CONTEXT.Event()
        process = CONTEXT.Process(target=work, args=(self._settings, self._listener, ready))
        process.start()
        return process, ready


def work(settings: Settings, listener: socket.socket, ready: Event) -> None:
    """One of the processes."""
    configure_logs(settings.log_level)
    threading.Thread(target=end_with_parent, daemon=True).start()
    asyncio.run(serving(settings, listener, ready))


async def serving(settings: Settings, listener: socket.socket, ready: Event) -> None:
    async with built(settings) as limner:
        await serve_process(limner, listener, ready.set)


def end_with_parent() -> None:
    """Drain and end when the supervisor has gone, however it went."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
