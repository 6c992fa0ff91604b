"""A file survives a power cut once it is flushed, and its name once its folder is."""

import os
import threading
from pathlib import Path


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_file(path: Path) -> None:
    """Make what somebody wrote into a file durable."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


class GroupFlush:
    """One flush of a folder for all the threads that wait for it: who comes late joins the next.

    A flush that fails has failed for all of them: a second one could succeed without having
    written what the first one lost.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changed = threading.Condition()
        self._asked = 0
        self._ended = 0
        self._busy = False
        self._failures: dict[int, OSError] = {}

    def flush(self) -> None:
        """Make every name that was in the folder before this call durable. Raises OSError."""
        with self._changed:
            self._asked += 1
            mine = self._asked
            self._changed.wait_for(lambda: self._ended >= mine or not self._busy)
            leads = self._ended < mine
            if leads:
                self._busy, joined = True, range(self._ended + 1, self._asked + 1)
        if leads:
            self._lead(joined)
        with self._changed:
            failure = self._failures.pop(mine, None)
        if failure is not None:
            raise OSError(*failure.args) from failure

    def _lead(self, joined: range) -> None:
        failures: dict[int, OSError] = {}
        try:
            flush_folder(self._folder)
        except OSError as error:
            failures = dict.fromkeys(joined, error)
        with self._changed:
            self._failures |= failures
            self._busy, self._ended = False, joined[-1]
            self._changed.notify_all()
