"""Folders flushed for many at once."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from limner import durable
from limner.durable import GroupFlush

CROWD = 8


class Slow:
    """A flush that takes until it is told to end, and counts."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)
        self.count = 0
        self.error: OSError | None = None

    def __call__(self, folder: Path) -> None:
        self.count += 1
        self.begun.release()
        assert self.may_end.acquire(timeout=10)
        if self.error is not None:
            raise self.error


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    made = Slow()
    monkeypatch.setattr(durable, "flush_folder", made)
    return made


def waiting(group: GroupFlush, count: int) -> Callable[[], bool]:
    return lambda: group._asked == count


def until(condition: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if condition():
            return
        threading.Event().wait(0.001)
    raise AssertionError("it did not come to that")


def test_those_who_come_during_a_flush_share_the_next_one(slow: Slow, tmp_path: Path) -> None:
    group = GroupFlush(tmp_path)
    with ThreadPoolExecutor(CROWD + 1) as threads:
        first = threads.submit(group.flush)
        assert slow.begun.acquire(timeout=10)
        others = [threads.submit(group.flush) for _ in range(CROWD)]
        until(waiting(group, CROWD + 1))
        slow.may_end.release()
        first.result(10)
        assert slow.begun.acquire(timeout=10)
        assert not any(other.done() for other in others)
        slow.may_end.release()
        for other in others:
            other.result(10)
    assert slow.count == 2


def test_a_flush_that_fails_fails_for_all_who_joined_it_and_for_nobody_after(
    slow: Slow, tmp_path: Path
) -> None:
    group = GroupFlush(tmp_path)
    with ThreadPoolExecutor(CROWD + 1) as threads:
        first = threads.submit(group.flush)
        assert slow.begun.acquire(timeout=10)
        others = [threads.submit(group.flush) for _ in range(CROWD)]
        until(waiting(group, CROWD + 1))
        slow.may_end.release()
        first.result(10)
        slow.error = OSError(28, "no space")
        slow.may_end.release()
        for other in others:
            with pytest.raises(OSError, match="no space"):
                other.result(10)
        slow.error = None
        slow.may_end.release()
        threads.submit(group.flush).result(10)
    assert group._failures == {}


def test_a_folder_is_really_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    fsync = os.fsync

    def recorded(descriptor: int) -> None:
        fsync(descriptor)
        flushed.append(os.readlink(f"/proc/self/fd/{descriptor}"))

    monkeypatch.setattr(os, "fsync", recorded)
    GroupFlush(tmp_path).flush()
    assert flushed == [str(tmp_path)]
