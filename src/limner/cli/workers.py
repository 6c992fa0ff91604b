"""Several serving processes behind one socket: started, replaced when dead, stopped together."""

import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import uvloop

from limner.cli.local import opened
from limner.cli.logs import configure_logs
from limner.cli.process import serve as serve_process
from limner.cli.trouble import told_in_a_sentence
from limner.metrics.neighbours import ALONE, Seat
from limner.settings import Settings

STOPS = (signal.SIGINT, signal.SIGTERM)
LOOK_S = 0.2
LONGEST_PAUSE_S = 10.0
CONTEXT = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class Member:
    """One serving process, its place among them, and how many stop signals it was given."""

    seat: Seat
    process: BaseProcess
    ready: Event
    told: int = 0

    def tell(self, signals: int) -> None:
        while self.told < signals and self.process.pid and self.process.is_alive():
            os.kill(self.process.pid, signal.SIGTERM)
            self.told += 1


def supervised(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Keep `settings.workers` processes serving until a stop signal, then let each drain."""
    # Their own folder, which nobody else may enter: they tell each other their numbers there.
    with tempfile.TemporaryDirectory(prefix="limner-") as folder:
        crew = Crew(settings, listener, Path(folder))
        for stop in STOPS:
            signal.signal(stop, crew.on_signal)
        crew.start()
        crew.keep(ready)
        listener.close()
        crew.see_off()


class Crew:
    def __init__(self, settings: Settings, listener: socket.socket, folder: Path) -> None:
        self._settings = settings
        self._listener = listener
        self._seats = [Seat(number, settings.workers, folder) for number in range(settings.workers)]
        self._members: list[Member] = []
        self._signals = 0
        self._pause = LOOK_S
        self._not_before = 0.0

    def on_signal(self, *_: object) -> None:
        """Only counts: what it interrupts may be the start of a process."""
        self._signals += 1

    def start(self) -> None:
        self._members = [self._started(seat) for seat in self._seats]

    def _started(self, seat: Seat) -> Member:
        return started(self._settings, self._listener, seat)

    def keep(self, ready: Callable[[], None]) -> None:
        """Replace who dies, until a stop signal; calls `ready` once, when all of them listen."""
        announced = False
        while not self._signals:
            if not announced and all(member.ready.is_set() for member in self._members):
                announced = True
                ready()
            wait([member.process.sentinel for member in self._members], LOOK_S)
            self._replace_dead()

    def see_off(self) -> None:
        """Pass every stop signal on until all have ended."""
        while any(member.process.is_alive() for member in self._members):
            for member in self._members:
                member.tell(self._signals)
            wait([member.process.sentinel for member in self._members], LOOK_S)

    def _replace_dead(self) -> None:
        alive = [member for member in self._members if member.process.is_alive()]
        if len(alive) == len(self._members):
            if all(member.ready.is_set() for member in alive):
                self._pause = LOOK_S
            return
        if time.monotonic() < self._not_before:
            time.sleep(LOOK_S)
            return
        # A process that cannot start at all must not be started in a busy loop.
        self._not_before = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_S)
        taken = {member.seat for member in alive}
        empty = [seat for seat in self._seats if seat not in taken]
        self._members = alive + [self._started(seat) for seat in empty]


def started(settings: Settings, listener: socket.socket, seat: Seat = ALONE) -> Member:
    """A process that serves on this socket, and ends by itself when this one has gone."""
    ready = CONTEXT.Event()
    process = CONTEXT.Process(target=work, args=(settings, listener, seat, ready))
    process.start()
    return Member(seat, process, ready)


def work(settings: Settings, listener: socket.socket, seat: Seat, ready: Event) -> None:
    """One of the processes."""
    # Ctrl-C reaches a whole process group, and a second signal would cut the draining short.
    os.setpgid(0, 0)
    configure_logs(settings.log_level)
    threading.Thread(target=end_with_parent, daemon=True).start()
    with told_in_a_sentence():
        uvloop.run(serving(settings, listener, seat, ready))


async def serving(settings: Settings, listener: socket.socket, seat: Seat, ready: Event) -> None:
    async with opened(settings, seat) as limner:
        await serve_process(limner, listener, ready.set)


def end_with_parent() -> None:
    """Drain and end when the supervisor has gone, however it went."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
